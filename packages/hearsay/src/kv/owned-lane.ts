import { assert, isSameBytes, type StepClock } from '../util/index.ts';
import { nothing, refusalOf, refused } from './apply-result.ts';
import { checkFill, checkKey, checkTtl, topPrefixes, type Fill } from './check-write.ts';
import type { KvConfig } from './config.ts';
import { lastCovered, type StreamRow } from './coverage.ts';
import type { Dot, OwnedEntry } from './entry.ts';
import type { KvEvent, KvEventSink } from './events.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { FillWarnings } from './fill-warnings.ts';
import { OwnedJournal } from './journal/owned-journal.ts';
import type { KvRecordSink } from './journal/record.ts';
import { kvLimits } from './limits.ts';
import type { ApplyResult, Digest, OwnedDelta, OwnedPart, RumorOutcome } from './messages.ts';
import { OwnedChanges } from './owned-changes.ts';
import { applyPart, mergeOwned, packParts, partFor, rowIn } from './owned-exchange.ts';
import { ownedFillMax, ownedFillNames, ownedHardFill } from './owned-limits.ts';
import { OwnedStream } from './owned-stream.ts';
import {
  isTooLate,
  streamKeyOf,
  type Generation,
  type OwnedLaneNumber,
  type StreamKey,
  type StreamOwner,
} from './stream.ts';
import type { ChangeFeed } from './watch.ts';

/** What an owned lane must not forget. */
export interface OwnedState {
  readonly streams: readonly {
    readonly owner: StreamOwner;
    readonly row: StreamRow;
    readonly entries: readonly OwnedEntry[];
  }[];
}

/** What an {@link OwnedLane} needs. */
export interface OwnedLaneParts {
  readonly lane: OwnedLaneNumber;
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
  readonly saved?: OwnedState;
}

/**
 * Keys that each node writes for itself and all read: lane 1, and 2 for telemetry. The newest generation of a node
 * counts, and of each key the newest version; there are no clocks and no conflicts.
 */
export class OwnedLane {
  readonly #parts: OwnedLaneParts;
  readonly #hardFill: Fill;
  readonly #warnings: FillWarnings;
  readonly #changes: OwnedChanges;
  readonly #journal: OwnedJournal | undefined;
  #digest: Digest | undefined;
  readonly #events: KvEvent[] = [];
  /** The newest generation of each node. */
  readonly #streams = new Map<string, OwnedStream>();
  /** The same streams. */
  readonly #byKey = new Map<StreamKey, OwnedStream>();
  readonly #expiries = new ExpiryQueue<OwnedEntry>();
  /** Members that were given up, the longest ago first: what is of these generations or older is not taken again. */
  readonly #gone = new Map<string, { readonly generation: Generation; readonly atMs: number }>();
  #own: OwnedStream;
  #firstStream: number = 0;
  #hasWarnedOfStreams: boolean = false;

  constructor(parts: OwnedLaneParts) {
    const { config, lane, own, saved } = parts;
    this.#parts = parts;
    this.#hardFill = ownedHardFill(lane);
    this.#changes = new OwnedChanges(lane, parts.feed);
    this.#warnings = new FillWarnings(lane, ownedFillMax(lane, config), (event) => void this.#events.push(event));
    this.#journal = parts.persist === undefined ? undefined : new OwnedJournal(parts.persist);
    if (saved !== undefined) this.#restore(saved);
    const known = this.#streams.get(own.node);
    const isSame = known !== undefined && known.owner.generation === own.generation;
    this.#own = isSame ? known : this.#newStream(own);
    this.#persist();
  }

  /** The stream that this node writes. */
  get ownStream(): StreamKey {
    return this.#own.key;
  }

  /** What this node's own stream holds. */
  get fill(): Fill {
    return this.#own.fill;
  }

  /** When {@link expire} has something to do; `Infinity` for never. */
  get nextExpiryMs(): number {
    return this.#expiries.nextMs;
  }

  /** What the node's key shows. */
  get(node: string, key: string): OwnedEntry | undefined {
    return this.#streams.get(node)?.getShown(key);
  }

