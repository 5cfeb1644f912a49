import { Timer } from '../util/index.ts';
import { viewsLimits } from './limits.ts';
import type { ViewsEnv } from './publisher.ts';

/** Those that wait for all members to agree. Looks now and then, while there are any. */
export class Agreement {
  readonly #env: ViewsEnv;
  readonly #isAgreed: () => boolean;
  readonly #timer: Timer;
  readonly #waiting: Map<number, (isAgreed: boolean) => void> = new Map();

  constructor(env: ViewsEnv, isAgreed: () => boolean) {
    this.#env = env;
    this.#isAgreed = isAgreed;
    this.#timer = new Timer('agreement of views', () => this.#look());
  }

  /** `onDone` hears `true` once all agree, in a later step; `false` when this node stops before. */
  wait(id: number, onDone: (isAgreed: boolean) => void): void {
    this.#waiting.set(id, onDone);
    if (!this.#timer.isArmed) this.#env.timers.arm(this.#timer, this.#env.clock.nowMs);
  }

  /** Nobody waits under that number any more. */
  abandon(id: number): void {
    this.#waiting.delete(id);
  }

  stop(): void {
    this.#finish(false);
    this.#env.timers.cancel(this.#timer);
  }

  #look(): void {
    if (this.#waiting.size > 0 && this.#isAgreed()) this.#finish(true);
    if (this.#waiting.size > 0) {
      this.#env.timers.arm(this.#timer, this.#env.clock.nowMs + viewsLimits.agreementCheckMs);
    }
  }

  #finish(isAgreed: boolean): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const onDone of all) onDone(isAgreed);
  }
}
