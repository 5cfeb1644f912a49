import { TokenBucket } from '../swim/index.ts';
import { ClusterError, isSameBytes } from '../util/index.ts';
import { checkFill, checkKey, checkTtl, checkValue, topPrefixes, type Fill } from './check-write.ts';
import { covers, withFading } from './coverage.ts';
import type { Dot, SharedEntry } from './entry.ts';
import type { ApplyResult, Digest, Owners, Rows, RumorOutcome, SharedDelta, SharedResync } from './messages.ts';
import { kvLimits } from './limits.ts';
import type { MergeRules } from './rules.ts';
import { dotOf, SharedCore, sharedFillMax, type SharedCoreParts } from './shared-core.ts';
import { SharedExchange } from './shared-exchange.ts';
import type { SharedStream } from './shared-map.ts';
import { laterStamp, zeroStamp, type Stamp } from './stamp.ts';
import { isTooLate, type Generation, type StreamKey, type StreamOwner } from './stream.ts';

/** All that a shared lane must not forget, to be written to a disk and given to a new lane. */
export interface SharedState {
  readonly rows: Rows;
  readonly owners: Owners;
  /** Streams that are retired, among `rows`. */
  readonly retired: readonly StreamKey[];
  readonly floor: Stamp;
  readonly lastStamp: Stamp;
  readonly entries: readonly SharedEntry[];
}

/** What a {@link SharedLane} needs. */
export interface SharedLaneParts extends SharedCoreParts {
  /** What was saved before a restart. With the same generation only after a clean stop. */
  readonly saved?: SharedState;
  /** For the explorer. @defaultValue all of them */
  readonly rules?: MergeRules;
}

/**
 * The shared map: anyone writes any key, the latest stamp wins, a deletion is a value.
 *
 * Deletions may be forgotten at any time, and stay deletions. Every method is one step: nobody sees it half done.
 */
export class SharedLane {
  readonly #core: SharedCore;
  readonly #exchange: SharedExchange;
  readonly #writes: TokenBucket;

  constructor(parts: SharedLaneParts) {
    const { clock, config } = parts;
    this.#core = new SharedCore(parts);
    this.#exchange = new SharedExchange(this.#core, parts.rules);
    this.#writes = new TokenBucket(clock, config.sharedWritesBurst, config.sharedWritesPerSecond);
    if (parts.saved !== undefined) this.#restore(parts.saved);
    this.openStream(parts.own.generation);
  }

  /** The stream that this node writes. */
  get ownStream(): StreamKey {
    return this.#core.ownKey;
  }

  /** The latest stamp of a deletion that was dropped here. */
  get floor(): Stamp {
    return this.#core.floor;
  }

  /** What it holds; the limits are in the configuration. */
  get fill(): Fill {
    return this.#core.map.fill;
  }

  /** When {@link expire} has something to do; `Infinity` for never. */
  get nextExpiryMs(): number {
    return this.#core.map.lifetimes.nextExpiryMs;
  }

  /** What the key shows; `undefined` when it has no value. */
  get(key: string): SharedEntry | undefined {
    return this.#core.map.getShown(key);
  }

  /** What the key has, a deletion too, as long as that is remembered. */
  latest(key: string): SharedEntry | undefined {
    return this.#core.map.get(key);
  }

  /** All keys that have a value. */
  *list(prefix: string = ''): Generator<SharedEntry> {
    const { map } = this.#core;
    for (const entry of map.entries()) {
      if (entry.key.startsWith(prefix) && !map.lifetimes.isDead(entry)) yield entry;
    }
  }

