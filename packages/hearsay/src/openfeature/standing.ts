/**
 * Whether this node knows what the others know. `waiting`: it has not received their map yet. `current`: it has compared
 * maps with one of them lately. `stale`: for too long it has not; what it knows may be out of date.
 */
export type StandingState = 'waiting' | 'current' | 'stale';

/** Tells from the count of completed comparisons how this node stands. Time comes in. */
export class Standing {
  readonly #staleAfterMs: number;
  #syncCount: number;
  #lastSyncMs: number;
  #state: StandingState;

  constructor(syncCount: number, nowMs: number, staleAfterMs: number) {
    this.#syncCount = syncCount;
    this.#lastSyncMs = nowMs;
    this.#staleAfterMs = staleAfterMs;
    this.#state = syncCount === 0 ? 'waiting' : 'current';
  }

  get state(): StandingState {
    return this.#state;
  }

  /** Takes note of how many comparisons were completed by now; true when the state is another than before. */
  observe(syncCount: number, nowMs: number): boolean {
    const before = this.#state;
    if (syncCount !== this.#syncCount) {
      this.#syncCount = syncCount;
      this.#lastSyncMs = nowMs;
      this.#state = 'current';
    } else if (before === 'current' && nowMs - this.#lastSyncMs >= this.#staleAfterMs) {
      this.#state = 'stale';
    }
    return this.#state !== before;
  }
}
