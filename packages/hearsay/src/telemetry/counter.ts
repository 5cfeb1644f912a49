import { ClusterError, type ByteReader, type ByteWriter } from '../util/index.ts';
import { telemetryLimits } from './limits.ts';
import { readNumber, writeNumber } from './numbers.ts';
import type { Sketch } from './sketch.ts';

const { counterMax } = telemetryLimits;

/** How often something happened, since the process began and in the last while. It never goes down, and ends at 2^53. */
export class Counter implements Sketch<Counter> {
  readonly kind = 'counter' as const;
  #total: number = 0;
  #recent: number = 0;

  get isEmpty(): boolean {
    return false;
  }

  get total(): number {
    return this.#total;
  }

  /** In the window of the sample. */
  get recent(): number {
    return this.#recent;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` when `count` is negative or no finite number */
  add(count: number = 1): void {
    if (!(count >= 0 && count < Infinity)) {
      throw new ClusterError('ERR_CONFIG', `a counter counts up by finite numbers, not by ${count}`);
    }
    this.#total = Math.min(this.#total + count, counterMax);
  }

  /** The same total, and since when it has been how much less. */
  since(total: number): Counter {
    const sample = new Counter();
    sample.#total = this.#total;
    sample.#recent = Math.max(0, this.#total - total);
    return sample;
  }

  merge(other: Counter): void {
    this.#total += other.#total;
    this.#recent += other.#recent;
  }

  encode(writer: ByteWriter): void {
    writeNumber(writer, this.#total);
    writeNumber(writer, this.#recent);
  }

  mergeEncoded(reader: ByteReader): void {
    const total = readNumber(reader);
    const recent = readNumber(reader);
    if (!isCount(total) || !isCount(recent)) reader.fail('counter');
    if (reader.failure !== undefined) return;
    this.#total += total;
    this.#recent += recent;
  }
}

/** Whether the counter of one node can have come to that. */
export function isCount(total: number): boolean {
  return total >= 0 && total <= counterMax;
}
