import { ClusterError, type ByteReader, type ByteWriter } from '../util/index.ts';
import { readVarint, writeVarint } from '../kv/index.ts';
import { readNumber, writeNumber } from './numbers.ts';
import type { Sketch } from './sketch.ts';

/** A value of the moment of each of some members: of one, where it is set. */
export class Gauge implements Sketch<Gauge> {
  readonly kind = 'gauge' as const;
  #count: number = 0;
  #sum: number = 0;
  #min: number = Infinity;
  #max: number = -Infinity;

  /** How many members have one. */
  get count(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get sum(): number {
    return this.#sum;
  }

  get min(): number {
    return this.#min;
  }

  get max(): number {
    return this.#max;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` when the value is not a finite number */
  set(value: number): void {
    if (!Number.isFinite(value)) throw new ClusterError('ERR_CONFIG', `a gauge shows finite numbers, not ${value}`);
    [this.#count, this.#sum, this.#min, this.#max] = [1, value, value, value];
  }

  merge(other: Gauge): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  encode(writer: ByteWriter): void {
    writeVarint(writer, this.#count);
    if (this.#count === 0) return;
    writeNumber(writer, this.#sum);
    if (this.#count === 1) return;
    writeNumber(writer, this.#min);
    writeNumber(writer, this.#max);
  }

  mergeEncoded(reader: ByteReader): void {
    const count = readVarint(reader);
    if (count === 0) return;
    const sum = readNumber(reader);
    const min = count === 1 ? sum : readNumber(reader);
    const max = count === 1 ? sum : readNumber(reader);
    if (reader.failure !== undefined) return;
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }
}
