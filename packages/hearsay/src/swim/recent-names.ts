import type { StepClock } from '../util/index.ts';

/** Names of members with which something happened a short while ago. Bounded: beyond that the oldest are forgotten early. */
export class RecentNames {
  readonly #clock: StepClock;
  readonly #spanMs: number;
  readonly #countMax: number;
  /** The oldest first. */
  readonly #notedAtMs: Map<string, number> = new Map();

  constructor(clock: StepClock, spanMs: number, countMax: number) {
    this.#clock = clock;
    this.#spanMs = spanMs;
    this.#countMax = countMax;
  }

  /** It happens now. */
  note(name: string): void {
    this.#notedAtMs.delete(name);
    this.#notedAtMs.set(name, this.#clock.nowMs);
    for (const [oldest, notedAtMs] of this.#notedAtMs) {
      if (this.#notedAtMs.size <= this.#countMax && this.#isRecent(notedAtMs)) return;
      this.#notedAtMs.delete(oldest);
    }
  }

  has(name: string): boolean {
    const notedAtMs = this.#notedAtMs.get(name);
    return notedAtMs !== undefined && this.#isRecent(notedAtMs);
  }

  #isRecent(notedAtMs: number): boolean {
    return this.#clock.nowMs - notedAtMs < this.#spanMs;
  }
}
