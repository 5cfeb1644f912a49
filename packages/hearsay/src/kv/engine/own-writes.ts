import { covers, type StreamRow } from '../coverage.ts';

/** Consecutive versions that were written at about the same time. */
interface Batch {
  firstVersion: number;
  lastVersion: number;
  readonly atMs: number;
}

/** Writes this close together count as one. Chosen: far below every lag that matters. */
const batchMs = 100;
/** Chosen: a hundred seconds of writes without an answer; later ones are counted with the last batch. */
const batchesMax = 1_000;

/** The writes of one own stream that no other node is known to have, the oldest first. */
export class OwnWrites {
  #batches: Batch[] = [];

  /** When the oldest of them was made; `undefined` when there is none. */
  get oldestAtMs(): number | undefined {
    return this.#batches[0]?.atMs;
  }

  record(version: number, nowMs: number): void {
    const last = this.#batches[this.#batches.length - 1];
    if (last !== undefined && (nowMs - last.atMs < batchMs || this.#batches.length >= batchesMax)) {
      last.lastVersion = version;
    } else {
      this.#batches.push({ firstVersion: version, lastVersion: version, atMs: nowMs });
    }
  }

  /** Another node has this of the stream. */
  markSeen(row: StreamRow): void {
    if (this.#batches.length === 0) return;
    this.#batches = this.#batches.filter(({ firstVersion, lastVersion }) => !hasAll(row, firstVersion, lastVersion));
  }

  /** The stream is no longer written. */
  clear(): void {
    this.#batches = [];
  }
}

function hasAll(row: StreamRow, firstVersion: number, lastVersion: number): boolean {
  if (row.prefix >= lastVersion) return true;
  for (let version = firstVersion; version <= lastVersion; version += 1) if (!covers(row, version)) return false;
  return true;
}
