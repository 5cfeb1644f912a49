import type { SharedEntry } from './entry.ts';
import type { ApplyResult, Owners, SharedDelta } from './messages.ts';
import type { SharedLane } from './shared-lane.ts';

/**
 * One answer that comes in pieces, in any order, some of them twice or never. Entries are merged as they come; the
 * sender's coverage is taken when every piece was, and nothing in any of them was refused (R1).
 */
export class DeltaIntake {
  readonly #lane: SharedLane;
  readonly #answer: Pick<SharedDelta, 'basis' | 'rows'>;
  readonly #missing: Set<number>;
  #isSpoilt: boolean = false;

  /** `answer` is what the sender said of the whole; `pieceCount` how many pieces there are: bounded by the caller. */
  constructor(lane: SharedLane, answer: Pick<SharedDelta, 'basis' | 'rows'>, pieceCount: number) {
    this.#lane = lane;
    this.#answer = answer;
    this.#missing = new Set(Array.from({ length: pieceCount }, (_, index) => index));
  }

  /** How many pieces have not come. */
  get missingCount(): number {
    return this.#missing.size;
  }

  /** Merges a piece; `undefined` when it has come before or is none of these. */
  receive(index: number, entries: readonly SharedEntry[], owners: Owners): ApplyResult | undefined {
    if (!this.#missing.delete(index)) return undefined;
    const isComplete = this.#missing.size === 0 && !this.#isSpoilt;
    const result = this.#lane.applyDelta({ kind: 'delta', ...this.#answer, entries, owners, isComplete });
    if (result.outcome !== 'merged' || result.refusals.length > 0) this.#isSpoilt = true;
    return result;
  }
}
