import type { StepClock } from '../../util/index.ts';

/**
 * For how long a node that was away waits for one that was not, in milliseconds. Chosen: many periods. When all were away,
 * as after a pool was switched off for a week, nobody knows more than the others.
 */
const patienceMs = 60_000;

/** What an {@link Absence} needs. */
export interface AbsenceParts {
  readonly clock: StepClock;
  /** For how long streams are remembered that are gone (`KvConfig.retiredKeepMs`). */
  readonly maxAwayMs: number;
  /** How long ago the state was stored with which this node began, by its wall clock; 0 for none. */
  readonly awayMs: number;
  /** Live others that take part. */
  readonly peerCount: () => number;
}

/**
 * Whether this node was without the others for so long that they may have forgotten streams and which deletions were in
 * them. Then nobody can tell whether it is behind, and it must take all from one of them before it gives what it has: else
 * it would bring back what was deleted meanwhile.
 */
export class Absence {
  readonly #parts: AbsenceParts;
  #isAway: boolean;
  #syncedAtMs: number;
  #syncCount: number = 0;
  /** Since when there is somebody to ask. */
  #hopesSinceMs: number | undefined;

  constructor(parts: AbsenceParts) {
    this.#parts = parts;
    this.#isAway = parts.awayMs >= parts.maxAwayMs;
    this.#syncedAtMs = parts.clock.nowMs;
  }

  get mustResync(): boolean {
    this.#check();
    return this.#isAway;
  }

  /** To be told once in a period: how often all that another has of the shared map was here. */
  receiveSyncCount(count: number): void {
    this.#check();
    if (count === this.#syncCount) return;
    this.#syncCount = count;
    this.#syncedAtMs = this.#parts.clock.nowMs;
  }

  /** A resync has brought everything. */
  endedByResync(): void {
    this.#isAway = false;
    this.#hopesSinceMs = undefined;
    this.#syncedAtMs = this.#parts.clock.nowMs;
  }

  #check(): void {
    const { clock, maxAwayMs, peerCount } = this.#parts;
    if (clock.nowMs - this.#syncedAtMs >= maxAwayMs) this.#isAway = true;
    if (!this.#isAway) return;
    if (peerCount() === 0) this.#hopesSinceMs = undefined;
    else this.#hopesSinceMs ??= clock.nowMs;
    if (this.#hopesSinceMs !== undefined && clock.nowMs - this.#hopesSinceMs >= patienceMs) this.endedByResync();
  }
}
