import type { SerfHost } from './host.ts';
import type { QueryAsker } from './query-asker.ts';
import type { QueryStats } from './query-stats.ts';

export type KeyOperation = 'install' | 'use' | 'remove' | 'list';

export interface KeyManagerParts {
  readonly host: SerfHost;
  readonly asker: QueryAsker;
  readonly stats: QueryStats;
}

/** Key operations on the whole cluster, one at a time (Serf `KeyManager`). Each ends with one `keys-done`. */
export class KeyManager {
  constructor(parts: KeyManagerParts) {
    void parts;
  }

  /**
   * `key`: base64, or the bytes; undefined for `list`. What is wrong with it is told in `keys-done`, as Serf does.
   *
   * @throws `ClusterError` `ERR_QUEUE_FULL` when too many operations wait
   */
  start(request: number, operation: KeyOperation, key: string | Uint8Array | undefined): void {
    void request;
    void operation;
    void key;
  }

  /** The operation under way and those that wait end now, with what is known. */
  stop(): void {}
}
