import type { ClusterKv, KvChange, Watch } from '../../cluster/index.ts';
import type { Commands } from '../commands.ts';
import type { Logger } from '../logger.ts';

/** What a {@link Bridge} is made of. */
export interface BridgeParts {
  readonly kv: ClusterKv;
  readonly commands: Commands;
  readonly logger: Logger;
  /** Which shared keys are told. */
  readonly prefixes: readonly string[];
}

/**
 * Tells the members of a Serf pool that take no part in state of what this one writes: as user events, which they can act
 * upon. Only the writer does, so that each write is told once; never the other way round.
 */
export class Bridge {
  readonly #parts: BridgeParts;
  readonly #watch: Watch;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#watch = parts.kv.watch({ lane: 0 }, () => queueMicrotask(() => this.#tell()));
    // What is there already was told when it was written.
    this.#watch.take();
    this.#tell();
  }

  close(): void {
    this.#watch.close();
  }

  #tell(): void {
    const watch = this.#watch;
    for (let batch = watch.take(); batch !== undefined; batch = watch.take()) {
      if (batch.type === 'changes') for (const change of batch.changes) this.#tellOf(change);
    }
  }

  #tellOf({ type, source, key, entry }: KvChange): void {
    if (source !== 'local' || entry === undefined || (type !== 'put' && type !== 'delete')) return;
    if (!this.#parts.prefixes.some((prefix) => key.startsWith(prefix))) return;
    const name = type === 'put' ? `kv:${key}` : `kv-deleted:${key}`;
    const { commands, logger } = this.#parts;
    try {
      commands.run((node, nowMs) => node.fireEvent(nowMs, name, Uint8Array.from(entry.value), true));
    } catch (error) {
      // Too large; or the cluster is closed, or has just failed, of which its user is told elsewhere.
      logger.warn({ err: error, key }, 'a shared key is not told as a user event');
    }
  }
}
