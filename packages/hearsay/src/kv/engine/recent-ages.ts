/** How many are looked at for percentiles. Chosen. */
const agesMax = 256;

/** How old something was when it came here, of the last 256 times. */
export interface AgePercentiles {
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How often it came since the node was made. */
  readonly count: number;
}

/** Collects ages at arrival. */
export class RecentAges {
  readonly #agesMs: number[] = [];
  #count: number = 0;

  /** A negative age comes of clocks that disagree, and counts as 0. */
  add(ageMs: number): void {
    this.#count += 1;
    this.#agesMs.push(Math.max(0, ageMs));
    if (this.#agesMs.length > agesMax) this.#agesMs.shift();
  }

  /** Undefined before the first. */
  get percentiles(): AgePercentiles | undefined {
    if (this.#agesMs.length === 0) return undefined;
    const sorted = this.#agesMs.toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
    return { p50: at(0.5), p99: at(0.99), count: this.#count };
  }
}
