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

  /** What a process finds that starts now; `wallMs` is that of the last record. */
  load(wallMsAt: (nowMs: number) => number): SavedKv {
    const state = replayRecords(
      undefined,
      this.#log.map(({ record }) => record),
    );
    const last = this.#log[this.#log.length - 1];
    return state === undefined || last === undefined ? {} : { state, atMs: wallMsAt(last.atMs) };
  }
}