  /** Whether the effect of the entry is here. */
  covers({ stream, version }: Dot): boolean {
    return covers(this.#core.map.streams.row(stream), version);
  }

  /** The node that wrote the entry, when its stream is known. */
  authorOf(dot: Dot): string | undefined {
    return this.#core.map.streams.get(dot.stream)?.owner?.node;
  }

  /**
   * Writes a value. An equal one is not written again, unless `touch`. Do not change `value` afterwards.
   *
   * @throws {@link ClusterError} `ERR_KV_KEY`, `ERR_KV_VALUE_TOO_LARGE`, `ERR_KV_FULL`, `ERR_KV_RATE` or
   *   `ERR_KV_CLOCK_AHEAD`; then nothing has happened
   */
  put(
    key: string,
    value: Uint8Array,
    options: { readonly ttlMs?: number; readonly touch?: boolean } = {},
  ): SharedEntry {
    const { config } = this.#core.parts;
    const ttlMs = options.ttlMs ?? 0;
    checkKey(key, config.keyMaxBytes);
    checkValue(key, value, config.sharedValueMaxBytes);
    checkTtl(ttlMs);
    const shown = this.get(key);
    const isEqual = shown !== undefined && ttlMs === 0 && shown.ttlMs === 0 && isSameBytes(shown.value, value);
    return isEqual && options.touch !== true ? shown : this.#write(key, 'put', value, ttlMs);
  }

  /**
   * Deletes a value; `undefined` when there is none here.
   *
   * @throws {@link ClusterError} `ERR_KV_FULL`, `ERR_KV_RATE` or `ERR_KV_CLOCK_AHEAD`; then nothing has happened
   */
  delete(key: string): SharedEntry | undefined {
    return this.get(key) === undefined ? undefined : this.#write(key, 'del', new Uint8Array(0), 0);
  }

  /** What this node has. */
  digest(): Digest {
    const { streams } = this.#core.map;
    const unsure = streams.unsure();
    return { lane: 0, rows: streams.rows(), ...(unsure.size > 0 && { unsure }) };
  }

  /** What the sender of the digest lacks: at most about `budgetBytes` of it, or everything when it is behind. */
  deltaFor(digest: Digest, budgetBytes: number = Infinity): SharedDelta | SharedResync {
    return this.#exchange.deltaFor(digest, budgetBytes);
  }

  /** All that this node has, for one that is behind. */
  resync(): SharedResync {
    return this.#exchange.resync();
  }

  /** Merges an answer, or a piece of one. */
  applyDelta(delta: SharedDelta): ApplyResult {
    return this.#exchange.applyDelta(delta);
  }

  /**
   * Merges all that the node `from` has, in one step; also when this node is not behind it, if `isForced`: after so long
   * a time apart that streams and their gc lines may have been forgotten.
   */
  applyResync(resync: SharedResync, from: string, isForced: boolean = false): ApplyResult {
    return this.#exchange.applyResync(resync, from, isForced);
  }

  /** Merges an entry that came on its own. */
  applyRumor(entry: SharedEntry, owner: StreamOwner): RumorOutcome {
    return this.#exchange.applyRumor(entry, owner);
  }

  /** Entries whose life is over show no value any longer. */
  expire(): void {
    this.#core.map.expire(this.#core.parts.clock.nowMs);
    this.#core.finish();
  }

  /**
   * Forgets deletions that came here long enough ago, and, when there are many, those that all live members have seen.
   * Safe at any time: who has not seen them is behind from then on (R2). Says how many.
   */
  collect(isSeenByAll: (dot: Dot) => boolean = () => false): number {
    const { clock, config } = this.#core.parts;
    const oldestMs = clock.nowMs - config.sharedTombstoneKeepMs;
    let excess = this.fill.tombstoneCount - Math.floor(config.sharedTombstonesMax * 0.8);
    let count = 0;
    for (const [entry, sinceMs] of [...this.#core.map.lifetimes.dead()]) {
      if (sinceMs > oldestMs && excess <= 0) break;
      if (sinceMs > oldestMs && !isSeenByAll(entry)) continue;
      if (!this.#drop(entry.key)) continue;
      excess -= 1;
      count += 1;
    }
    this.#core.persist();
    return count;
  }

  /** Forgets the deletion of a key; false when there is none, or an earlier version of its stream is missing here. */
  dropTombstone(key: string): boolean {
    const isDropped = this.#drop(key);
    this.#core.persist();
    return isDropped;
  }

  /** Goes on in a new stream, when peers know more of the old one than this node does. */
  openStream(generation: Generation): void {
    this.#core.openOwn(generation);
    this.#core.persist();
  }

  /** All streams, retired ones too. */
  streams(): IterableIterator<SharedStream> {
    return this.#core.map.streams.values();
  }

  /** Whether it may have stamps that are ahead of what this node's clock says now: of entries, or of the last that it gave. */
  get hasSeenAhead(): boolean {
    return this.#core.stamps.hasSeenAhead(this.#core.parts.wallMs());
  }

  /** Members have stamps of this epoch, which was refused here: from now on it is taken. */
  allowEpoch(epoch: number): void {
    this.#core.stamps.allowEpoch(epoch);
  }

  /** When the latest stamp is ahead of this node's clock, what is written from now on is of now, in a new epoch. */
  passAhead(): void {
    const { parts, stamps } = this.#core;
    const wallMs = parts.wallMs();
    if (stamps.isAhead(stamps.last, wallMs)) stamps.beginEpoch(wallMs);
  }

  /**
   * Writes anew what this node, in this life or before, had stamped too far ahead of what its clock says now: others have
   * refused it, or will. The new stamps are of now, in a new epoch, and so later than the old ones for those who have not.
   * No epoch begins when the latest stamp is of now: that is one which somebody has begun who has seen the same, and not
   * each of a thousand members shall begin another. Gives what it has written.
   */
  reissueAhead(): SharedEntry[] {
    const core = this.#core;
    const { map, parts, stamps } = core;
    const wallMs = parts.wallMs();
    const isAhead = (stamp: Stamp): boolean => stamps.isAhead(stamp, wallMs);
    const own = [...map.streams.values()].filter(({ owner }) => owner?.node === core.ownNode);
    const ahead = own.flatMap((stream) => map.streams.liveEntries(stream).filter(({ stamp }) => isAhead(stamp)));
    if (ahead.length === 0 && !isAhead(stamps.last) && !isAhead(core.floor)) return [];
    if (isAhead(stamps.last) && !stamps.beginEpoch(wallMs)) return [];
    // A floor that is ahead would keep others from all that this node has.
    if (isAhead(core.floor)) core.floor = stamps.last;
    const issued = core
      .aged(ahead)
      .map((entry) =>
        core.append(entry.key, { ...entry, stamp: stamps.next(wallMs), orig: entry.orig ?? entry.stamp }, 'local'),
      );
    core.finish();
    return issued;
  }

  /**
   * Takes over the live entries of a dead stream, with their stamps; says how many. They travel by anti-entropy. What was
   * taken over as often as may be stays where it is: it would not be greater in this node's stream, and others keep it.
   */
  adopt(key: StreamKey): number {
    const { streams } = this.#core.map;
    const stream = streams.get(key);
    if (stream === undefined || key === this.ownStream) return 0;
    const entries = this.#core.aged(streams.liveEntries(stream).filter(({ adopt }) => adopt < kvLimits.adoptMax));
    for (const entry of entries) {
      this.#core.append(entry.key, { ...entry, adopt: entry.adopt + 1, parent: dotOf(entry) }, 'sync');
    }
    this.#core.finish();
    return entries.length;
  }

  /** Takes over what is live in streams whose owner no other node accepts: as it is, they would refuse it for ever. */
  adoptUntellable(): void {
    const { map, parts } = this.#core;
    for (const { key, owner, liveCount } of [...map.streams.values()]) {
      const isTellable = owner !== undefined && !isTooLate(owner.generation, parts.wallMs());
      if (liveCount > 0 && !isTellable) this.adopt(key);
    }
  }

  /** A dead stream without entries may be left out of digests, and is remembered for a while. */
  retire(key: StreamKey): boolean {
    const stream = this.#core.map.streams.get(key);
    if (stream === undefined || stream.liveCount > 0 || key === this.ownStream) return false;
    this.#core.map.streams.setRetired(stream, this.#core.parts.clock.nowMs);
    this.#core.persist();
    return true;
  }

  /** A retired stream is about to be forgotten, and others are told so; false when that was so already. */
  fadeStream(key: StreamKey): boolean {
    const { streams } = this.#core.map;
    const stream = streams.get(key);
    if (stream?.retiredAtMs === undefined || stream.row.isFaded === true) return false;
    streams.setFaded(stream, true);
    return true;
  }

  /** Forgets a retired stream. What comes of it later is judged by the floor. */
  forgetStream(key: StreamKey): boolean {
    const { streams } = this.#core.map;
    if (streams.get(key)?.retiredAtMs === undefined) return false;
    streams.forget(key);
    this.#core.persist();
    return true;
  }

  /** All that must not be forgotten. */
  save(): SharedState {
    const { map, floor, stamps } = this.#core;
    const streams = [...map.streams.values()];
    return {
      rows: new Map(streams.map(({ key, row }) => [key, withFading(row, false)])),
      owners: new Map(streams.flatMap(({ key, owner }) => (owner === undefined ? [] : [[key, owner]]))),
      retired: streams.filter(({ retiredAtMs }) => retiredAtMs !== undefined).map(({ key }) => key),
      floor,
      lastStamp: stamps.last,
      entries: this.#core.aged([...map.entries()]),
    };
  }

  #restore(saved: SharedState): void {
    const { map, parts, stamps } = this.#core;
    const { nowMs } = parts.clock;
    for (const [key, owner] of saved.owners) {
      if (!isTooLate(owner.generation, parts.wallMs())) map.streams.setOwner(key, owner);
    }
    for (const entry of saved.entries) {
      map.set(entry, nowMs, 'local');
      stamps.witness(entry.stamp);
    }
    this.#core.takeRows(saved.rows, 'all');
    for (const key of saved.retired) {
      const stream = map.streams.get(key);
      if (stream !== undefined) map.streams.setRetired(stream, nowMs);
    }
    this.#core.floor = saved.floor;
    for (const stamp of [saved.floor, saved.lastStamp]) stamps.witness(stamp);
    this.#core.markPersisted();
  }

  #drop(key: string): boolean {
    const { map } = this.#core;
    const entry = map.get(key);
    if (entry === undefined || !map.lifetimes.isDead(entry)) return false;
    if (map.streams.row(entry.stream).prefix < entry.version) return false;
    map.drop(entry, 'local');
    map.streams.raiseGcLine(entry.stream, entry.version);
    this.#core.floor = laterStamp(this.#core.floor, entry.stamp);
    return true;
  }

  #write(key: string, kind: 'put' | 'del', value: Uint8Array, ttlMs: number): SharedEntry {
    const { map, parts } = this.#core;
    const { config } = parts;
    const current = map.get(key);
    const parent =
      current === undefined ? undefined : current.stream === this.ownStream ? current.parent : dotOf(current);
    const write = { kind, value, ttlMs, ageMs: 0, parent, stamp: zeroStamp, orig: undefined, adopt: 0 } as const;
    const after = map.fillWith(this.#core.entryOf(key, write));
    const names = { code: 'ERR_KV_FULL', what: 'the shared map' } as const;
    checkFill(this.fill, after, sharedFillMax(config), names, () => topPrefixes(this.#keys()));
    const stamp = this.#core.stamps.next(parts.wallMs());
    if (!this.#writes.tryTake()) {
      const { sharedWritesBurst: burst, sharedWritesPerSecond: rate } = config;
      throw new ClusterError('ERR_KV_RATE', `"${key}" not written: the limit is ${rate} a second, ${burst} at once`);
    }
    const entry = this.#core.append(key, { ...write, stamp }, 'local');
    this.#core.finish();
    return entry;
  }

  *#keys(): Generator<string> {
    for (const { key } of this.#core.map.entries()) yield key;
  }
}
