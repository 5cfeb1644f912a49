import type { StepClock, TimerQueue } from '../../packages/hearsay/src/util/index.ts';

/** Fires every timer that is due until `atMs`, each at its time, and leaves the clock there. */
export function passUntil(clock: StepClock, timers: TimerQueue, atMs: number): void {
  while (timers.nextDeadlineMs <= atMs) {
    clock.advanceTo(Math.max(clock.nowMs, timers.nextDeadlineMs));
    timers.fireDue(clock.nowMs);
  }
  clock.advanceTo(atMs);
}
