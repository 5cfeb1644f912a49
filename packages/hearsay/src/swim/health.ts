import { Awareness } from './awareness.ts';
import type { SwimEnv } from './effects.ts';

/** The local health score of this node, with a trace of its changes. */
export class Health {
  readonly #awareness: Awareness;
  readonly #env: SwimEnv;

  constructor(maxMultiplier: number, env: SwimEnv) {
    this.#awareness = new Awareness(maxMultiplier);
    this.#env = env;
  }

  get score(): number {
    return this.#awareness.score;
  }

  /** Positive after a failed probe, a refutation or a stall, negative after an ack in time. */
  adjust(delta: number): void {
    const before = this.#awareness.score;
    this.#awareness.adjust(delta);
    const score = this.#awareness.score;
    if (score !== before) this.#env.trace?.({ type: 'health', atMs: this.#env.clock.nowMs, score });
  }

  scaleTimeoutMs(timeoutMs: number): number {
    return this.#awareness.scaleTimeoutMs(timeoutMs);
  }
}
