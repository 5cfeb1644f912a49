/**
 * Numbers pings, so that an ack finds its ping. Starts at 1 like memberlist: small numbers take one to three bytes on
 * the wire instead of five, in half of all packets. A random start would make a forged ack harder to guess, but whoever
 * can forge packets of an unencrypted cluster need not guess: it can declare any member dead.
 */
export class SequenceNumbers {
  #last: number;

  constructor(first: number = 1) {
    this.#last = first - 1;
  }

  next(): number {
    this.#last = (this.#last + 1) >>> 0;
    return this.#last;
  }
}
