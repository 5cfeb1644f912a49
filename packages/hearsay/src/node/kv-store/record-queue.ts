import { encodeStored, recordsOf, type KvRecord, type SavedState, type StoredContent } from '../../kv/index.ts';
import { bytesOf } from './weigh.ts';

/** At most so much goes to the store at once, in bytes. Chosen. */
const batchBytes = 256 * 1_024;

/** Records that wait for the store, and the numbers that all that is stored has. */
export class RecordQueue {
  readonly #wallMs: () => number;
  readonly #records: KvRecord[] = [];
  #bytes: number = 0;
  #takenCount: number = 0;
  /** That of the last record that was given one. */
  #sequence: number;

  constructor(sequence: number, wallMs: () => number) {
    this.#sequence = sequence;
    this.#wallMs = wallMs;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** How many records ever came, and how many of them wait no longer. */
  get pushedCount(): number {
    return this.#takenCount + this.#records.length;
  }

  get takenCount(): number {
    return this.#takenCount;
  }

  /** About how much waits. */
  get bytes(): number {
    return this.#bytes;
  }

  push(record: KvRecord): void {
    this.#records.push(record);
    this.#bytes += bytesOf(record);
  }

  /** The oldest records as they are stored, up to 256 KiB. */
  takeBatch(): Uint8Array[] {
    const batch: Uint8Array[] = [];
    let takenBytes = 0;
    for (const record of this.#records) {
      if (takenBytes >= batchBytes) break;
      const encoded = this.encode({ type: 'step', record });
      batch.push(encoded);
      takenBytes += encoded.length;
      this.#bytes -= bytesOf(record);
    }
    this.#records.splice(0, batch.length);
    this.#takenCount += batch.length;
    return batch;
  }

  takeAll(): Uint8Array[] {
    const all: Uint8Array[] = [];
    while (!this.isEmpty) for (const record of this.takeBatch()) all.push(record);
    return all;
  }

  /** What waits will not be stored; that is to be seen in the numbers. */
  giveUp(): void {
    this.#sequence += this.#records.length + 1;
    this.#takenCount += this.#records.length;
    this.#records.length = 0;
    this.#bytes = 0;
  }

  /** The next record. */
  encode(content: StoredContent): Uint8Array {
    this.#sequence += 1;
    return encodeStored({ sequence: this.#sequence, wallMs: this.#wallMs(), content });
  }

  /** All of `saved`, which has the effect of everything up to now. Made piece by piece; `size` grows meanwhile. */
  snapshotOf(saved: SavedState, size: { bytes: number }): Iterable<Uint8Array> {
    return snapshotRecords(saved, { sequence: this.#sequence, wallMs: this.#wallMs() }, size);
  }
}

function* snapshotRecords(
  saved: SavedState,
  head: { readonly sequence: number; readonly wallMs: number },
  size: { bytes: number },
): Generator<Uint8Array> {
  for (const content of snapshotContents(saved)) {
    const bytes = encodeStored({ ...head, content });
    size.bytes += bytes.length;
    yield bytes;
  }
}

function* snapshotContents(saved: SavedState): Generator<StoredContent> {
  yield { type: 'snapshot' };
  for (const record of recordsOf(saved)) yield { type: 'step', record };
}
