import type { StepClock } from '../util/index.ts';
import type { Fill } from './check-write.ts';
import type { KvConfig } from './config.ts';
import { isCoveredBy, lastCovered, type StreamRow } from './coverage.ts';
import { compareEntries, type Dot, type SharedEntry } from './entry.ts';
import type { ChangeSource, KvEvent, KvEventSink } from './events.ts';
import { FillWarnings } from './fill-warnings.ts';
import { HybridClock } from './hybrid-clock.ts';
import type { KvRecordSink } from './journal/record.ts';
import { SharedJournal } from './journal/shared-journal.ts';
import { kvLimits } from './limits.ts';
import type { EntryRefusal, Owners, Rows } from './messages.ts';
import { SharedMap } from './shared-map.ts';
import { zeroStamp, type Stamp } from './stamp.ts';
import { isTooLate, streamKeyOf, type StreamKey, type StreamOwner } from './stream.ts';
import type { ChangeFeed } from './watch.ts';

/** What the shared map of a node needs. */
export interface SharedCoreParts {
  /** This node and its generation: the same as before only after a clean stop, with its state. */
  readonly own: StreamOwner;
  readonly config: KvConfig;
  readonly clock: StepClock;
  /** Wall time in milliseconds since 1970. */
  readonly wallMs: () => number;
  readonly feed: ChangeFeed;
  readonly emit: KvEventSink;
  /** Receives what each step has changed. @defaultValue nobody does */
  readonly persist?: KvRecordSink;
  /** Hears of each entry of another node that is taken, whether it is shown or not. @defaultValue nobody does */
  readonly onMerged?: (dot: Dot) => void;
  /** Ranges beyond a prefix that are remembered. @defaultValue 256 */
  readonly extrasMax?: number;
}

/** What is written, whatever stream it will be in. */
export type SharedWrite = Omit<SharedEntry, 'lane' | 'key' | 'stream' | 'version'>;

/** The state of the shared map and its single changes; which of them an answer leads to, `SharedExchange` decides. */
export class SharedCore {
  readonly parts: SharedCoreParts;
  readonly map: SharedMap;
  readonly stamps: HybridClock;
  /** The latest stamp of a deletion that was dropped here. */
  floor: Stamp = zeroStamp;
  readonly #warnings: FillWarnings;
  readonly #journal: SharedJournal | undefined;
  readonly #events: KvEvent[] = [];
  #own: StreamOwner;
  #ownKey: StreamKey;
  #lastVersion: number = 0;
  #hasWarnedOfStreams: boolean = false;

  constructor(parts: SharedCoreParts) {
    this.parts = parts;
    this.#own = parts.own;
    this.#ownKey = streamKeyOf(parts.own, 0);
    this.stamps = new HybridClock(parts.config.maxAheadMs);
    this.#journal = parts.persist === undefined ? undefined : new SharedJournal(parts.persist);
    this.map = new SharedMap({
      feed: parts.feed,
      queueEvent: (event) => this.queueEvent(event),
      isOwn: ({ stream }) => stream === this.#ownKey,
      extrasMax: parts.extrasMax ?? kvLimits.extrasMax,
      journal: this.#journal,
    });
    this.#warnings = new FillWarnings(0, sharedFillMax(parts.config), (event) => this.queueEvent(event));
  }

  get ownKey(): StreamKey {
    return this.#ownKey;
  }

  get ownNode(): string {
    return this.#own.node;
  }

