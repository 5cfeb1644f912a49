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
 * Bounded by time, by count, and as names are by bytes: anybody can make names up. The oldest makes room.
 */
export class RecentIntents {
  readonly #maxCount: number;
  readonly #clock: StepClock;
  /** The one stored last is last. */
  readonly #byName: Map<string, RecentIntent> = new Map();

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

  /** False when it is not news, whatever its kind, or about a name that no member can have. */
  remember(name: string, kind: RecentIntent['kind'], ltime: LamportTime): boolean {
    const known = this.#byName.get(name);
    if (known !== undefined && ltime <= known.ltime) return false;
    if (name === '' || utf8Length(name) > swimLimits.nameMaxBytes) return false;
    this.#byName.delete(name);
    this.#byName.set(name, { kind, ltime, storedAtMs: this.#clock.nowMs });
    if (this.#byName.size > this.#maxCount) this.#forgetOldest();
    return true;
  }

  forgetOlderThan(ageMs: number): void {
    const { nowMs } = this.#clock;
    for (const [name, intent] of this.#byName) {
      if (nowMs - intent.storedAtMs <= ageMs) return;
      this.#byName.delete(name);
    }
  }

  #forgetOldest(): void {
    for (const name of this.#byName.keys()) {
      this.#byName.delete(name);
      return;
    }
  }
}
