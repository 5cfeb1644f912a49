import { ByteReader, ByteWriter, ClusterError } from '../util/index.ts';
import { decodeKeyResponse, encodeKeyRequest } from './answer-codec.ts';
import { decodeBase64 } from './base64.ts';
import type { SerfHost } from './host.ts';
import { KeyTally } from './key-tally.ts';
import { SerfMessageType, type KeyResponse } from './messages.ts';
import { INTERNAL_PREFIX, type OpenQuery, type QueryAsker } from './query-asker.ts';
import { queryLimits } from './query-limits.ts';
import type { QueryStats } from './query-stats.ts';

/** What can be done with keys all over the pool. */
export type KeyOperation = 'install' | 'use' | 'remove' | 'list';

/** What a {@link KeyManager} is made of. */
export interface KeyManagerParts {
  readonly host: SerfHost;
  readonly asker: QueryAsker;
  readonly stats: QueryStats;
}

const queryNames: Readonly<Record<KeyOperation, string>> = {
  install: `${INTERNAL_PREFIX}install-key`,
  use: `${INTERNAL_PREFIX}use-key`,
  remove: `${INTERNAL_PREFIX}remove-key`,
  list: `${INTERNAL_PREFIX}list-keys`,
};

/** An operation that waits, or is under way. */
interface Task {
  readonly request: number;
  readonly operation: KeyOperation;
  readonly key: Uint8Array;
  readonly tally: KeyTally;
  /** Undefined until the query is out. */
  query: OpenQuery | undefined;
}

/** Key operations on the whole cluster, one at a time (Serf `KeyManager`). Each ends with one `keys-done`. */
export class KeyManager {
  readonly #parts: KeyManagerParts;
  /** The first one is under way. */
  #tasks: Task[] = [];

  constructor(parts: KeyManagerParts) {
    this.#parts = parts;
  }

  /**
   * `key`: base64, or the bytes; undefined for `list`. What is wrong with it is told in `keys-done`, as Serf does.
   *
   * @throws `ClusterError` `ERR_QUEUE_FULL` when too many operations wait
   */
  start(request: number, operation: KeyOperation, key: string | Uint8Array | undefined): void {
    const waiting = this.#tasks.length;
    if (waiting >= queryLimits.keyOperationsMax) {
      const text = `${waiting} key operations wait, the limit is ${queryLimits.keyOperationsMax}`;
      throw new ClusterError('ERR_QUEUE_FULL', text);
    }
    const bytes = typeof key === 'string' ? decodeBase64(key) : (key ?? new Uint8Array(0));
    const tally = new KeyTally(operation === 'list');
    if ('badAt' in bytes) {
      this.#report(request, tally, `illegal base64 data at input byte ${bytes.badAt}`);
      return;
    }
    this.#tasks.push({ request, operation, key: bytes, tally, query: undefined });
    if (waiting === 0) this.#begin();
  }

  /** No `keys-done` for `request`. What members were told stands. Unknown ones are ignored. */
  abandon(request: number): void {
    const index = this.#tasks.findIndex((task) => task.request === request);
    if (index < 0) return;
    const [task] = this.#tasks.splice(index, 1);
    if (index > 0) return;
    task!.query?.abandon();
    this.#begin();
  }

  /** The operation under way and those that wait end now, with what is known. */
  stop(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    tasks[0]?.query?.abandon();
    for (const { request, tally } of tasks) this.#report(request, tally);
  }

  #begin(): void {
    const task = this.#tasks[0];
    if (task === undefined) return;
    const { asker } = this.#parts;
    try {
      // This node's own answer comes during the call, before it is known how many there will be.
      task.query = asker.open(
        { name: queryNames[task.operation], payload: encodeKey(task.key) },
        {
          onAck: () => undefined,
          onResponse: (from, payload) => this.#receive(task, from, payload),
          onDone: () => this.#finish(task),
        },
      );
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      this.#finish(task, error.message);
      return;
    }
    task.tally.nodeCount = task.query.liveCount;
    this.#finishIfComplete(task);
  }

  #receive(task: Task, from: string, payload: Uint8Array): void {
    task.tally.add(from, this.#decode(payload));
    this.#finishIfComplete(task);
  }

  #decode(payload: Uint8Array): KeyResponse | undefined {
    const reader = new ByteReader(payload);
    const type = reader.u8();
    const response = decodeKeyResponse(reader);
    if (type === SerfMessageType.keyResponse && reader.failure === undefined) return response;
    this.#parts.stats.internalPayloadsBad += 1;
    return undefined;
  }

  #finishIfComplete(task: Task): void {
    if (task.query === undefined || task.tally.responseCount < task.query.liveCount) return;
    task.query.abandon();
    this.#finish(task);
  }

  #finish(task: Task, error?: string): void {
    this.#tasks.shift();
    this.#report(task.request, task.tally, error);
    this.#begin();
  }

  #report(request: number, tally: KeyTally, error?: string): void {
    this.#parts.host.emit({ type: 'keys-done', request, result: tally.toResult(error) });
  }
}

function encodeKey(key: Uint8Array): Uint8Array {
  const writer = new ByteWriter(key.length + 16);
  encodeKeyRequest(writer, { key });
  return writer.copy();
}
