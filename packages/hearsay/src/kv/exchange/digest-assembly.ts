import { bucketOf, digestBucketCount, type Hash64 } from '../digest-hash.ts';
import type { StreamRow } from '../coverage.ts';
import type { DigestPart } from '../protocol.ts';
import type { StreamKey } from '../stream.ts';
import { isSameHash } from './lane-snapshot.ts';
import type { HeldBytes } from './limits.ts';
import type { Reception } from './talk.ts';

/** What a row takes in memory beside its extras, 8 bytes each. Chosen: measured about 100. */
const rowBytes = 128;

/** A digest that comes in parts, in any order, some of them twice. */
export class DigestAssembly {
  readonly rows: Map<StreamKey, StreamRow> = new Map();
  readonly buckets: Set<number> = new Set();
  readonly #held: HeldBytes;
  readonly #arrived = new Set<number>();
  #first: DigestPart | undefined;
  #heldBytes: number = 0;

  constructor(held: HeldBytes) {
    this.#held = held;
  }

  get isComplete(): boolean {
    return this.#first !== undefined && this.#arrived.size === this.#first.partCount;
  }

  /** The hash of the whole lane, as the sender has it. */
  get laneHash(): Hash64 {
    return this.#first!.laneHash;
  }

  /** Whether the sender takes nothing but a resync. */
  get wantsResync(): boolean {
    return this.#first!.wantsResync;
  }

  /** Adds a part. `complete`: it was the last one, and all that comes later is there already. */
  receive(part: DigestPart): Reception | 'complete' {
    if (this.isComplete || this.#arrived.has(part.part)) return 'again';
    if (!this.#fits(part)) return 'invalid';
    const bytes = part.buckets.reduce((sum, { rows }) => sum + bytesOf(rows), 0);
    if (!this.#held.tryTake(bytes)) return 'too much';
    this.#first ??= part;
    this.#heldBytes += bytes;
    this.#arrived.add(part.part);
    for (const { bucket, rows } of part.buckets) {
      this.buckets.add(bucket);
      for (const [stream, row] of rows) this.rows.set(stream, row);
    }
    if (!this.isComplete) return 'used';
    this.release();
    return 'complete';
  }

  /** Gives its memory back. */
  release(): void {
    this.#held.release(this.#heldBytes);
    this.#heldBytes = 0;
  }

  /** Whether the part is one of those announced, with whole buckets that no other part has. */
  #fits({ part, partCount, buckets, laneHash }: DigestPart): boolean {
    const first = this.#first;
    if (part >= partCount || partCount > digestBucketCount) return false;
    if (first !== undefined && (partCount !== first.partCount || !isSameHash(laneHash, first.laneHash))) return false;
    if (new Set(buckets.map(({ bucket }) => bucket)).size < buckets.length) return false;
    return buckets.every(
      ({ bucket, rows }) => !this.buckets.has(bucket) && rows.every(([stream]) => bucketOf(stream) === bucket),
    );
  }
}

function bytesOf(rows: readonly (readonly [StreamKey, StreamRow])[]): number {
  return rows.reduce((sum, [, { extras }]) => sum + rowBytes + extras.length * 8, 0);
}
