import type { Socket } from 'node:net';
import { serverLimits } from './server-limits.ts';

/**
 * What goes out on one connection. Answers are written at once; the records of streams wait in bounded queues while the
 * client does not read, and are encoded only when they leave.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #queues: Set<Drainable> = new Set();

  constructor(socket: Socket) {
    this.#socket = socket;
    // Each watch of state may wait until there is room.
    socket.setMaxListeners(serverLimits.streams + 16).on('drain', () => this.#pump());
  }

  /** Writes an answer. Resolves when there is room for the next one, or nobody to read it any more. */
  send(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#socket.off('drain', settle).off('close', settle);
        resolve();
      };
      this.#socket.on('drain', settle).on('close', settle);
    });
  }

  /** A queue of at most `limit` records. Nothing of it leaves before it is opened. */
  createQueue<Item>(limit: number, encode: (item: Item) => Uint8Array): RecordQueue<Item> {
    const queue: RecordQueue<Item> = new RecordQueue(limit, encode, {
      onOpen: () => {
        this.#queues.add(queue);
        this.#pump();
      },
      onMore: () => this.#pump(),
      onClose: () => void this.#queues.delete(queue),
    });
    return queue;
  }

  /** Writes one record of each queue in turn, for as long as the client reads. */
  #pump(): void {
    let hasMore = true;
    while (hasMore) {
      hasMore = false;
      for (const queue of this.#queues) {
        if (this.#socket.destroyed || this.#socket.writableNeedDrain) return;
        const record = queue.take();
        if (record === undefined) continue;
        this.#socket.write(record);
        hasMore = true;
      }
    }
  }
}

interface Drainable {
  take(): Uint8Array | undefined;
}

interface QueueHooks {
  readonly onOpen: () => void;
  readonly onMore: () => void;
  readonly onClose: () => void;
}

/** How many records are handed out before the room they took is given back. */
const compactAfter = 64;

/** Records of one stream on their way out. */
export class RecordQueue<Item> {
  readonly #limit: number;
  readonly #encode: (item: Item) => Uint8Array;
  readonly #hooks: QueueHooks;
  #items: Item[] = [];
  #next: number = 0;
  #isEnding: boolean = false;

  /** @internal */
  constructor(limit: number, encode: (item: Item) => Uint8Array, hooks: QueueHooks) {
    this.#limit = limit;
    this.#encode = encode;
    this.#hooks = hooks;
  }

  /** Lets what waits, and all that follows, go out: when the answer that announces the stream has been written. */
  open(): void {
    this.#hooks.onOpen();
  }

  /** False when there is no room, and the record is dropped. */
  push(item: Item): boolean {
    if (this.#items.length - this.#next >= this.#limit) return false;
    this.#items.push(item);
    this.#hooks.onMore();
    return true;
  }

  /** Adds the last record, even to a full queue, and closes when it has left. */
  end(item: Item): void {
    this.#items.push(item);
    this.#isEnding = true;
    this.#hooks.onMore();
  }

  /** Forgets what waits. */
  close(): void {
    this.#items = [];
    this.#next = 0;
    this.#hooks.onClose();
  }

  /** @internal The next record, encoded. */
  take(): Uint8Array | undefined {
    if (this.#next === this.#items.length) return undefined;
    const record = this.#encode(this.#items[this.#next++]!);
    if (this.#next === this.#items.length || this.#next >= compactAfter) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    if (this.#isEnding && this.#items.length === 0) this.#hooks.onClose();
    return record;
  }
}
