import type { StepClock } from '../util/index.ts';

/** Lets through `burst` at once and `perSecond` in the long run: for messages that answer what a peer sends. */
export class TokenBucket {
  readonly #clock: StepClock;
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #filledAtMs: number = 0;

  constructor(clock: StepClock, burst: number, perSecond: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
  }

  /** Takes one token, or returns false when there is none. */
  tryTake(): boolean {
    const nowMs = this.#clock.nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
