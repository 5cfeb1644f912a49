import { isOverfull, type Fill } from './check-write.ts';
import { covers, emptyRow, withCoverage, withGcLine, withVersion, type StreamRow } from './coverage.ts';
import type { OwnedEntry } from './entry.ts';
import type { ExpiryQueue } from './expiry-queue.ts';
import type { OwnedJournal } from './journal/owned-journal.ts';
import { isDeadOnArrival, Lifetimes } from './lifetimes.ts';
import { sizeOf } from './shared-map.ts';
import type { StreamKey, StreamOwner } from './stream.ts';

/** What the streams of a lane have in common. */
export interface OwnedStreamParts {
  /** Receives what changes, when somebody persists it. */
  readonly journal: OwnedJournal | undefined;
  readonly expiries: ExpiryQueue<OwnedEntry>;
  readonly onRowChange: () => void;
}

/**
 * What one generation of a node has written in an owned lane. Only the owner writes, so the newest version of a key is
 * right, and there are no clocks.
 */
export class OwnedStream {
  readonly key: StreamKey;
  readonly owner: StreamOwner;
  readonly lifetimes: Lifetimes<OwnedEntry>;
  readonly #parts: OwnedStreamParts;
  readonly #entries = new Map<string, OwnedEntry>();
  #row: StreamRow = emptyRow;
  #bytes: number = 0;
  #topVersion: number = 0;

  constructor(key: StreamKey, owner: StreamOwner, parts: OwnedStreamParts) {
    this.key = key;
    this.owner = owner;
    this.lifetimes = new Lifetimes(parts.expiries);
    this.#parts = parts;
    parts.journal?.touch(owner.node);
  }

  get row(): StreamRow {
    return this.#row;
  }

  /** The highest version of an entry that was ever here. */
  get topVersion(): number {
    return this.#topVersion;
  }

  get fill(): Fill {
    const tombstoneCount = this.lifetimes.deadCount;
    return { keyCount: this.#entries.size - tombstoneCount, bytes: this.#bytes, tombstoneCount };
  }

  /** The entry of a key, a deletion too. */
  get(key: string): OwnedEntry | undefined {
    return this.#entries.get(key);
  }

  /** The entry of a key, when it has a value that counts. */
  getShown(key: string): OwnedEntry | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || this.lifetimes.isDead(entry) ? undefined : entry;
  }

  entries(): IterableIterator<OwnedEntry> {
    return this.#entries.values();
  }

  /** The fill if `entry` took its place. */
  fillWith(entry: OwnedEntry): Fill {
    const current = this.#entries.get(entry.key);
    const isDead = isDeadOnArrival(entry) ? 1 : 0;
    const wasDead = current !== undefined && this.lifetimes.isDead(current) ? 1 : 0;
    const { keyCount, bytes, tombstoneCount } = this.fill;
    return {
      keyCount: keyCount + (1 - isDead) - (current === undefined ? 0 : 1 - wasDead),
      bytes: bytes + sizeOf(entry) - (current === undefined ? 0 : sizeOf(current)),
      tombstoneCount: tombstoneCount + isDead - wasDead,
    };
  }

  /** Whether it would hold more than any node takes. */
  isFullFor(entry: OwnedEntry, max: Fill): boolean {
    return isOverfull(this.fill, this.fillWith(entry), max);
  }

  /** The key has `entry` from now on. */
  set(entry: OwnedEntry, nowMs: number): void {
    const current = this.#entries.get(entry.key);
    if (current !== undefined) this.#release(current);
    this.#entries.set(entry.key, entry);
    this.#parts.journal?.touchKey(this.owner.node, entry.key);
    this.#bytes += sizeOf(entry);
    this.#topVersion = Math.max(this.#topVersion, entry.version);
    this.lifetimes.add(entry, nowMs);
    this.cover(entry.version);
  }

  /** Nothing is left of the key but coverage. */
  drop(entry: OwnedEntry): void {
    this.#entries.delete(entry.key);
    this.#parts.journal?.touchKey(this.owner.node, entry.key);
    this.#release(entry);
  }

  /** Forgets a deletion; false while an earlier version is missing here. */
  dropTombstone(entry: OwnedEntry): boolean {
    if (!this.lifetimes.isDead(entry) || this.#row.prefix < entry.version) return false;
    this.drop(entry);
    this.raiseGcLine(entry.version);
    return true;
  }

  covers(version: number): boolean {
    return covers(this.#row, version);
  }

  cover(version: number): void {
    this.#setRow(withVersion(this.#row, version));
  }

  takeRow(row: StreamRow): void {
    this.#setRow(withCoverage(this.#row, row));
  }

  raiseGcLine(gcLine: number): void {
    this.#setRow(withGcLine(this.#row, gcLine));
  }

  #setRow(row: StreamRow): void {
    if (row === this.#row) return;
    this.#row = row;
    this.#parts.onRowChange();
    this.#parts.journal?.touch(this.owner.node);
  }

  #release(entry: OwnedEntry): void {
    this.#bytes -= sizeOf(entry);
    this.lifetimes.remove(entry);
  }
}
