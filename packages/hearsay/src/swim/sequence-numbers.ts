import type { Rng } from '../util/index.ts';

/**
 * Numbers pings, so that an ack finds its ping. Starts anywhere: memberlist starts at 1, which lets anybody who can
 * spoof a packet forge an ack blindly.
 */
export class SequenceNumbers {
  #last: number;

  constructor(rng: Rng) {
    this.#last = rng.nextUint32();
  }

  next(): number {
    this.#last = (this.#last + 1) >>> 0;
    return this.#last;
  }
}
