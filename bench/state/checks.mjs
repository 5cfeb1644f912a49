/** All checks, by number. */
import { awayCheck } from './away.mjs';
import { clocksCheck } from './clocks.mjs';
import { memoryCheck } from './memory.mjs';
import { receiptsCheck } from './receipts.mjs';
import { spreadChecks } from './spread.mjs';

export const checks = [...spreadChecks, awayCheck, clocksCheck, receiptsCheck, memoryCheck].toSorted(
  (a, b) => a.number - b.number,
);
