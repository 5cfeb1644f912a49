import { isSameBytes } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import { isOverfull, type Fill } from './check-write.ts';
import { isConcurrent, type SharedEntry } from './entry.ts';
import type { ChangeSource, KvEvent } from './events.ts';
import type { SharedJournal } from './journal/shared-journal.ts';
import { Lifetimes, isDeadOnArrival } from './lifetimes.ts';
import { kvLimits } from './limits.ts';
import { StreamTable, type Stream } from './stream-table.ts';
import type { ChangeFeed } from './watch.ts';

/** The most that a node takes from others. */
const hardFill: Fill = {
  keyCount: kvLimits.sharedKeysMax,
  bytes: kvLimits.sharedMaxBytes,
  tombstoneCount: kvLimits.sharedTombstonesMax,
};

/** Parts of a {@link SharedMap}. */
export interface SharedMapParts {
  readonly feed: ChangeFeed;
  /** Receives what is to be told after the step. */
  readonly queueEvent: (event: KvEvent) => void;
  /** Whether a stream is the one that this node writes now. */
  readonly isOwn: (entry: SharedEntry) => boolean;
  readonly extrasMax: number;
  /** Gets what changes, when somebody persists it. */
  readonly journal: SharedJournal | undefined;
}

/** The entry of each key, and all that follows from which one it is. */
export class SharedMap {
  readonly streams: StreamTable<SharedEntry>;
  readonly lifetimes: Lifetimes<SharedEntry> = new Lifetimes();
  readonly #parts: SharedMapParts;
  readonly #touched: Set<string> | undefined;
  readonly #entries = new Map<string, SharedEntry>();
  #bytes: number = 0;

