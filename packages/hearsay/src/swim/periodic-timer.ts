import { randomFloat, Timer } from '../util/index.ts';
import type { SwimEnv } from './effects.ts';

/**
 * Fires once an interval, from a random phase on: nodes that start together must not act together for ever. (In
 * memberlist they do, its random delay has no effect.) After a pause it fires once, not once for every tick missed.
 *
 * Who knows better when the next tick is due says so: a plan is asked at each tick, before the tick is told.
 */
export class PeriodicTimer {
  readonly #intervalMs: number;
  readonly #env: Pick<SwimEnv, 'clock' | 'timers' | 'rng'>;
  readonly #timer: Timer;
  #nextMs: number = Infinity;

  /** @param planMs - in how many milliseconds the next tick is due; undefined for the regular one */
  constructor(
    name: string,
    intervalMs: number,
    env: Pick<SwimEnv, 'clock' | 'timers' | 'rng'>,
    onTick: () => void,
    planMs: () => number | undefined = () => undefined,
  ) {
    this.#intervalMs = intervalMs;
    this.#env = env;
    this.#timer = new Timer(name, () => {
      const { nowMs } = this.#env.clock;
      const regularMs = this.#nextMs + this.#intervalMs;
      const plannedMs = planMs();
      if (plannedMs !== undefined) this.#arm(nowMs + plannedMs);
      else this.#arm(regularMs > nowMs ? regularMs : nowMs + this.#intervalMs);
      onTick();
    });
  }

  start(): void {
    this.#arm(this.#env.clock.nowMs + randomFloat(this.#env.rng) * this.#intervalMs);
  }

  stop(): void {
    this.#env.timers.cancel(this.#timer);
  }

  #arm(atMs: number): void {
    this.#nextMs = atMs;
    this.#env.timers.arm(this.#timer, atMs);
  }
}
