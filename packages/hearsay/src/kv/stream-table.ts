import {
  covers,
  emptyRow,
  isCoveredBy,
  lastCovered,
  withCoverage,
  withFading,
  withGcLine,
  withVersion,
  type Coverage,
  type StreamRow,
} from './coverage.ts';
import type { EntryBase } from './entry.ts';
import type { Rows } from './messages.ts';
import type { StreamKey, StreamOwner } from './stream.ts';

/** A stream as this node knows it. */
export interface Stream<E extends EntryBase> {
  readonly key: StreamKey;
  owner: StreamOwner | undefined;
  row: StreamRow;
  /** Live entries, and some that are so no longer; ascending when `isSorted`. */
  log: E[];
  isSorted: boolean;
  liveCount: number;
  /** The highest version that was ever shown. */
  topVersion: number;
  /** Since when it has no live entries and a dead owner; `undefined` while it is in use. */
  retiredAtMs: number | undefined;
}

/** All streams of a lane: what is covered of each, and which live entries it has. */
export class StreamTable<E extends EntryBase> {
  readonly #streams = new Map<StreamKey, Stream<E>>();
  readonly #isLive: (entry: E) => boolean;
  readonly #extrasMax: number;
  readonly #touched: Set<StreamKey> | undefined;
  /** Of their rows, ranges may have been forgotten. */
  readonly #forgetful = new Set<Stream<E>>();
  #digest: Map<StreamKey, StreamRow> | undefined;
  #retiredCount: number = 0;
  #unnamedCount: number = 0;

  /** `isLive` tells whether an entry is the one that its key shows; `touched` gets the streams that change. */
  constructor(isLive: (entry: E) => boolean, extrasMax: number, touched?: Set<StreamKey>) {
    this.#isLive = isLive;
    this.#extrasMax = extrasMax;
    this.#touched = touched;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** How many there are of which nobody has said whose they are. */
  get unnamedCount(): number {
    return this.#unnamedCount;
  }

  /** How many are not retired. */
  get activeCount(): number {
    return this.#streams.size - this.#retiredCount;
  }

  get(key: StreamKey): Stream<E> | undefined {
    return this.#streams.get(key);
  }

  values(): IterableIterator<Stream<E>> {
    return this.#streams.values();
  }

  /** The stream, which is new and empty when it was not known. */
  open(key: StreamKey): Stream<E> {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = {
        key,
        owner: undefined,
        row: emptyRow,
        log: [],
        isSorted: true,
        liveCount: 0,
        topVersion: 0,
        retiredAtMs: undefined,
      };
      this.#streams.set(key, stream);
      this.#unnamedCount += 1;
      this.#touched?.add(key);
    }
    return stream;
  }

  /** Now it is known whose stream it is. */
  setOwner(key: StreamKey, owner: StreamOwner): void {
    const stream = this.open(key);
    if (stream.owner === undefined) this.#unnamedCount -= 1;
    stream.owner = owner;
    this.#touched?.add(key);
  }

  /** `undefined` when it is in use again. */
  setRetired(stream: Stream<E>, retiredAtMs: number | undefined): void {
    if (stream.retiredAtMs === retiredAtMs) return;
    this.#retiredCount += countRetired(retiredAtMs) - countRetired(stream.retiredAtMs);
    stream.retiredAtMs = retiredAtMs;
    if (retiredAtMs === undefined) this.setFaded(stream, false);
    this.#touched?.add(stream.key);
  }

  /** Whether it is about to be forgotten. */
  setFaded(stream: Stream<E>, isFaded: boolean): void {
    if ((stream.row.isFaded === true) !== isFaded) this.#setRow(stream, withFading(stream.row, isFaded));
  }

  forget(key: StreamKey): void {
    const stream = this.#streams.get(key);
    if (stream === undefined) return;
    this.#retiredCount -= countRetired(stream.retiredAtMs);
    if (stream.owner === undefined) this.#unnamedCount -= 1;
    this.#forgetful.delete(stream);
    this.#streams.delete(key);
    this.#touched?.add(key);
    this.#digest = undefined;
  }

