import { expect, test } from 'vitest';
import { spreadTheory, type SpreadModel } from './theory.ts';

/** Push, each node in its own phase, passed on for as long as it takes: nothing else. */
function bare(memberCount: number, fanOut: number, loss: number): SpreadModel {
  return {
    memberCount,
    observedCount: memberCount,
    targetCount: memberCount - 1,
    fanOut,
    gossipIntervalMs: 100,
    probeIntervalMs: 0,
    sendLimit: 10_000,
    loss,
    latencyMs: 0,
    holdMs: 0,
    isEager: false,
  };
}

// Intervals until the last node has it, p50 and p99, as an independent simulation of 2,000 trials (400 at 10,000) gave them.
test.each([
  [10, 3, 0, 1.5, 3],
  [10, 1, 0.1, 4.9, 9.4],
  [50, 2, 0, 4.14, 6.48],
  [100, 3, 0, 3.34, 4.85],
  [100, 3, 0.25, 4.37, 6.6],
  [100, 1, 0, 9.58, 13.51],
  [500, 3, 0.1, 4.95, 6.61],
  [1_000, 3, 0, 4.94, 6.5],
  [1_000, 2, 0.25, 9.63, 12.84],
  [10_000, 3, 0, 6.47, 8.19],
])(
  'of %i members, fan-out %i, loss %d: half of all plays are over in %d intervals, 99 %% in %d',
  (n, k, loss, p50, p99) => {
    const { lastP50Ms, lastP99Ms, missedShare } = spreadTheory(bare(n, k, loss));
    expect(Math.abs(lastP50Ms / 100 / p50 - 1)).toBeLessThan(0.08);
    expect(Math.abs(lastP99Ms / 100 / p99 - 1)).toBeLessThan(0.2);
    expect(missedShare).toBe(0);
  },
);
