import { assert } from '../util/index.ts';

const startCapacity = 32;

/** Counts by a whole number of either sign: an array that begins at the lowest one and grows in both directions. */
export class Bins {
  #counts: Float64Array = new Float64Array(0);
  /** The number that the array's first place stands for. */
  #offset: number = 0;
  #low: number = Infinity;
  #high: number = -Infinity;

  /** The lowest number that was counted. */
  get low(): number {
    return this.#low;
  }

  get high(): number {
    return this.#high;
  }

  /** How many numbers lie between the lowest and the highest, both included; 0 when there are none. */
  get span(): number {
    return this.#high < this.#low ? 0 : this.#high - this.#low + 1;
  }

  /** How many there would be with these. */
  spanWith(low: number, high: number): number {
    return Math.max(this.#high, high) - Math.min(this.#low, low) + 1;
  }

  at(index: number): number {
    return index < this.#low || index > this.#high ? 0 : this.#counts[index - this.#offset]!;
  }

  add(index: number, count: number): void {
    if (index < this.#low || index > this.#high) this.#makeRoom(index, index);
    this.#counts[index - this.#offset]! += count;
  }

  /** Adds counts of numbers that follow one another. */
  addAll(first: number, counts: Float64Array, length: number): void {
    if (length === 0) return;
    this.#makeRoom(first, first + length - 1);
    const own = this.#counts;
    const shift = first - this.#offset;
    for (let index = 0; index < length; index += 1) own[shift + index]! += counts[index]!;
  }

  merge(other: Bins): void {
    if (other.span === 0) return;
    this.addAll(other.#low, other.#counts.subarray(other.#low - other.#offset), other.span);
  }

  /** Each pair of numbers becomes one: 2n - 1 and 2n become n. */
  halve(): void {
    if (this.span === 0) return;
    const [low, high] = [Math.ceil(this.#low / 2), Math.ceil(this.#high / 2)];
    const counts = new Float64Array(high - low + 1);
    for (let index = this.#low; index <= this.#high; index += 1) counts[Math.ceil(index / 2) - low]! += this.at(index);
    [this.#counts, this.#offset, this.#low, this.#high] = [counts, low, low, high];
  }

  #makeRoom(first: number, last: number): void {
    const low = Math.min(this.#low, first);
    const high = Math.max(this.#high, last);
    const fits = this.#counts.length > 0 && low >= this.#offset && high < this.#offset + this.#counts.length;
    if (!fits) {
      const span = high - low + 1;
      const capacity = Math.max(startCapacity, 2 * span);
      const counts = new Float64Array(capacity);
      const offset = low - Math.floor((capacity - span) / 2);
      if (this.span > 0) {
        const own = this.#counts.subarray(this.#low - this.#offset, this.#high - this.#offset + 1);
        counts.set(own, this.#low - offset);
      }
      [this.#counts, this.#offset] = [counts, offset];
    }
    [this.#low, this.#high] = [low, high];
    assert(low >= this.#offset, 'bins begin within their array');
  }
}
