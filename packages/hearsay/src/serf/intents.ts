import { swimLimits } from '../swim/index.ts';
import type { StepClock } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import type { LamportTime } from './messages.ts';

/** The latest that was said of a member before membership knew of it. */
export interface RecentIntent {
  readonly kind: 'join' | 'leave';
  readonly ltime: LamportTime;
  readonly storedAtMs: number;
}

/**
 * Intents about names that membership does not know yet: gossip does not keep its order, so an intent may come before
 * the member that it is about (Serf `recentIntents`).
 *
 * Bounded by time, by count, and as names are by bytes: anybody can make names up. The oldest makes room. It could not be
 * told from a new one if it came again, and more names than there is room for would go round for ever: what is no later
 * than one that made room is remembered, but not passed on. What members say from now on is later, for the clock is.
 */
export class RecentIntents {
  readonly #maxCount: number;
  readonly #clock: StepClock;
  /** The one stored last is last. */
  readonly #byName: Map<string, RecentIntent> = new Map();
  /** The latest time of those that made room. */
  #crowdedOutLtime: LamportTime = 0;

  constructor(maxCount: number, clock: StepClock) {
    this.#maxCount = maxCount;
    this.#clock = clock;
  }

  get count(): number {
    return this.#byName.size;
  }

  get(name: string): RecentIntent | undefined {
    return this.#byName.get(name);
  }

  /**
   * True: it is news, to be passed on. False when it is not, whatever its kind, or when it may be what made room before,
   * and for a name that no member can have.
   */
  remember(name: string, kind: RecentIntent['kind'], ltime: LamportTime): boolean {
    const known = this.#byName.get(name);
    if (known !== undefined && ltime <= known.ltime) return false;
    if (name === '' || utf8Length(name) > swimLimits.nameMaxBytes) return false;
    const isNews = ltime > this.#crowdedOutLtime;
    this.#byName.delete(name);
    this.#byName.set(name, { kind, ltime, storedAtMs: this.#clock.nowMs });
    if (this.#byName.size > this.#maxCount) this.#makeRoom();
    return isNews;
  }

  forgetOlderThan(ageMs: number): void {
    const { nowMs } = this.#clock;
    for (const [name, intent] of this.#byName) {
      if (nowMs - intent.storedAtMs <= ageMs) return;
      this.#byName.delete(name);
    }
    // Whatever made room was older still.
    this.#crowdedOutLtime = 0;
  }

  #makeRoom(): void {
    for (const [name, { ltime }] of this.#byName) {
      this.#byName.delete(name);
      this.#crowdedOutLtime = Math.max(this.#crowdedOutLtime, ltime);
      return;
    }
  }
}