  constructor(parts: SharedMapParts) {
    const { extrasMax, journal } = parts;
    this.#parts = parts;
    this.#touched = journal?.keys;
    this.streams = new StreamTable((entry) => this.#entries.get(entry.key) === entry, extrasMax, journal?.streams);
  }

  get fill(): Fill {
    const tombstoneCount = this.lifetimes.deadCount;
    return { keyCount: this.#entries.size - tombstoneCount, bytes: this.#bytes, tombstoneCount };
  }

  /** The entry of the key, a deletion too. */
  get(key: string): SharedEntry | undefined {
    return this.#entries.get(key);
  }

  /** The entry, when it has a value that counts. */
  getShown(key: string): SharedEntry | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || this.lifetimes.isDead(entry) ? undefined : entry;
  }

  entries(): IterableIterator<SharedEntry> {
    return this.#entries.values();
  }

  /** The fill if `entry` took its place. */
  fillWith(entry: SharedEntry): Fill {
    const current = this.#entries.get(entry.key);
    const isDead = isDeadOnArrival(entry);
    const wasDead = current !== undefined && this.lifetimes.isDead(current);
    const wasShown = current !== undefined && !wasDead;
    const { keyCount, bytes, tombstoneCount } = this.fill;
    return {
      keyCount: keyCount + (isDead ? 0 : 1) - (wasShown ? 1 : 0),
      bytes: bytes + sizeOf(entry) - (current === undefined ? 0 : sizeOf(current)),
      tombstoneCount: tombstoneCount + (isDead ? 1 : 0) - (wasDead ? 1 : 0),
    };
  }

  /** Whether an entry of another node goes beyond what every node takes. */
  isFullFor(entry: SharedEntry): boolean {
    // Cheap and almost always enough: far from every limit, one entry cannot reach it.
    if (
      this.#entries.size < kvLimits.sharedTombstonesMax &&
      this.#bytes < hardFill.bytes - 2 * kvLimits.sharedValueMaxBytes
    ) {
      return false;
    }
    return isOverfull(this.fill, this.fillWith(entry), hardFill);
  }

  /** The key shows `entry` from now on. Its dot is covered by the caller. */
  set(entry: SharedEntry, nowMs: number, source: ChangeSource): void {
    const current = this.#entries.get(entry.key);
    const shown = current === undefined || this.lifetimes.isDead(current) ? undefined : current;
    this.#entries.set(entry.key, entry);
    this.#touched?.add(entry.key);
    this.#bytes += sizeOf(entry);
    if (current !== undefined) this.#release(current);
    this.streams.add(entry);
    this.lifetimes.add(entry, nowMs);
    if (source !== 'local') this.#tell(entry, current, shown, source);
    else if (!this.#parts.feed.isIdle) this.#record(entry, shown, source);
  }

  /** The key shows nothing from now on, and no trace of it is left but in coverage. */
  drop(entry: SharedEntry, source: ChangeSource): void {
    const wasShown = !this.lifetimes.isDead(entry);
    this.#entries.delete(entry.key);
    this.#touched?.add(entry.key);
    this.#release(entry);
    if (wasShown) this.#change('delete', entry, undefined, entry, source, false);
  }

  /** Entries whose life is over become deletions, without their values. */
  expire(nowMs: number): void {
    for (const entry of this.lifetimes.takeExpired(nowMs)) {
      const expired = { ...entry, value: new Uint8Array(0), ageMs: entry.ttlMs };
      this.#entries.set(entry.key, expired);
      this.#touched?.add(entry.key);
      this.#bytes += sizeOf(expired) - sizeOf(entry);
      this.streams.remove(entry);
      this.streams.add(expired);
      this.lifetimes.add(expired, nowMs);
      this.#change('expire', expired, expired, entry, 'local', false);
    }
  }

  #release(entry: SharedEntry): void {
    this.#bytes -= sizeOf(entry);
    this.lifetimes.remove(entry);
    this.streams.remove(entry);
  }

  #tell(
    entry: SharedEntry,
    current: SharedEntry | undefined,
    shown: SharedEntry | undefined,
    source: ChangeSource,
  ): void {
    const { feed, isOwn, queueEvent } = this.#parts;
    if (
      current !== undefined &&
      current.adopt === 0 &&
      isOwn(current) &&
      !isOwn(entry) &&
      isConcurrent(entry, current)
    ) {
      queueEvent({ type: 'overwritten', key: entry.key, lost: current, winner: entry, author: this.#authorOf(entry) });
    }
    if (!feed.isIdle) this.#record(entry, shown, source, current);
  }

  #record(entry: SharedEntry, shown: SharedEntry | undefined, source: ChangeSource, current?: SharedEntry): void {
    const isConflict = current !== undefined && isConcurrent(entry, current);
    if (!isDeadOnArrival(entry)) {
      const isCopy = entry.orig !== undefined || entry.adopt > 0;
      if (isCopy && shown !== undefined && isSameBytes(shown.value, entry.value)) return;
      this.#change('put', entry, entry, shown, source, isConflict);
    } else if (shown !== undefined) {
      this.#change(entry.kind === 'del' ? 'delete' : 'expire', entry, entry, shown, source, isConflict);
    }
  }

  #change(
    type: 'put' | 'delete' | 'expire',
    about: SharedEntry,
    entry: SharedEntry | undefined,
    previous: SharedEntry | undefined,
    source: ChangeSource,
    isConcurrent: boolean,
  ): void {
    if (this.#parts.feed.isIdle) return;
    const author = this.#authorOf(about);
    this.#parts.feed.record({
      type,
      lane: 0,
      key: about.key,
      owner: undefined,
      author,
      entry,
      previous,
      isConcurrent,
      source,
    });
  }

  #authorOf(entry: SharedEntry): string | undefined {
    return this.streams.get(entry.stream)?.owner?.node;
  }
}

/** What an entry counts for, in bytes. */
export function sizeOf({ key, value }: { readonly key: string; readonly value: Uint8Array }): number {
  return utf8Length(key) + value.length;
}

/** A shared stream, as the table keeps it. */
export type SharedStream = Stream<SharedEntry>;
