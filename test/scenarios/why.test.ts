import { rightVerdicts, runWhyExperiment, whyTroubles } from 'hearsay/sim';
import { expect, test } from 'vitest';

// bench/why.mjs runs the same by the thousand and prints a table.

test.each(whyTroubles.flatMap((trouble) => [1, 2].map((seed) => ({ trouble, seed }))))(
  'of $trouble, why says what happened (seed $seed)',
  ({ trouble, seed }) => {
    const { report, details } = runWhyExperiment({ seed, trouble });
    expect(report.verdict.cause, details).toBe(rightVerdicts[trouble]);
    expect(report.verdict.grounds).not.toEqual([]);
    if (trouble === 'cut-off-still') expect(report.verdict.alternatives).toContain('path-broken');
  },
);

test.each(['crash', 'one-way-cut', 'both-way-cut', 'paused-target', 'restart'] as const)(
  'of %s, why says what happened although the first accuser has died since',
  (trouble) => {
    const { withoutAccuser, details } = runWhyExperiment({ seed: 4, trouble });
    expect(withoutAccuser?.report.verdict.cause, details).toBe(rightVerdicts[trouble]);
  },
);

test('members that keep no evidence are named, with what they could not tell', () => {
  const { report } = runWhyExperiment({ seed: 5, trouble: 'crash', stockShare: 1 });
  expect(report.verdict.cause).toBe('target-died');
  expect(report.missing.map(({ reason }) => reason)).toContain('stock');
  expect(report.verdict.missing.join()).toContain('is no member of ours and keeps no evidence');
});
