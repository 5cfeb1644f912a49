import type { EntryBase } from './entry.ts';
import type { KvChange } from './events.ts';
import { kvLimits } from './limits.ts';
import type { Lane } from './stream.ts';

/** Which keys a reader wants. What is left out matches everything. */
export interface WatchFilter {
  readonly lane?: Lane;
  readonly key?: string;
  readonly prefix?: string;
  /** Whose keys, in an owned lane. */
  readonly owner?: string;
}

/** A key and what it shows. */
export interface KvItem {
  readonly entry: EntryBase;
  /** Whose key it is, in an owned lane. */
  readonly owner: string | undefined;
}

/** What a reader takes: the present state once, then changes; `overflow` when too many keys waited. */
export type WatchBatch =
  | { readonly type: 'snapshot'; readonly items: readonly KvItem[] }
  | { readonly type: 'changes'; readonly changes: readonly KvChange[] }
  | { readonly type: 'overflow' };

/** Hands changes to any number of readers. Lanes tell it in the middle of a merge; readers hear after it. */
export class ChangeFeed {
  readonly #watches = new Set<Watch>();

  /** Nobody watches: a change need not even be described. */
  get isIdle(): boolean {
    return this.#watches.size === 0;
  }

  /** `items` lists all that is shown at the moment. `onReady` is called after a step that gave an idle reader something. */
  watch(filter: WatchFilter, items: () => Iterable<KvItem>, onReady: () => void): Watch {
    const watch = new Watch(filter, items, onReady, () => void this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  record(change: KvChange): void {
    for (const watch of this.#watches) watch.record(change);
  }

  /** The step is over. A reader's `onReady` may begin or end watches, but must not throw. */
  flush(): void {
    for (const watch of [...this.#watches]) watch.wake();
  }
}

/**
 * One reader of changes: first the present state, then what changes, without a gap between.
 *
 * A slow reader gets the newest change of each key, with `previous` as it last knew it; so what waits is bounded by the
 * number of keys. Above 10,000 it is dropped, `take` says `overflow` and, the next time, gives the state anew.
 */
export class Watch {
  readonly #filter: WatchFilter;
  readonly #items: () => Iterable<KvItem>;
  readonly #onReady: () => void;
  readonly #onClose: () => void;
  readonly #pending = new Map<string, KvChange>();
  /** The state is due: changes need not be kept, as it will contain them. */
  #next: 'overflow' | 'snapshot' | 'changes' = 'snapshot';
  #isAsleep: boolean = false;
  #hasNews: boolean = false;

  constructor(filter: WatchFilter, items: () => Iterable<KvItem>, onReady: () => void, onClose: () => void) {
    this.#filter = filter;
    this.#items = items;
    this.#onReady = onReady;
    this.#onClose = onClose;
  }

  /** How many keys wait. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** What the reader does not know yet, at most `maxCount` changes; `undefined`: nothing, and `onReady` will be called. */
  take(maxCount: number = Infinity): WatchBatch | undefined {
    if (this.#next === 'overflow') {
      this.#next = 'snapshot';
      return { type: 'overflow' };
    }
    if (this.#next === 'snapshot') {
      this.#next = 'changes';
      return { type: 'snapshot', items: [...this.#items()].filter((item) => this.#matches(item.entry, item.owner)) };
    }
    const changes: KvChange[] = [];
    for (const [id, change] of this.#pending) {
      if (changes.length >= maxCount) break;
      this.#pending.delete(id);
      changes.push(change);
    }
    this.#isAsleep = changes.length === 0;
    return changes.length === 0 ? undefined : { type: 'changes', changes };
  }

  /** Whether a newer change of that key waits. */
  isWaiting({ entry, owner }: KvItem): boolean {
    return this.#pending.has(idOf(entry, owner));
  }

  /** Ends it; nothing is kept for it any longer. */
  close(): void {
    this.#pending.clear();
    this.#isAsleep = false;
    this.#onClose();
  }

  /** For the feed. */
  record(change: KvChange): void {
    if (this.#next !== 'changes' || !this.#matches(change, change.owner)) return;
    this.#hasNews = true;
    const id = idOf(change, change.owner);
    const waiting = this.#pending.get(id);
    if (waiting === undefined && this.#pending.size >= kvLimits.pendingChangesMax) {
      this.#pending.clear();
      this.#next = 'overflow';
      return;
    }
    const merged = waiting === undefined ? change : { ...change, previous: waiting.previous };
    this.#pending.set(id, merged);
  }

  /** For the feed. */
  wake(): void {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#onReady();
  }

  #matches({ lane, key }: { readonly lane: Lane; readonly key: string }, owner: string | undefined): boolean {
    const filter = this.#filter;
    return (
      (filter.lane === undefined || filter.lane === lane) &&
      (filter.key === undefined || filter.key === key) &&
      (filter.prefix === undefined || key.startsWith(filter.prefix)) &&
      (filter.owner === undefined || filter.owner === owner)
    );
  }
}

function idOf({ lane, key }: Pick<EntryBase, 'lane' | 'key'>, owner: string | undefined): string {
  return `${lane}${owner ?? ''}\u0000${key}`;
}
