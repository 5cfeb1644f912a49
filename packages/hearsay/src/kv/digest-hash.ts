import type { StreamRow } from './coverage.ts';
import { mixBits, streamHash, streamHighByte, type StreamKey } from './stream.ts';

/** Buckets of a digest, by the highest bits of a stream's hash. */
export const digestBucketCount = 64;

/** A 64-bit hash as two unsigned 32-bit numbers. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** In which bucket a stream's row is. */
export function bucketOf(key: StreamKey): number {
  return streamHighByte(key) >>> 2;
}

/**
 * One hash for each bucket: equal where both sides cover the same of the same streams. All nodes must compute it alike,
 * so it is part of the protocol. Rows of which nothing is covered count as absent.
 *
 * Gc lines are left out: none is above its own node's prefix, so where coverage is equal nobody is behind, and nodes that
 * forget the same deletion at different times need not talk about it. So are streams that are about to be forgotten.
 */
export function bucketHashes(rows: Iterable<readonly [StreamKey, StreamRow]>): Hash64[] {
  const highs = new Uint32Array(digestBucketCount);
  const lows = new Uint32Array(digestBucketCount);
  for (const [key, row] of rows) {
    if ((row.prefix === 0 && row.extras.length === 0) || row.isFaded === true) continue;
    const bucket = bucketOf(key);
    const [high, low] = streamHash(key);
    highs[bucket]! ^= hashRow(row, high);
    lows[bucket]! ^= hashRow(row, low);
  }
  return Array.from(highs, (high, bucket) => ({ high, low: lows[bucket]! }));
}

/** The hash of a whole lane, of those of its buckets. */
export function laneHash(buckets: readonly Hash64[]): Hash64 {
  let [high, low] = [0, 0];
  for (const bucket of buckets) {
    high = mixBits(high ^ bucket.high) + 1;
    low = mixBits(low ^ bucket.low) + 1;
  }
  return { high: high >>> 0, low: low >>> 0 };
}

function hashRow({ prefix, extras }: StreamRow, seed: number): number {
  let hash = mixNumber(seed, prefix);
  for (const version of extras) hash = mixNumber(hash, version);
  return hash;
}

/** Versions are up to 2^53. */
function mixNumber(hash: number, value: number): number {
  return mixBits(mixBits(hash ^ (value >>> 0)) ^ Math.floor(value / 2 ** 32));
}
