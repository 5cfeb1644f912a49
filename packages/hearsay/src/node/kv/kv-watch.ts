import type { ClusterKv, KvChange, KvItem, Watch } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkChoice, checkText } from '../check-options.ts';
import { Readers } from '../readers.ts';
import { idOf, laneName, laneNumber, stampOf, type KvLane, type KvSource, type KvStamp } from './types.ts';
import type { Values } from './values.ts';

/** Which keys a {@link KvWatch} follows, and how. */
export interface KvWatchOptions {
  /** One key alone. */
  readonly key?: string;
  /** Keys that begin so. */
  readonly prefix?: string;
  /** @defaultValue `shared`; `owned` when there is an `owner` */
  readonly lane?: KvLane;
  /** Whose keys, in an owned lane. @defaultValue all members' */
  readonly owner?: string;
  /** `snapshot`: first the present state, then changes, without a gap. @defaultValue `none`: changes alone */
  readonly initial?: 'snapshot' | 'none';
  /** Ends the watch: a waiting `next` rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** A key shows something else than before. */
export interface KvKeyEvent<Value = unknown> {
  /**
   * `put`: it has this value. `delete`, `expire`, `member-gone`: it has none any longer, because it was deleted, its time
   * was over, or its owner was given up. `invalid`: its value does not fit its definition.
   */
  readonly type: 'put' | 'delete' | 'expire' | 'member-gone' | 'invalid';
  readonly lane: KvLane;
  readonly key: string;
  /** Whose key it is; undefined in the shared map. */
  readonly owner: string | undefined;
  /** What readers see now: after `invalid`, what the definition lets them see. Undefined: nothing. */
  readonly value: Value | undefined;
  /** What this watch last told; undefined when that was nothing, or invalid. */
  readonly previous: Value | undefined;
  /** Who wrote it, when that is known; for `expire` and `member-gone` who wrote what is gone. */
  readonly author: string | undefined;
  /** When it was written by its author's clock; undefined for owned keys, and when nothing is left. */
  readonly stamp: KvStamp | undefined;
  /** Its author had not seen what it replaces: one of two concurrent writes is lost. */
  readonly concurrent: boolean;
  readonly source: KvSource;
  /** For `invalid`: why. */
  readonly reason: string | undefined;
}

/** Too many keys changed before they were read (10,000). What was told does not count: the present state follows as puts. */
export interface KvOverflowEvent {
  readonly type: 'overflow';
}

/** What a {@link KvWatch} tells. */
export type KvWatchEvent<Value = unknown> = KvKeyEvent<Value> | KvOverflowEvent;

/**
 * Changes of keys as an async iterator, never silently stopped: it ends when the loop is left, by its signal, or with the
 * cluster.
 *
 * A slow reader is told the newest of each key, never a queue of what it was before, and deletions are always told: who
 * applies the events in order has what the store has. There is an order for each key, and none between keys.
 */
export class KvWatch<Value = unknown> implements AsyncIterableIterator<KvWatchEvent<Value>, undefined> {
  readonly #values: Values;
  readonly #watch: Watch;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (watch: KvWatch<never>) => void;
  readonly #readers: Readers<KvWatchEvent<Value>> = new Readers();
  #waitingCount: number = 0;
  /** Of the present state, what is not yet told; the next one is the last. */
  #snapshot: KvItem[] = [];
  /** Keys of the present state that have changed before they were told. */
  readonly #untold: Set<string> = new Set();

