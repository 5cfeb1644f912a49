import type { StreamRow } from '../coverage.ts';
import { bucketHashes, bucketOf, digestBucketCount, laneHash, type Hash64 } from '../digest-hash.ts';
import type { Digest, Rows } from '../messages.ts';
import type { DigestBucket, DigestRow } from '../protocol.ts';
import type { Lane } from '../stream.ts';

/** The rows of each bucket; none where there is nothing. */
type Buckets = readonly (readonly DigestRow[] | undefined)[];

const noRows: readonly DigestRow[] = [];
const noBuckets: ReadonlySet<number> = new Set();

/** The rows of a lane at one instant, and what follows from them: computed when asked for, and kept. */
export class LaneSnapshot {
  readonly rows: Rows;
  /** Buckets in which something may be shown that no row covers. */
  readonly unsure: ReadonlySet<number>;
  #hashes: readonly Hash64[] | undefined;
  #hash: Hash64 | undefined;
  #buckets: Buckets | undefined;

  constructor(rows: Rows, unsure: ReadonlySet<number> = noBuckets) {
    this.rows = rows;
    this.unsure = unsure;
  }

  /** Of each bucket. */
  get hashes(): readonly Hash64[] {
    this.#hashes ??= bucketHashes(this.rows);
    return this.#hashes;
  }

  get hash(): Hash64 {
    this.#hash ??= laneHash(this.hashes);
    return this.#hash;
  }

  /** All rows of a bucket but those that say nothing. */
  bucket(bucket: number): readonly DigestRow[] {
    this.#buckets ??= groupRows(this.rows);
    return this.#buckets[bucket] ?? noRows;
  }

  /** The rows of these buckets, for a message. */
  list(buckets: Iterable<number>): DigestBucket[] {
    return Array.from(buckets, (bucket) => ({ bucket, rows: this.bucket(bucket) }));
  }

  /**
   * The hashes to compare with those of others. Of buckets that are unsure they are like nobody else's, by the node's
   * `salt`: rows may be equal where entries are not, and only an exchange can tell.
   */
  compared(salt: number): { readonly hashes: readonly Hash64[]; readonly hash: Hash64 } {
    if (this.unsure.size === 0) return this;
    const hashes = this.hashes.map((hash, bucket) => (this.unsure.has(bucket) ? salted(hash, salt) : hash));
    return { hashes, hash: laneHash(hashes) };
  }

  /** The same but for some buckets: cheaper than anew, as most exchanges are about few of them. */
  with(
    changed: ReadonlyMap<number, readonly DigestRow[]>,
    rows: Rows = this.#replace(changed),
    unsure: ReadonlySet<number> = noBuckets,
  ): LaneSnapshot {
    const snapshot = new LaneSnapshot(rows, unsure);
    const fresh = bucketHashes([...changed.values()].flat());
    snapshot.#hashes = this.hashes.map((hash, bucket) => (changed.has(bucket) ? fresh[bucket]! : hash));
    snapshot.#buckets = this.hashes.map((_, bucket) => changed.get(bucket) ?? this.bucket(bucket));
    return snapshot;
  }

  #replace(changed: ReadonlyMap<number, readonly DigestRow[]>): Rows {
    const rows = new Map(this.rows);
    for (const [bucket, list] of changed) {
      for (const [stream] of this.bucket(bucket)) rows.delete(stream);
      for (const [stream, row] of list) rows.set(stream, row);
    }
    return rows;
  }
}

/** The latest snapshot of each lane. It stays the same as long as the rows do, and the next one is made from it. */
export class LaneSnapshots {
  readonly #latest = new Map<Lane, LaneSnapshot>();

  take({ lane, rows, unsure }: Digest): LaneSnapshot {
    const latest = this.#latest.get(lane);
    const buckets = unsure === undefined ? noBuckets : new Set(Array.from(unsure, bucketOf));
    const snapshot = latest === undefined ? new LaneSnapshot(rows, buckets) : follow(latest, rows, buckets);
    this.#latest.set(lane, snapshot);
    return snapshot;
  }
}

/** The other side's rows: what it has said of some buckets, and what was found to be alike in the others. */
export function reconstruct(kept: LaneSnapshot, said: LaneSnapshot, buckets: ReadonlySet<number>): LaneSnapshot {
  return kept.with(new Map(Array.from(buckets, (bucket) => [bucket, said.bucket(bucket)])));
}

/** Whether a dropped deletion has raised the gc line of any stream. */
export function isAnyGcLineRaised(before: Rows, after: Rows): boolean {
  if (before === after) return false;
  for (const [stream, { gcLine }] of after) if (gcLine > (before.get(stream)?.gcLine ?? 0)) return true;
  return false;
}

/** Whether both are one hash. */
export function isSameHash(a: Hash64, b: Hash64): boolean {
  return a.high === b.high && a.low === b.low;
}

/** The snapshot of these rows, made of an earlier one. Rows are immutable, so that the same ones are the same objects. */
function follow(before: LaneSnapshot, rows: Rows, unsure: ReadonlySet<number>): LaneSnapshot {
  const isAsSure = before.unsure.size === 0 && unsure.size === 0;
  if (before.rows === rows && isAsSure) return before;
  const touched = new Set<number>();
  let addedCount = 0;
  for (const [stream, row] of rows) {
    const known = before.rows.get(stream);
    if (known === row) continue;
    touched.add(bucketOf(stream));
    if (known === undefined) addedCount += 1;
  }
  if (rows.size < before.rows.size + addedCount) {
    for (const stream of before.rows.keys()) if (!rows.has(stream)) touched.add(bucketOf(stream));
  }
  if (touched.size === 0 && isAsSure) return before;
  // Half of them anew costs as much as all.
  if (touched.size > digestBucketCount / 2) return new LaneSnapshot(rows, unsure);
  const changed = new Map(Array.from(touched, (bucket): [number, DigestRow[]] => [bucket, []]));
  for (const item of rows) if (!isVoid(item[1])) changed.get(bucketOf(item[0]))?.push(item);
  return before.with(changed, rows, unsure);
}

function salted({ high, low }: Hash64, salt: number): Hash64 {
  return { high: (high ^ salt) >>> 0, low: (low ^ salt) >>> 0 };
}

function groupRows(rows: Rows): Buckets {
  const buckets: (DigestRow[] | undefined)[] = [];
  for (const item of rows) if (!isVoid(item[1])) (buckets[bucketOf(item[0])] ??= []).push(item);
  return buckets;
}

function isVoid({ prefix, extras, gcLine }: StreamRow): boolean {
  return prefix === 0 && extras.length === 0 && gcLine === 0;
}
