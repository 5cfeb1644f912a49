import type { StreamRow } from '../coverage.ts';
import { bucketHashes, bucketOf, digestBucketCount, laneHash, type Hash64 } from '../digest-hash.ts';
import type { Digest, Rows } from '../messages.ts';
import type { DigestBucket, DigestRow } from '../protocol.ts';
import type { Lane } from '../stream.ts';

/** The rows of each bucket; none where there is nothing. */
type Buckets = readonly (readonly DigestRow[] | undefined)[];

const noRows: readonly DigestRow[] = [];

/** The rows of a lane at one instant, and what follows from them: computed when asked for, and kept. */
export class LaneSnapshot {
  readonly rows: Rows;
  #hashes: readonly Hash64[] | undefined;
  #hash: Hash64 | undefined;
  #buckets: Buckets | undefined;

  constructor(rows: Rows) {
    this.rows = rows;
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

  /** Buckets of which the other side has other hashes: of its hashes the low halves are given. */
  differingFrom(lowHalves: readonly number[]): number[] {
    return [...this.hashes.keys()].filter((bucket) => this.hashes[bucket]!.low !== lowHalves[bucket]);
  }

  /** The same but for some buckets: cheaper than anew, as most exchanges are about few of them. */
  with(changed: ReadonlyMap<number, readonly DigestRow[]>, rows: Rows = this.#replace(changed)): LaneSnapshot {
    const snapshot = new LaneSnapshot(rows);
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

  take({ lane, rows }: Digest): LaneSnapshot {
    const latest = this.#latest.get(lane);
    const snapshot = latest === undefined ? new LaneSnapshot(rows) : follow(latest, rows);
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
function follow(before: LaneSnapshot, rows: Rows): LaneSnapshot {
  if (before.rows === rows) return before;
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
  if (touched.size === 0) return before;
  // Half of them anew costs as much as all.
  if (touched.size > digestBucketCount / 2) return new LaneSnapshot(rows);
  const changed = new Map(Array.from(touched, (bucket): [number, DigestRow[]] => [bucket, []]));
  for (const item of rows) if (!isVoid(item[1])) changed.get(bucketOf(item[0]))?.push(item);
  return before.with(changed, rows);
}

function groupRows(rows: Rows): Buckets {
  const buckets: (DigestRow[] | undefined)[] = [];
  for (const item of rows) if (!isVoid(item[1])) (buckets[bucketOf(item[0])] ??= []).push(item);
  return buckets;
}

function isVoid({ prefix, extras, gcLine }: StreamRow): boolean {
  return prefix === 0 && extras.length === 0 && gcLine === 0;
}
