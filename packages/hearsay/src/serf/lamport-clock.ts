import { assert } from '../util/index.ts';
import type { LamportTime } from './messages.ts';

/** How far ahead of the own clock a received time may be; more is a fault or an attack, and is refused. */
const leapMax = 2 ** 32;
/** No received time is later, so that a clock that was driven here still has room for as many increments of its own. */
const seenMax = Number.MAX_SAFE_INTEGER - leapMax;

/** A logical clock: whoever hears of a later time moves past it, so effects are later than their causes. */
export class LamportClock {
  #time: LamportTime = 1;

  get time(): LamportTime {
    return this.#time;
  }

  increment(): LamportTime {
    this.#time += 1;
    assert(Number.isSafeInteger(this.#time), 'a Lamport clock never overflows');
    return this.#time;
  }

  /** Moves past `seen`. False, and nothing happens, when it is further ahead than any real cluster gets. */
  witness(seen: LamportTime): boolean {
    if (!this.isPlausible(seen)) return false;
    if (seen >= this.#time) this.#time = seen + 1;
    return true;
  }

  /** Moves past `seen`, or towards it by as much as one message may: who was left behind catches up in steps. */
  approach(seen: LamportTime): void {
    this.restore(Math.min(seen, this.#time + leapMax));
  }

  /** Moves past `seen` however far ahead it is, for a source that is trusted. */
  restore(seen: LamportTime): void {
    const believed = Math.min(seen, seenMax);
    if (believed >= this.#time) this.#time = believed + 1;
  }

  isPlausible(seen: LamportTime): boolean {
    return seen <= this.#time + leapMax && seen <= seenMax;
  }
}
