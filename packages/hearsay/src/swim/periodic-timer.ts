import { randomFloat, Timer } from '../util/index.ts';
import type { SwimEnv } from './effects.ts';

/**
 * Fires once an interval, from a random phase on: nodes that start together must not act together for ever. (In
 * memberlist they do, its random delay has no effect.) After a pause it fires once, not once for every tick missed.
 */
export class PeriodicTimer {
  readonly #intervalMs: number;
  readonly #env: Pick<SwimEnv, 'clock' | 'timers' | 'rng'>;
  readonly #timer: Timer;
  #nextMs: number = Infinity;

  constructor(name: string, intervalMs: number, env: Pick<SwimEnv, 'clock' | 'timers' | 'rng'>, onTick: () => void) {
    this.#intervalMs = intervalMs;
    this.#env = env;
    this.#timer = new Timer(name, () => {
      const { nowMs } = this.#env.clock;
      const regularMs = this.#nextMs + this.#intervalMs;
      this.#arm(regularMs > nowMs ? regularMs : nowMs + this.#intervalMs);
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