  /** How long ago the key was written that the node shows: the time it was held on its way, in milliseconds. */
  ageMs(node: string, key: string): number {
    const stream = this.#streams.get(node);
    const entry = stream?.getShown(key);
    return entry === undefined ? 0 : stream!.lifetimes.aged(entry, this.#parts.clock.nowMs).ageMs;
  }

  /** All keys of the node that have a value. */
  *list(node: string): Generator<OwnedEntry> {
    const stream = this.#streams.get(node);
    if (stream === undefined) return;
    for (const entry of stream.entries()) if (!stream.lifetimes.isDead(entry)) yield entry;
  }

  /** All nodes of which something is known. */
  nodes(): IterableIterator<string> {
    return this.#streams.keys();
  }

  /**
   * Writes a key of this node. An equal value is not written again, unless `touch`. Do not change `value` afterwards.
   *
   * @throws {@link ClusterError} `ERR_KV_KEY`, `ERR_KV_OWNED_FULL` or `ERR_KV_TELEMETRY_FULL`; then nothing has happened
   */
  set(key: string, value: Uint8Array, options: { readonly ttlMs?: number; readonly touch?: boolean } = {}): OwnedEntry {
    const { config } = this.#parts;
    const ttlMs = options.ttlMs ?? 0;
    checkKey(key, config.keyMaxBytes);
    checkTtl(ttlMs);
    const shown = this.#own.getShown(key);
    const isEqual = shown !== undefined && ttlMs === 0 && shown.ttlMs === 0 && isSameBytes(shown.value, value);
    return isEqual && options.touch !== true ? shown : this.#write(key, 'put', value, ttlMs);
  }

  /** Deletes a key of this node; `undefined` when it has no value. */
  delete(key: string): OwnedEntry | undefined {
    return this.#own.getShown(key) === undefined ? undefined : this.#write(key, 'del', new Uint8Array(0), 0);
  }

  /** What this node has: the newest generation of each node. The same object until something changes. */
  digest(): Digest {
    const { lane } = this.#parts;
    this.#digest ??= { lane, rows: new Map([...this.#streams.values()].map(({ key, row }) => [key, row])) };
    return this.#digest;
  }

  /** Whether the effect of the entry is here. */
  covers({ stream, version }: Dot): boolean {
    return this.#byKey.get(stream)?.covers(version) ?? false;
  }

  /** What the sender of the digest lacks, whole streams first, at most about `budgetBytes` of it. */
  deltaFor(digest: Digest, budgetBytes: number = Infinity): OwnedDelta {
    const { clock, lane } = this.#parts;
    const parts: OwnedPart[] = [];
    for (const stream of this.#streams.values()) {
      const part = partFor(stream, rowIn(digest.rows, stream), clock.nowMs);
      if (part !== undefined) parts.push(part);
    }
    // Not always the same first: what finds no room now comes earlier the next time.
    this.#firstStream += 1;
    const first = parts.length === 0 ? 0 : this.#firstStream % parts.length;
    return { lane, parts: packParts([...parts.slice(first), ...parts.slice(0, first)], budgetBytes) };
  }

  /** Merges an answer; one result for each part. */
  applyDelta(delta: OwnedDelta): ApplyResult[] {
    const results = delta.parts.map((part) => this.#applyPart(part));
    this.#finish();
    return results;
  }

  /** Merges an entry that came on its own. */
  applyRumor(entry: OwnedEntry, owner: StreamOwner): RumorOutcome {
    const opened = this.#open(entry.stream, owner, entry.version);
    if (typeof opened === 'string') {
      this.#finish();
      return opened === 'own-stream-ahead' ? 'stream' : opened;
    }
    const { stream, older } = opened;
    const outcome = stream.covers(entry.version)
      ? 'known'
      : mergeOwned(stream, entry, this.#hardFill, this.#parts.clock.nowMs, this.#changes.of(stream, older, 'rumor'));
    this.#changes.hide(older, stream, 'rumor');
    this.#finish();
    return outcome;
  }

  /** The member is given up: what it owns is no longer shown. Should it return, it must open a new generation. */
  forgetMember(node: string): void {
    const stream = this.#streams.get(node);
    if (stream === undefined || stream === this.#own) return;
    this.#streams.delete(node);
    this.#close(stream);
    this.#journal?.touch(node);
    this.#gone.delete(node);
    this.#gone.set(node, { generation: stream.owner.generation, atMs: this.#parts.clock.nowMs });
    for (const entry of stream.entries()) {
      if (!stream.lifetimes.isDead(entry)) this.#changes.record('member-gone', stream, entry, entry, 'local');
    }
    this.#finish();
  }

  /** Whether others must be told that this generation is over, since its member was given up. */
  isRetired({ node, generation }: StreamOwner): boolean {
    const gone = this.#gone.get(node)?.generation;
    const newest = this.#streams.get(node)?.owner.generation;
    return (gone !== undefined && generation <= gone) || (newest !== undefined && generation < newest);
  }

  /** Goes on in a new stream, with the same keys and values. */
  openStream(generation: Generation): void {
    const { clock } = this.#parts;
    const before = this.#own;
    const isLater = generation > before.owner.generation || this.#isTooLate(before.owner);
    assert(isLater, 'a new generation is later than those before');
    const alive = [...before.entries()].filter((entry) => !before.lifetimes.isDead(entry));
    const aged = alive.map((entry) => before.lifetimes.aged(entry, clock.nowMs));
    this.#own = this.#newStream({ node: before.owner.node, generation });
    for (const entry of aged) {
      this.#own.set({ ...entry, stream: this.#own.key, version: this.#nextVersion() }, clock.nowMs);
    }
    this.#persist();
  }

  /** Entries whose life is over show no value any longer. */
  expire(): void {
    const { nowMs } = this.#parts.clock;
    for (const entry of this.#expiries.takeDue(nowMs)) {
      const stream = this.#byKey.get(entry.stream)!;
      const expired = { ...entry, value: new Uint8Array(0), ageMs: entry.ttlMs };
      stream.set(expired, nowMs);
      this.#changes.record('expire', stream, expired, entry, 'local');
    }
    this.#finish();
  }

  /** Forgets deletions that came here long enough ago, and members given up long ago. Says how many deletions. */
  collect(): number {
    const { clock, config } = this.#parts;
    for (const [node, { atMs }] of this.#gone) {
      if (clock.nowMs - atMs < config.retiredKeepMs && this.#gone.size <= kvLimits.retiredMax) break;
      this.#gone.delete(node);
    }
    let count = 0;
    for (const stream of this.#streams.values()) {
      for (const [entry, sinceMs] of [...stream.lifetimes.dead()]) {
        if (clock.nowMs - sinceMs < config.ownedTombstoneKeepMs) break;
        if (stream.dropTombstone(entry)) count += 1;
      }
    }
    this.#persist();
    return count;
  }

  /** Forgets the deletion of a key; false when there is none, or an earlier version is missing here. */
  dropTombstone(node: string, key: string): boolean {
    const stream = this.#streams.get(node);
    const entry = stream?.get(key);
    const isDropped = stream !== undefined && entry !== undefined && stream.dropTombstone(entry);
    this.#persist();
    return isDropped;
  }

  /** All that must not be forgotten. */
  save(): OwnedState {
    const { nowMs } = this.#parts.clock;
    return {
      streams: [...this.#streams.values()].map((stream) => ({
        owner: stream.owner,
        row: stream.row,
        entries: [...stream.entries()].map((entry) => stream.lifetimes.aged(entry, nowMs)),
      })),
    };
  }

  #restore({ streams }: OwnedState): void {
    const { own } = this.#parts;
    for (const { owner, row, entries } of streams) {
      // Its owner's true stream would be taken for an older one for ever. Our own keys go on, whatever they are in.
      const isOwn = owner.node === own.node && owner.generation === own.generation;
      if (!isOwn && this.#isTooLate(owner)) continue;
      const stream = this.#newStream(owner);
      for (const entry of entries) stream.set(entry, this.#parts.clock.nowMs);
      stream.takeRow(row);
      stream.raiseGcLine(row.gcLine);
    }
    this.#journal?.reset();
  }

  /** Takes the place of the node's older generation, if one is known. */
  #newStream(owner: StreamOwner): OwnedStream {
    const key = streamKeyOf(owner, this.#parts.lane);
    const older = this.#streams.get(owner.node);
    if (older !== undefined) this.#close(older);
    const parts = { journal: this.#journal, expiries: this.#expiries, onRowChange: () => (this.#digest = undefined) };
    const stream = new OwnedStream(key, owner, parts);
    this.#streams.set(owner.node, stream);
    this.#byKey.set(key, stream);
    this.#digest = undefined;
    return stream;
  }

  /** Nothing comes to the stream any longer, and nothing of it expires. */
  #close(stream: OwnedStream): void {
    this.#byKey.delete(stream.key);
    stream.lifetimes.forgetExpiries();
    this.#digest = undefined;
  }

  #persist(): void {
    this.#journal?.tell(this.#streams, this.#own.owner);
  }

  #write(key: string, kind: 'put' | 'del', value: Uint8Array, ttlMs: number): OwnedEntry {
    const { clock, config, lane } = this.#parts;
    const own = this.#own;
    const version = this.#nextVersion();
    const entry: OwnedEntry = { lane, key, kind, value, stream: own.key, version, ttlMs, ageMs: 0 };
    const max = ownedFillMax(lane, config);
    const names = ownedFillNames(lane);
    checkFill(own.fill, own.fillWith(entry), max, names, () => topPrefixes([...own.entries()].map(({ key }) => key)));
    const shown = own.getShown(key);
    own.set(entry, clock.nowMs);
    this.#trim(own);
    this.#changes.of(own, undefined, 'local')(entry, shown, false);
    this.#finish();
    return entry;
  }

  #nextVersion(): number {
    return lastCovered(this.#own.row) + 1;
  }

  #applyPart(part: OwnedPart): ApplyResult {
    const last = Math.max(lastCovered(part.row), ...part.entries.map(({ version }) => version));
    const opened = this.#open(part.stream, part.owner, last);
    if (opened === 'stream' || opened === 'full') return refused(part.entries.map((entry) => refusalOf(entry, opened)));
    if (typeof opened === 'string') return nothing(opened);
    const { stream, older } = opened;
    const { nowMs } = this.#parts.clock;
    const source = part.kind === 'delta' ? 'sync' : 'resync';
    const result = applyPart(stream, part, this.#hardFill, nowMs, this.#changes.of(stream, older, source));
    this.#changes.hide(older, stream, source);
    this.#trim(stream);
    return result;
  }

  /** The stream, and the older generation in whose place it comes. Or why nothing of it is taken. */
  #open(
    key: StreamKey,
    owner: StreamOwner,
    lastVersion: number,
  ):
    | { readonly stream: OwnedStream; readonly older: OwnedStream | undefined }
    | 'stream'
    | 'full'
    | 'retired'
    | 'own-stream-ahead' {
    const known = this.#streams.get(owner.node);
    if (known !== undefined && known.key === key) {
      if (known === this.#own && lastVersion > lastCovered(known.row)) return this.#ownAhead();
      return { stream: known, older: undefined };
    }
    if (streamKeyOf(owner, this.#parts.lane) !== key || this.#isTooLate(owner)) return 'stream';
    if (this.isRetired(owner)) {
      // A node that lost its memory, and has not written since: a version without an entry tells of the new generation,
      // else the others would show what was before for ever.
      if (known === this.#own && lastCovered(known.row) === 0) known.cover(1);
      return 'retired';
    }
    if (known === this.#own) return this.#ownAhead();
    if (known === undefined && this.#streams.size >= kvLimits.streamsMax) return 'full';
    return { stream: this.#newStream(owner), older: known };
  }

  #isTooLate({ generation }: StreamOwner): boolean {
    return isTooLate(generation, this.#parts.wallMs());
  }

  #ownAhead(): 'own-stream-ahead' {
    this.#events.push({ type: 'own-stream-ahead', lane: this.#parts.lane, stream: this.#own.key });
    return 'own-stream-ahead';
  }

  /** There is no limit to how many keys an owner deletes in an hour, but to how many of them are remembered. */
  #trim(stream: OwnedStream): void {
    let excess = stream.lifetimes.deadCount - this.#hardFill.keyCount;
    if (excess <= 0) return;
    for (const [entry] of [...stream.lifetimes.dead()]) {
      if (excess <= 0) return;
      if (stream.dropTombstone(entry)) excess -= 1;
    }
  }

  #finish(): void {
    const { emit, feed, lane } = this.#parts;
    this.#persist();
    this.#warnings.check(this.#own.fill);
    const count = this.#streams.size;
    const isMany = count >= kvLimits.streamsWarnAt;
    if (isMany && !this.#hasWarnedOfStreams) this.#events.push({ type: 'too-many-streams', lane, count });
    this.#hasWarnedOfStreams = isMany;
    for (const event of this.#events.splice(0)) emit(event);
    feed.flush();
  }
}
