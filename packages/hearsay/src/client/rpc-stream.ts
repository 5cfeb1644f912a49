import { ClusterError } from '../util/index.ts';

/** How a stream of records is read, and what happens when it is read too slowly. */
export interface RpcStreamOptions {
  /** Ends the stream: what was kept is forgotten and a waiting `next` rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Most records kept for a reader that is behind. Default 1,024 (65,536 for queries), at least 1. */
  readonly capacity?: number;
  /**
   * When that many wait, or 16 MiB of them, and another comes: `drop-oldest` forgets the oldest and counts it in
   * {@link RpcStream.dropped}; `error` ends the stream, after what was kept, with `ERR_QUEUE_FULL`. Default `drop-oldest`
   * (`error` for queries).
   */
  readonly overflow?: 'drop-oldest' | 'error';
}

interface Reader<Item> {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(reason: unknown): void;
}

const OVERFLOWS: readonly string[] = ['drop-oldest', 'error'];
/** Bytes of records kept for a reader that is behind, as they came. */
const KEPT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * What an agent sends without being asked again, as a bounded async iterator. It keeps what comes from the moment the
 * agent has agreed. Leaving the loop, `return()` or an abort ends it and tells the agent.
 */
export class RpcStream<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #capacity: number;
  readonly #overflow: 'drop-oldest' | 'error';
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: () => void;
  readonly #kept: { readonly item: Item; readonly sizeBytes: number }[] = [];
  #keptBytes: number = 0;
  #dropped: number = 0;
  readonly #readers: Reader<Item>[] = [];
  #isEnded: boolean = false;
  #deadline: NodeJS.Timeout | undefined;
  #failure: { readonly reason: unknown } | undefined;

  /** @internal Made by {@link RpcClient}. `onEnd` is called once, whichever side ends the stream. */
  constructor(options: RpcStreamOptions, onEnd: () => void) {
    const capacity = options.capacity ?? 1_024;
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new ClusterError('ERR_CONFIG', `capacity is ${capacity}, it must be a whole number of at least 1`);
    }
    const overflow = options.overflow ?? 'drop-oldest';
    if (!OVERFLOWS.includes(overflow)) {
      throw new ClusterError('ERR_CONFIG', `overflow is ${overflow}, it must be one of ${OVERFLOWS.join(', ')}`);
    }
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#signal = options.signal;
    this.#onEnd = onEnd;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Records forgotten because this stream was read too slowly. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether nothing more will come; what was kept can still be read. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * The next record. Rejects, once, with `ERR_RPC_CONNECTION` when the connection broke, `ERR_QUEUE_FULL` when the
   * stream was read too slowly, or the reason of an abort; what was kept before that comes first.
   */
  next(): Promise<IteratorResult<Item, undefined>> {
    const kept = this.#take();
    if (kept !== undefined) return Promise.resolve({ done: false, value: kept.item });
    if (this.#failure !== undefined) {
      const { reason } = this.#failure as { reason: Error };
      this.#failure = undefined;
      return Promise.reject(reason);
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => void this.#readers.push({ resolve, reject }));
  }

  /** Ends the stream, forgets what was kept, and tells the agent. `for await` calls it when the loop is left. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#leave(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal Ends the stream with `ERR_TIMEOUT` unless the agent ends it before. */
  expectEndWithin(timeoutMs: number): void {
    if (this.#isEnded) return;
    const reason = new ClusterError('ERR_TIMEOUT', `the agent has not ended a query within ${timeoutMs} ms`);
    this.#deadline = setTimeout(() => this.end({ reason }), timeoutMs);
  }

  /** @internal */
  push(item: Item, sizeBytes: number): void {
    if (this.#isEnded) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: item });
    while (this.#isFullFor(sizeBytes)) {
      if (this.#overflow === 'error') return this.#overflowed();
      this.#take();
      this.#dropped += 1;
    }
    this.#kept.push({ item, sizeBytes });
    this.#keptBytes += sizeBytes;
  }

  /** @internal The agent will send nothing more. What is kept can still be read; then comes the failure, if any. */
  end(failure?: { readonly reason: unknown }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#deadline);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onEnd();
    const [first, ...others] = this.#readers.splice(0);
    if (first === undefined) this.#failure = failure;
    else if (failure === undefined) first.resolve({ done: true, value: undefined });
    else first.reject(failure.reason);
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  }

  readonly #onAbort = (): void => this.#leave({ reason: this.#signal?.reason });

  #leave(failure: { readonly reason: unknown } | undefined): void {
    this.#kept.length = 0;
    this.#keptBytes = 0;
    this.end(failure);
  }

  /** A record that is too large by itself is kept alone. */
  #isFullFor(sizeBytes: number): boolean {
    const count = this.#kept.length;
    return count >= this.#capacity || (count > 0 && this.#keptBytes + sizeBytes > KEPT_MAX_BYTES);
  }

  #overflowed(): void {
    const waiting = `${this.#kept.length} records of ${this.#keptBytes} bytes wait`;
    const limits = `the limits are ${this.#capacity} records and ${KEPT_MAX_BYTES} bytes`;
    const reason = new ClusterError('ERR_QUEUE_FULL', `a stream is read too slowly: ${waiting}, ${limits}`);
    this.end({ reason });
  }

  #take(): { readonly item: Item; readonly sizeBytes: number } | undefined {
    const oldest = this.#kept.shift();
    this.#keptBytes -= oldest?.sizeBytes ?? 0;
    return oldest;
  }
}
