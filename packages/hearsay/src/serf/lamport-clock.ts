import { assert } from '../util/index.ts';
import type { LamportTime } from './messages.ts';

/** How far ahead of the own clock a received time may be; more is a fault or an attack, and is refused. */
const leapMax = 2 ** 32;
/** No received time is later: what is above it is for increments of the own. */
const seenMax = Number.MAX_SAFE_INTEGER - 2 ** 32;
/**
 * Nor may one message take more than this part of the room that is left, which from half of all times on is less than
 * the leap: whoever wants to drive a clock to its end comes on ever more slowly, and meanwhile it can be used.
 */
const roomPart = 2 ** -20;
/** A state moves a clock by this part of what a message may: those who stayed behind still hear whom it has moved. */
const approachPart = 7 / 8;
/** A snapshot is believed up to here: with the room that is left after it, nodes that begin there can hear each other. */
const restoredMax = seenMax - 2 ** 40;

/** A logical clock: whoever hears of a later time moves past it, so effects are later than their causes. */
export class LamportClock {
  #time: LamportTime = 1;

  get time(): LamportTime {
    return this.#time;
  }

  /** For a message of this node's own, which carries the time before: what others may be refused is never refused to it. */
  increment(): LamportTime {
    this.#time += 1;
    assert(Number.isSafeInteger(this.#time), 'a Lamport clock never overflows');
    return this.#time;
  }

  /** Moves past `seen`. False, and nothing happens, when it is further ahead than any real cluster gets. */
  witness(seen: LamportTime): boolean {
    if (!this.isPlausible(seen)) return false;
    this.#moveTo(seen);
    return true;
  }

  /** Moves past `seen`, or towards it, by less than one message may: who was left behind catches up in steps. */
  approach(seen: LamportTime): void {
    this.#moveTo(Math.min(seen, this.#time + Math.floor(this.#leap * approachPart)));
  }

  /** Moves past `seen` however far ahead it is, short of the end: for what this node itself wrote down. */
  restore(seen: LamportTime): void {
    this.#moveTo(Math.min(seen, restoredMax));
  }

  /** What is behind the clock, and so all that it has given itself, is plausible at any time. */
  isPlausible(seen: LamportTime): boolean {
    return seen <= this.#time + this.#leap;
  }

  /** How far ahead a received time may be; below 0 when the clock may not be moved any more. */
  get #leap(): number {
    if (this.#time > seenMax) return -1;
    return Math.min(leapMax, Math.floor((seenMax - this.#time) * roomPart));
  }

  #moveTo(seen: LamportTime): void {
    if (seen >= this.#time) this.#time = seen + 1;
  }
}
