import type { StepClock } from '../util/index.ts';
import type { MemberList } from './member-list.ts';

/**
 * Longer than so many protocol periods hears nothing only who is cut off: each period brings the ack of the own probe, and
 * on average one ping. Chosen: below one, healthy nodes of quiet clusters doubt themselves and find crashes later.
 */
const gapMinPeriods = 1.5;
/** In smaller clusters silence may as well be the death of the others. Chosen: with seven others it hardly ever is. */
const liveMembersMin = 8;

/**
 * Times in which this node received nothing, from anybody, by packet or stream. Whoever hears nobody does not hear
 * refutations either: what it holds against others then proves nothing.
 *
 * A process that is blocked in its sends and receives does not notice that by its timers, nor does one behind a dead
 * network: silence is the only sign of it.
 */
export class ReceiveGaps {
  readonly #isOn: boolean;
  readonly #clock: StepClock;
  readonly #members: MemberList;
  readonly #gapMinMs: number;
  #heardAtMs: number = -Infinity;
  /** What lies before this was taken, or belongs to a stall. */
  #takenMs: number = -Infinity;

  /** Switched off it tells of nothing. */
  constructor(isOn: boolean, clock: StepClock, members: MemberList, probeIntervalMs: number) {
    this.#isOn = isOn;
    this.#clock = clock;
    this.#members = members;
    this.#gapMinMs = gapMinPeriods * probeIntervalMs;
  }

  /** Something came. To be called after {@link takeMs}. */
  hear(): void {
    this.#heardAtMs = this.#clock.nowMs;
  }

  /** For how long nothing has come since something did, if that is a gap; 0 outside of gaps. */
  get silentMs(): number {
    return this.#heardAtMs > -Infinity && this.#isGap ? this.#clock.nowMs - this.#heardAtMs : 0;
  }

  /** What has passed until now counts otherwise. */
  skip(): void {
    this.#takenMs = this.#clock.nowMs;
  }

  /** How much of a gap has passed until now that was not taken before; 0 outside of gaps. */
  takeMs(): number {
    if (!this.#isGap) return 0;
    const { nowMs } = this.#clock;
    const sinceMs = Math.max(this.#heardAtMs, this.#takenMs);
    this.#takenMs = nowMs;
    return nowMs - sinceMs;
  }

  /**
   * Whether nothing at all has come since `sinceMs`. No longer after `limitMs` of silence: whoever is left alone has to
   * decide in the end.
   */
  isDeafSince(sinceMs: number, limitMs: number): boolean {
    const isDeaf = this.#heardAtMs < sinceMs && this.#clock.nowMs - this.#heardAtMs <= limitMs;
    return isDeaf && this.#isTelling;
  }

  get #isGap(): boolean {
    return this.#clock.nowMs - this.#heardAtMs > this.#gapMinMs && this.#isTelling;
  }

  get #isTelling(): boolean {
    return this.#isOn && this.#members.liveCount >= liveMembersMin;
  }
}
