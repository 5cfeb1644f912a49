import fc from 'fast-check';
import { beforeEach } from 'vitest';
import { slowTests } from './layers.mjs';

// The same few examples for every mutant: one that survives today must not be found by luck tomorrow.
fc.configureGlobal({ seed: 1, numRuns: 25 });

beforeEach(({ task, skip }) => {
  if (slowTests.test(task.name)) skip();
});