  /** Writes go to the stream of this generation from now on. */
  openOwn(generation: string = this.#own.generation): void {
    this.#own = { node: this.#own.node, generation };
    this.#ownKey = streamKeyOf(this.#own, 0);
    this.map.streams.setOwner(this.#ownKey, this.#own);
    this.#lastVersion = lastCovered(this.map.streams.row(this.#ownKey));
  }

  /** The next entry of our own stream. */
  append(key: string, write: SharedWrite, source: ChangeSource): SharedEntry {
    const entry = this.entryOf(key, write);
    this.#lastVersion = entry.version;
    this.map.set(entry, this.parts.clock.nowMs, source);
    this.map.streams.cover(entry.stream, entry.version);
    return entry;
  }

  /** As {@link append} would write it. */
  entryOf(key: string, { kind, value, ttlMs, ageMs, parent, stamp, orig, adopt }: SharedWrite): SharedEntry {
    const version = this.#lastVersion + 1;
    return { lane: 0, key, kind, value, stream: this.#ownKey, version, parent, stamp, orig, adopt, ttlMs, ageMs };
  }

  /** The key shows `entry`, if that is greater than what it has. */
  merge(entry: SharedEntry, source: ChangeSource): boolean {
    this.stamps.witness(entry.stamp);
    const current = this.map.get(entry.key);
    const isNew = current === undefined || compareEntries(entry, current) > 0;
    if (isNew) this.map.set(entry, this.parts.clock.nowMs, source);
    this.map.streams.cover(entry.stream, entry.version);
    this.parts.onMerged?.(entry);
    return isNew;
  }

  /** Why an entry of another node cannot be taken now. Learns whose stream it is in. */
  refusalOf(entry: SharedEntry, owners: Owners): EntryRefusal | undefined {
    if (this.isAhead(entry.stamp)) return 'clock-ahead';
    const refusal = this.#learnOwner(entry.stream, owners.get(entry.stream));
    if (refusal !== undefined) return refusal;
    return this.map.isFullFor(entry) ? 'full' : undefined;
  }

  /** Whether a stamp of another node cannot be taken now. */
  isAhead(stamp: Stamp): boolean {
    return this.stamps.isAhead(stamp, this.parts.wallMs()) || this.stamps.isOfLaterEpoch(stamp);
  }

  /** Whether others have entries of our own stream that we never wrote: its versions must not be given again. */
  isOwnAhead(rows: Rows, entries: readonly SharedEntry[]): boolean {
    const row = rows.get(this.#ownKey);
    if (row !== undefined && lastCovered(row) > this.#lastVersion) return true;
    return entries.some(({ stream, version }) => stream === this.#ownKey && version > this.#lastVersion);
  }

  /** Takes another node's coverage, and its gc lines too when `all` of its state was merged. */
  takeRows(rows: Rows, what: 'coverage' | 'all'): void {
    for (const [key, row] of rows) {
      if (row.isFaded === true) this.#hearOfFading(key, row);
      if (row.isFaded === true || !this.#hasRoomFor(key, 'unnamed')) continue;
      this.map.streams.takeCoverage(key, row);
      if (what === 'all') this.map.streams.raiseGcLine(key, row.gcLine);
    }
  }

  queueEvent(event: KvEvent): void {
    this.#events.push(event);
  }

  /** All that was touched until now is on the disk from which it came. */
  markPersisted(): void {
    this.#journal?.reset(this.floor, this.stamps.last);
  }

  /** What was touched since the last time is told to whoever persists it. */
  persist(): void {
    this.#journal?.tell(this.map, this.#own, this.floor, this.stamps.last);
  }

  /** The step is over: whoever waits for changes and events hears of them. */
  finish(): void {
    this.persist();
    this.#warnings.check(this.map.fill);
    const count = this.map.streams.activeCount;
    if (count >= kvLimits.streamsWarnAt && !this.#hasWarnedOfStreams) {
      this.queueEvent({ type: 'too-many-streams', lane: 0, count });
    }
    this.#hasWarnedOfStreams = count >= kvLimits.streamsWarnAt;
    const { emit, feed } = this.parts;
    for (const event of this.#events.splice(0)) emit(event);
    feed.flush();
  }

  /** As they are sent on: older by the time they were held here. */
  aged(entries: readonly SharedEntry[]): SharedEntry[] {
    return entries.map((entry) => this.map.lifetimes.aged(entry, this.parts.clock.nowMs));
  }

  ownersOf(entries: readonly SharedEntry[]): Owners {
    const owners = new Map<StreamKey, StreamOwner>();
    for (const { stream } of entries) {
      if (owners.has(stream)) continue;
      const owner = this.map.streams.get(stream)?.owner;
      if (owner !== undefined) owners.set(stream, owner);
    }
    return owners;
  }

  #learnOwner(key: StreamKey, owner: StreamOwner | undefined): EntryRefusal | undefined {
    if (this.map.streams.get(key)?.owner !== undefined) return undefined;
    if (owner === undefined || streamKeyOf(owner, 0) !== key) return 'stream';
    if (isTooLate(owner.generation, this.parts.wallMs())) return 'stream';
    if (!this.#hasRoomFor(key, 'named')) return 'full';
    this.map.streams.setOwner(key, owner);
    return undefined;
  }

  /** The others are about to forget a stream. So are we, when it has long been over for us too and we miss nothing of it. */
  #hearOfFading(key: StreamKey, row: StreamRow): void {
    const { streams } = this.map;
    const stream = streams.get(key);
    if (stream?.retiredAtMs !== undefined && isCoveredBy(row, stream.row)) streams.setFaded(stream, true);
  }

  /** Those that only have a hash, which anybody may have invented, leave room for those of members. */
  #hasRoomFor(key: StreamKey, kind: 'named' | 'unnamed'): boolean {
    const { streams } = this.map;
    if (streams.get(key) !== undefined) return true;
    if (kind === 'unnamed' && streams.unnamedCount >= kvLimits.unnamedStreamsMax) return false;
    return streams.size < kvLimits.streamsMax + kvLimits.retiredMax;
  }
}

/** The place of an entry. */
export function dotOf({ stream, version }: Dot): Dot {
  return { stream, version };
}

/** Up to where this node writes. */
export function sharedFillMax(config: KvConfig): Fill {
  return {
    keyCount: config.sharedKeysMax,
    bytes: config.sharedMaxBytes,
    tombstoneCount: config.sharedTombstonesMax,
  };
}
