import { suspicionTimeoutMs } from './timing.ts';

/** Why a clock stands still: this node had no time to live, or it lived and received nothing. */
export type Pause = 'stall' | 'silence';

/**
 * A deadline that comes nearer as others confirm the accusation (Lifeguard §IV.B: "LHA-Suspicion"). One accuser may be
 * wrong about itself; several that do not share its fate are hardly ever.
 */
export class Suspicion {
  readonly #confirmationsMax: number;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #startedAtMs: number;
  /** The first accuser, who does not count, and those who confirmed, in the order they were heard. */
  readonly #accusers: string[];
  #pushedBackMs: number = 0;

  /** @param confirmationsMax - with 0 the suspicion runs for `minMs` */
  constructor(confirmationsMax: number, minMs: number, maxMs: number, firstAccuser: string, startedAtMs: number) {
    this.#confirmationsMax = confirmationsMax;
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#accusers = [firstAccuser];
    this.#startedAtMs = startedAtMs;
  }

  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  /** Who accused, the first one first. */
  get accusers(): readonly string[] {
    return this.#accusers;
  }

  get confirmationCount(): number {
    return this.#accusers.length - 1;
  }

  /** Whether as many have confirmed as it asks for. */
  get isConfirmed(): boolean {
    return this.confirmationCount >= this.#confirmationsMax;
  }

  /** For how long its clock stood still. */
  get pushedBackMs(): number {
    return this.#pushedBackMs;
  }

  /** When the suspect is declared dead. May lie in the past right after a confirmation: then it is due at once. */
  get deadlineMs(): number {
    return this.#startedAtMs + this.#pushedBackMs + this.#timeoutMs();
  }

  /** Counts a confirmation. False, and nothing to pass on, when `from` accused before or enough have confirmed. */
  confirm(from: string): boolean {
    if (this.isConfirmed || this.#accusers.includes(from)) return false;
    this.#accusers.push(from);
    return true;
  }

  /**
   * Stops the clock for `spanMs` until now: time in which this node itself stood still, or received nothing, was no time
   * for the suspect to answer. Once such pauses together are as long as the longest timeout no more count, so that a node
   * that stalls again and again, or is left alone, still decides. Until then a stall counts whole: it is over, however long it
   * was, and what came meanwhile is about to be read. Silence goes on, and may be the death of all others.
   */
  pushBack(pause: Pause, spanMs: number, nowMs: number): void {
    const leftMs = this.#maxMs - this.#pushedBackMs;
    if (leftMs <= 0) return;
    const ownMs = Math.min(spanMs, nowMs - this.#startedAtMs);
    this.#pushedBackMs += pause === 'stall' ? ownMs : Math.min(ownMs, leftMs);
  }

  #timeoutMs(): number {
    if (this.#confirmationsMax < 1) return this.#minMs;
    if (this.confirmationCount === 0) return this.#maxMs;
    return suspicionTimeoutMs(this.confirmationCount, this.#confirmationsMax, this.#minMs, this.#maxMs);
  }
}
