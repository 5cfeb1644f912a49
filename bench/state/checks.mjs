/** All checks, by number. */
import { awayCheck } from './away.mjs';
import { clocksCheck } from './clocks.mjs';
import { estimateCheck } from './estimate.mjs';
import { fairnessCheck } from './fairness.mjs';
import { healCheck } from './heal.mjs';
import { joinCheck } from './join.mjs';
import { loadCheck } from './load.mjs';
import { memoryCheck } from './memory.mjs';
import { receiptsCheck } from './receipts.mjs';
import { spreadChecks } from './spread.mjs';
import { foldCheck } from './telemetry.mjs';
import { wireCheck } from './wire.mjs';

export const checks = [
  ...spreadChecks,
  healCheck,
  awayCheck,
  clocksCheck,
  wireCheck,
  fairnessCheck,
  loadCheck,
  joinCheck,
  foldCheck,
  estimateCheck,
  receiptsCheck,
  memoryCheck,
];
