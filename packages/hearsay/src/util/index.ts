export { assert, AssertionError, unreachable } from './assert.ts';
export { formatAddress, isSameAddress, type Address } from './address.ts';
export { ByteReader, ByteWriter, copyBytes, isSameBytes, type ReadFailure } from './bytes.ts';
export { ClusterError, type ClusterErrorCode } from './cluster-error.ts';
export {
  checkNumbers,
  checkOptionNames,
  checkSwitches,
  insistOnConfig,
  type NumberRange,
  type OptionOf,
} from './config-check.ts';
export { lowerBound } from './lower-bound.ts';
export { permuted } from './permutation.ts';
export { randomChance, randomFloat, randomInt, SeededRng, shuffle, type Rng } from './rng.ts';
export { StepClock } from './step-clock.ts';
export { Timer, TimerQueue } from './timer-queue.ts';
export type { Trace } from './trace.ts';
