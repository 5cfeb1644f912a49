import { assert } from './assert.ts';

/**
 * One instant per input. The entry point sets it once; within the step every layer reads the same `nowMs`, so an event
 * and its cause carry one time. Monotonic milliseconds of an origin that only the driver knows; never wall time.
 */
export class StepClock {
  #nowMs: number = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Moves to the instant of the next input. Time given by a driver never goes back. */
  advanceTo(nowMs: number): void {
    assert(nowMs >= this.#nowMs, 'time never goes back');
    this.#nowMs = nowMs;
  }
}
