/** Something that comes in frames, and can be given up. */
export interface Staged {
  readonly giveUp: () => void;
}

/** After this time without a frame, another transfer may take the place. Chosen: paced frames come many a second. */
const idleMs = 5_000;

/**
 * One transfer at a time comes in: several would bring the same. Who is told that it must wait is asked again later, and
 * will by then have less to give.
 */
export class StageSlot {
  #holder: Staged | undefined;
  #lastFrameMs: number = 0;

  /** Whether a transfer is coming in. */
  isTaken(nowMs: number): boolean {
    return this.#holder !== undefined && nowMs - this.#lastFrameMs < idleMs;
  }

  /** Takes the place for `holder`, or keeps it: to be called at each frame. False when another has it. */
  tryHold(holder: Staged, nowMs: number): boolean {
    const before = this.#holder;
    if (before !== undefined && before !== holder) {
      if (this.isTaken(nowMs)) return false;
      before.giveUp();
    }
    this.#holder = holder;
    this.#lastFrameMs = nowMs;
    return true;
  }

  leave(holder: Staged): void {
    if (this.#holder === holder) this.#holder = undefined;
  }
}