  /** @internal Made by `cluster.kv.watch()`. */
  constructor(kv: ClusterKv, values: Values, options: KvWatchOptions, onEnd: (watch: KvWatch<never>) => void) {
    const { key, prefix, owner, initial = 'none', signal } = options;
    const lane = checkFilter(options);
    this.#values = values;
    this.#signal = signal;
    this.#onEnd = onEnd;
    const filter = {
      lane: laneNumber(lane),
      ...(key !== undefined && { key }),
      ...(prefix !== undefined && { prefix }),
      ...(owner !== undefined && { owner }),
    };
    this.#watch = kv.watch(filter, this.#onReady);
    if (initial === 'none') this.#watch.take();
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** How many events wait to be told. Looks at all that is left of the present state. */
  get pendingCount(): number {
    const present = this.#snapshot.filter((item) => !this.#watch.isWaiting(item));
    return present.length + this.#watch.pendingCount;
  }

  next(): Promise<IteratorResult<KvWatchEvent<Value>, undefined>> {
    const event = this.#readers.isEnded || this.#waitingCount > 0 ? undefined : this.#take();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    this.#waitingCount += 1;
    return this.#readers.wait();
  }

  /** Ends the watch. `for await` calls it when the loop is left. */
  return(): Promise<IteratorResult<KvWatchEvent<Value>, undefined>> {
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
  end(failure?: { readonly reason: unknown }): void {
    if (this.#readers.isEnded) return;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#watch.close();
    this.#snapshot = [];
    this.#untold.clear();
    this.#onEnd(this as unknown as KvWatch<never>);
    this.#readers.end(failure);
  }

  readonly #onAbort = (): void => this.end({ reason: this.#signal?.reason });

  /** At the end of a step, which must be over before a reader hears of it. */
  readonly #onReady = (): void => queueMicrotask(this.#giveToWaiting);

  readonly #giveToWaiting = (): void => {
    while (this.#waitingCount > 0 && !this.#readers.isEnded) {
      const event = this.#take();
      if (event === undefined) return;
      this.#waitingCount -= 1;
      this.#readers.tryGive(event);
    }
  };

  #take(): KvWatchEvent<Value> | undefined {
    for (;;) {
      const item = this.#snapshot.pop();
      if (item !== undefined && !this.#watch.isWaiting(item)) return this.#itemEvent(item);
      if (item !== undefined) {
        this.#untold.add(idOf(item.entry, item.owner));
        continue;
      }
      const batch = this.#watch.take(1);
      switch (batch?.type) {
        case undefined:
          return undefined;
        case 'overflow':
          return { type: 'overflow' };
        case 'changes':
          return this.#changeEvent(batch.changes[0]!);
        case 'snapshot':
          this.#snapshot = batch.items.toReversed();
          this.#untold.clear();
      }
    }
  }

  #itemEvent(item: KvItem): KvKeyEvent<Value> {
    const { entry, owner } = item;
    const { lane, key } = entry;
    const author = this.#values.authorOf(entry, owner);
    const common = { lane: laneName(lane), key, owner, author, stamp: stampOf(entry), concurrent: false } as const;
    return { ...common, previous: undefined, source: 'snapshot', ...this.#tellPut(item) };
  }

  #changeEvent(change: KvChange): KvKeyEvent<Value> {
    const { type, lane, key, owner, entry, author, source } = change;
    const isUntold = this.#untold.delete(idOf(change, owner));
    const before = isUntold ? undefined : change.previous && this.#values.read(change.previous);
    const common = {
      lane: laneName(lane),
      key,
      owner,
      previous: before?.isValid === true ? (before.value as Value) : undefined,
      author,
      stamp: entry && stampOf(entry),
      concurrent: change.isConcurrent,
      source,
    };
    if (type === 'put' && entry !== undefined) return { ...common, ...this.#tellPut({ entry, owner }) };
    return { ...common, type, value: undefined, reason: undefined };
  }

  #tellPut(item: KvItem): Pick<KvKeyEvent<Value>, 'type' | 'value' | 'reason'> {
    const reading = this.#values.read(item.entry);
    if (reading.isValid) return { type: 'put', value: reading.value as Value, reason: undefined };
    return { type: 'invalid', value: this.#values.peek<Value>(item), reason: reading.reason };
  }
}

function checkFilter({ key, prefix, owner, lane, initial }: KvWatchOptions): KvLane {
  for (const [name, value] of Object.entries({ key, prefix, owner })) {
    if (value !== undefined) checkText(name, value);
  }
  if (initial !== undefined) checkChoice('initial', initial, ['snapshot', 'none']);
  if (lane !== undefined) checkChoice('lane', lane, ['shared', 'owned', 'telemetry']);
  if (lane === 'shared' && owner !== undefined) {
    throw new ClusterError('ERR_CONFIG', 'owner is given, and shared keys have none: watch the lane "owned"');
  }
  return lane ?? (owner === undefined ? 'shared' : 'owned');
}
