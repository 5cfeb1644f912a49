import type { SwimEnv } from './effects.ts';

/**
 * Notices that this node had no time to live: its next timer is overdue by more than the tolerance when a step begins.
 *
 * What did not happen meanwhile proves nothing against others, because it may be waiting in a socket. A blocked node that
 * believes its own timers accuses everybody it was watching (Lifeguard Fig. 1; hashicorp/consul#5567).
 */
export class StallDetector {
  readonly #env: SwimEnv;
  readonly #toleranceMs: number;
  /** Until when lateness has been reported, so that none counts twice while the timers still wait. */
  #reportedMs: number = -Infinity;

  constructor(env: SwimEnv, toleranceMs: number) {
    this.#env = env;
    this.#toleranceMs = toleranceMs;
  }

  /** How late this step is, 0 when it is not. To be asked once a step, after the clock is set and before timers fire. */
  takeLatenessMs(): number {
    const { nowMs } = this.#env.clock;
    const lateMs = nowMs - Math.max(this.#env.timers.nextDeadlineMs, this.#reportedMs);
    if (!(lateMs > this.#toleranceMs)) return 0;
    this.#reportedMs = nowMs;
    return lateMs;
  }
}
