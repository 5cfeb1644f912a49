/**
 * How much this node doubts its own health: 0 is well, higher is slow or cut off.
 *
 * A node that misses acks because it is slow itself must not accuse others, so first it gives them more time.
 * This is the Local Health Multiplier of Lifeguard §IV.A.
 */
export class Awareness {
  readonly #maxMultiplier: number;
  #score: number = 0;

  /** The score stays below `maxMultiplier`. */
  constructor(maxMultiplier: number) {
    this.#maxMultiplier = maxMultiplier;
  }

  get score(): number {
    return this.#score;
  }

  /** Positive after a failed probe or a refutation, negative after an ack in time. */
  adjust(delta: number): void {
    this.#score = Math.max(0, Math.min(this.#score + delta, this.#maxMultiplier - 1));
  }

  scaleTimeoutMs(timeoutMs: number): number {
    return timeoutMs * (this.#score + 1);
  }
}
