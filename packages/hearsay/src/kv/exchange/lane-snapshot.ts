import { bucketHashes, bucketOf, digestBucketCount, laneHash, type Hash64 } from '../digest-hash.ts';
import type { Digest, Rows } from '../messages.ts';
import type { DigestBucket, DigestRow } from '../protocol.ts';
import type { StreamRow } from '../coverage.ts';
import type { Lane, StreamKey } from '../stream.ts';

const noRows: readonly DigestRow[] = [];

/** The rows of a lane at one instant, and what follows from them: computed when asked for, and kept. */
export class LaneSnapshot {
  readonly rows: Rows;
  #hashes: readonly Hash64[] | undefined;
  #hash: Hash64 | undefined;
  #buckets: readonly (readonly DigestRow[] | undefined)[] | undefined;

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
}

/** The latest snapshot of each lane, which stays the same as long as the rows do. */
export class LaneSnapshots {
  readonly #latest = new Map<Lane, LaneSnapshot>();

  take({ lane, rows }: Digest): LaneSnapshot {
    const latest = this.#latest.get(lane);
    if (latest !== undefined && isSameRows(latest.rows, rows)) return latest;
    const snapshot = new LaneSnapshot(rows);
    this.#latest.set(lane, snapshot);
    return snapshot;
  }
}

/** The other side's rows: what it has said of some buckets, and what was found to be alike in the others. */
export function reconstruct(kept: LaneSnapshot, said: LaneSnapshot, buckets: ReadonlySet<number>): LaneSnapshot {
  const rows = new Map<StreamKey, StreamRow>();
  for (let bucket = 0; bucket < digestBucketCount; bucket += 1) {
    for (const [stream, row] of (buckets.has(bucket) ? said : kept).bucket(bucket)) rows.set(stream, row);
  }
  return new LaneSnapshot(rows);
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

/** Rows are immutable, so that the same ones are the same objects. */
function isSameRows(before: Rows, after: Rows): boolean {
  if (before === after) return true;
  if (before.size !== after.size) return false;
  for (const [stream, row] of after) if (before.get(stream) !== row) return false;
  return true;
}

function groupRows(rows: Rows): (DigestRow[] | undefined)[] {
  const buckets: (DigestRow[] | undefined)[] = [];
  for (const [stream, row] of rows) {
    if (row.prefix === 0 && row.extras.length === 0 && row.gcLine === 0) continue;
    (buckets[bucketOf(stream)] ??= []).push([stream, row]);
  }
  return buckets;
}
