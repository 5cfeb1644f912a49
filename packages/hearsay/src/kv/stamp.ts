/**
 * An instant of the hybrid logical clock: 48 bits of wall milliseconds and a 16-bit counter, 8 bytes on the wire. Two
 * numbers, not a BigInt: they are compared once for every entry that arrives.
 */
export interface Stamp {
  readonly ms: number;
  readonly counter: number;
}

/** The counter has 16 bits. */
export const stampCounterMax = 0xffff;

/** Before every stamp that is ever given. */
export const zeroStamp: Stamp = { ms: 0, counter: 0 };

/** Negative when `a` is earlier, positive when it is later. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.ms - b.ms || a.counter - b.counter;
}

/** The later of the two. */
export function laterStamp(a: Stamp, b: Stamp): Stamp {
  return compareStamps(a, b) >= 0 ? a : b;
}

/** The very next stamp. */
export function stampAfter(stamp: Stamp): Stamp {
  return stamp.counter < stampCounterMax
    ? { ms: stamp.ms, counter: stamp.counter + 1 }
    : { ms: stamp.ms + 1, counter: 0 };
}
