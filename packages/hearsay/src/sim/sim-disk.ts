import type { SnapshotRecord } from '../serf/index.ts';
import { assert, randomInt, type Rng } from '../util/index.ts';

/** The snapshot file of one node: outlives its processes, and when the host crashes loses what was not synced. */
export class SimDisk {
  #text: string = '';
  /** So much is on the disk for certain; the rest may still be in the memory of the host. */
  #syncedLength: number = 0;

  /** What a process finds that starts now. */
  get text(): string {
    return this.#text;
  }

  apply(record: SnapshotRecord): void {
    switch (record.kind) {
      case 'append':
        this.#text += record.text;
        return;
      case 'replace':
        // Renamed over the old file after a sync: at any moment one of the two is there.
        this.#text = record.text;
        this.#syncedLength = record.text.length;
        return;
      case 'sync':
        this.#syncedLength = this.#text.length;
        return;
    }
  }

  /** The host crashes: the file ends anywhere between what was synced and what was written. */
  lose(rng: Rng): void {
    this.cut(this.#syncedLength + randomInt(rng, this.#text.length - this.#syncedLength + 1));
  }

  /** Only the first `length` characters are left. */
  cut(length: number): void {
    assert(Number.isInteger(length) && length >= 0, 'a file has a length');
    this.#text = this.#text.slice(0, length);
    this.#syncedLength = Math.min(this.#syncedLength, this.#text.length);
  }
}
