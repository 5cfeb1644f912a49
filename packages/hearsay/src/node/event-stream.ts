import { ClusterError } from '../util/index.ts';
import { checkChoice } from './check-options.ts';
import type { ClusterEvent, ClusterEventOf, ClusterEventType } from './events.ts';
import { Readers } from './readers.ts';

/** How an {@link EventStream} is read and what happens when it is read too slowly. */
export interface EventStreamOptions<Type extends ClusterEventType = ClusterEventType> {
  /** Ends the stream: a waiting `next` rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Which events to hear of. Default: all. */
  readonly types?: readonly Type[];
  /** Most events kept for a reader that is behind. Default 1,024, at least 1. */
  readonly capacity?: number;
  /**
   * When that many wait and another comes: `drop-oldest` forgets the oldest and counts it in {@link EventStream.dropped},
   * `error` ends the stream, after what was kept, with `ERR_QUEUE_FULL`. Default `drop-oldest`.
   */
  readonly overflow?: 'drop-oldest' | 'error';
}

/**
 * Events as a bounded async iterator. It begins to listen when it is made, not when it is first read, so nothing is
 * missed between the two. Leaving the loop, an abort or the end of the cluster detaches it.
 */
export class EventStream<Type extends ClusterEventType = ClusterEventType> implements AsyncIterableIterator<
  ClusterEventOf<Type>,
  undefined
> {
  readonly #types: ReadonlySet<ClusterEventType> | undefined;
  readonly #capacity: number;
  readonly #overflow: 'drop-oldest' | 'error';
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (stream: EventStream<Type>) => void;
  /** A ring: the oldest event is at {@link #head}. */
  readonly #ring: ClusterEventOf<Type>[] = [];
  #head: number = 0;
  #count: number = 0;
  #dropped: number = 0;
  readonly #readers: Readers<ClusterEventOf<Type>> = new Readers();

  /** @internal Made by `cluster.events()`. */
  constructor(options: EventStreamOptions<Type>, onEnd: (stream: EventStream<Type>) => void) {
    const capacity = options.capacity ?? 1_024;
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new ClusterError('ERR_CONFIG', `capacity is ${capacity}, it must be a whole number of at least 1`);
    }
    if (options.overflow !== undefined) checkChoice('overflow', options.overflow, ['drop-oldest', 'error']);
    this.#types = options.types === undefined ? undefined : new Set(options.types);
    this.#capacity = capacity;
    this.#overflow = options.overflow ?? 'drop-oldest';
    this.#signal = options.signal;
    this.#onEnd = onEnd;
    if (options.signal?.aborted === true) this.#onAbort();
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Events forgotten because this stream was read too slowly. */
  get dropped(): number {
    return this.#dropped;
  }

  next(): Promise<IteratorResult<ClusterEventOf<Type>, undefined>> {
    if (this.#count > 0) return Promise.resolve({ done: false, value: this.#take() });
    return this.#readers.wait();
  }

  /** Ends the stream and forgets what was kept. `for await` calls it when the loop is left. */
  return(): Promise<IteratorResult<ClusterEventOf<Type>, undefined>> {
    this.#count = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal */
  push(event: ClusterEvent): void {
    if (this.#readers.isEnded || !this.#wants(event)) return;
    if (this.#readers.tryGive(event)) return;
    if (this.#count === this.#capacity) {
      if (this.#overflow === 'error') {
        const reason = `an event stream is full: ${this.#capacity} events wait to be read, which is its capacity`;
        return this.end({ reason: new ClusterError('ERR_QUEUE_FULL', reason) });
      }
      this.#take();
      this.#dropped += 1;
    }
    this.#ring[(this.#head + this.#count) % this.#capacity] = event;
    this.#count += 1;
  }

  /** @internal What is kept can still be read; then comes the failure, if any, then the end. */
  end(failure?: { readonly reason: unknown }): void {
    if (this.#readers.isEnded) return;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    // Passed along, because an aborted signal ends the stream before its maker has it.
    this.#onEnd(this);
    this.#readers.end(failure);
  }

  readonly #onAbort = (): void => {
    this.#count = 0;
    this.end({ reason: this.#signal?.reason });
  };

  #wants(event: ClusterEvent): event is ClusterEventOf<Type> {
    return this.#types === undefined || this.#types.has(event.type);
  }

  #take(): ClusterEventOf<Type> {
    const event = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) % this.#capacity;
    this.#count -= 1;
    return event;
  }
}
