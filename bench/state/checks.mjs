/** All checks, by number. */
import { memoryCheck } from './memory.mjs';
import { spreadChecks } from './spread.mjs';

export const checks = [...spreadChecks, memoryCheck].toSorted((a, b) => a.number - b.number);