  /** All rows, as they are now: the map never changes. */
  rows(): Rows {
    this.#digest ??= new Map([...this.#streams.values()].map(({ key, row }) => [key, row]));
    return this.#digest;
  }

  /** Streams of which something may be shown that their rows do not cover. */
  unsure(): ReadonlySet<StreamKey> {
    const unsure = [...this.#forgetful].filter(({ row, topVersion }) => row.prefix < topVersion);
    return new Set(unsure.map(({ key }) => key));
  }

  row(key: StreamKey): StreamRow {
    return this.#streams.get(key)?.row ?? emptyRow;
  }

  covers(entry: E): boolean {
    return covers(this.row(entry.stream), entry.version);
  }

  cover(stream: StreamKey, version: number): void {
    const state = this.open(stream);
    this.#setRow(state, withVersion(state.row, version, this.#extrasMax));
  }

  takeCoverage(stream: StreamKey, coverage: Coverage): void {
    if (lastCovered(coverage) === 0) return;
    const state = this.open(stream);
    this.#setRow(state, withCoverage(state.row, coverage, this.#extrasMax));
  }

  raiseGcLine(stream: StreamKey, gcLine: number): void {
    if (gcLine === 0) return;
    const state = this.open(stream);
    this.#setRow(state, withGcLine(state.row, gcLine));
  }

  /** The entry is shown from now on. */
  add(entry: E): void {
    const stream = this.open(entry.stream);
    const last = stream.log[stream.log.length - 1];
    if (last !== undefined && last.version > entry.version) stream.isSorted = false;
    stream.log.push(entry);
    stream.liveCount += 1;
    stream.topVersion = Math.max(stream.topVersion, entry.version);
    this.setRetired(stream, undefined);
  }

  /** The entry is shown no longer. It leaves the log when there are as many stale ones as live ones. */
  remove(entry: E): void {
    const stream = this.open(entry.stream);
    stream.liveCount -= 1;
    if (stream.log.length > 8 && stream.log.length > stream.liveCount * 2) this.#clean(stream);
  }

  /** The live entries in order of version. Do not keep the array. */
  liveEntries(stream: Stream<E>): readonly E[] {
    if (stream.log.length !== stream.liveCount) this.#clean(stream);
    if (!stream.isSorted) {
      stream.log.sort((a, b) => a.version - b.version);
      stream.isSorted = true;
    }
    return stream.log;
  }

  #clean(stream: Stream<E>): void {
    stream.log = stream.log.filter(this.#isLive);
  }

  #setRow(stream: Stream<E>, row: StreamRow): void {
    if (row === stream.row) return;
    stream.row = row;
    if (row.extras.length >= this.#extrasMax * 2) this.#forgetful.add(stream);
    else if (row.prefix >= stream.topVersion) this.#forgetful.delete(stream);
    this.#touched?.add(stream.key);
    this.#digest = undefined;
  }
}

function countRetired(retiredAtMs: number | undefined): 0 | 1 {
  return retiredAtMs === undefined ? 0 : 1;
}

/** Whether a node with `rows` has not seen a deletion that one with `others` has dropped. */
export function isBehind(rows: Rows, others: Rows): boolean {
  for (const [key, { gcLine, isFaded }] of others) {
    if (gcLine > (rows.get(key)?.prefix ?? 0) && isFaded !== true) return true;
  }
  return false;
}

/** Whether `whole` covers what `part` does, in every stream. */
export function isSubset(part: Rows, whole: Rows): boolean {
  if (part === whole) return true;
  for (const [key, row] of part) {
    const own = whole.get(key) ?? emptyRow;
    if (row !== own && !isCoveredBy(row, own)) return false;
  }
  return true;
}
