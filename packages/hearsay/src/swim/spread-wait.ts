import { Timer } from '../util/index.ts';
import type { SwimEnv } from './effects.ts';

/** Waits until a broadcast was sent often enough, or the time runs out. Calls back once. */
export class SpreadWait {
  readonly #env: Pick<SwimEnv, 'clock' | 'timers'>;
  readonly #timer: Timer;
  readonly #onDone: (spread: boolean) => void;
  #isOver: boolean = false;

  constructor(env: Pick<SwimEnv, 'clock' | 'timers'>, timeoutMs: number, onDone: (spread: boolean) => void) {
    this.#env = env;
    this.#onDone = onDone;
    this.#timer = new Timer('wait for a broadcast', () => this.finish(false));
    env.timers.arm(this.#timer, env.clock.nowMs + timeoutMs);
  }

  finish(spread: boolean): void {
    if (this.#isOver) return;
    this.abandon();
    this.#onDone(spread);
  }

  /** Nobody waits any more. */
  abandon(): void {
    this.#isOver = true;
    this.#env.timers.cancel(this.#timer);
  }
}
