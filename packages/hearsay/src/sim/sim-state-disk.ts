import { replayRecords, type KvRecord, type SavedKv } from '../kv/index.ts';
import { randomInt, type Rng } from '../util/index.ts';

/** What was written longer ago than this is on the disk for certain: how often the real store syncs its log. */
const SYNC_MS = 200;

interface Written {
  readonly record: KvRecord;
  readonly atMs: number;
}

/** Where one node keeps its gossiped state: outlives its processes, and when the host crashes loses what was not synced. */
export class SimStateDisk {
  readonly #log: Written[] = [];
  #first: SavedKv = {};

  /** What was there before anything was written. */
  begin(saved: SavedKv): void {
    this.#first = saved;
  }

  apply(record: KvRecord, nowMs: number): void {
    this.#log.push({ record, atMs: nowMs });
  }

  /** The host crashes: what was written last may be missing, from anywhere on. */
  lose(nowMs: number, rng: Rng): void {
    const unsynced = this.#log.filter(({ atMs }) => atMs > nowMs - SYNC_MS).length;
    this.#log.length -= randomInt(rng, unsynced + 1);
  }

  /** An image of the disk as it was then. */
  cutTo(atMs: number): void {
    while (this.#log.length > 0 && this.#log[this.#log.length - 1]!.atMs > atMs) this.#log.pop();
  }

  /** What a process finds that starts now; `wallMsAt` is the clock by which it is told how old that is. */
  load(wallMsAt: (nowMs: number) => number): SavedKv {
    const records = this.#log.map(({ record }) => record);
    const state = replayRecords(this.#first.state, records);
    const last = this.#log[this.#log.length - 1];
    const atMs = last === undefined ? this.#first.atMs : wallMsAt(last.atMs);
    return { ...(state !== undefined && { state }), ...(atMs !== undefined && { atMs }) };
  }
}
