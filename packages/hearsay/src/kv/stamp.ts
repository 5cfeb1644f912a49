/**
 * An instant of the hybrid logical clock: an epoch, 47 bits of wall milliseconds and a 16-bit counter, compared in this
 * order; 8 bytes on the wire while the epoch is 0. Numbers, not a BigInt: they are compared for every entry that arrives.
 */
export interface Stamp {
  /**
   * One more whenever a clock that was ahead was set right, so that what is written then is later than all that it had
   * stamped, though its milliseconds are fewer. Up to 32 bits.
   */
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** Tells stamps of one millisecond apart. Up to 16 bits. */
  readonly counter: number;
}

/** The counter has 16 bits. */
export const stampCounterMax = 0xffff;

/** The epoch has 32 bits. */
export const stampEpochMax = 0xffff_ffff;

/** Before every stamp that is ever given. */
export const zeroStamp: Stamp = { epoch: 0, ms: 0, counter: 0 };

/** Negative when `a` is earlier, positive when it is later. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.epoch - b.epoch || a.ms - b.ms || a.counter - b.counter;
}

/** The later of the two. */
export function laterStamp(a: Stamp, b: Stamp): Stamp {
  return compareStamps(a, b) >= 0 ? a : b;
}

/** The very next stamp. */
export function stampAfter({ epoch, ms, counter }: Stamp): Stamp {
  return counter < stampCounterMax ? { epoch, ms, counter: counter + 1 } : { epoch, ms: ms + 1, counter: 0 };
}
