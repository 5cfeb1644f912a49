import { expect, test } from 'vitest';
import { randomFloat, SeededRng } from '../../util/index.ts';
import { bootstrapInterval, mean, quantile, rankCorrelation, shareInterval, standardDeviation } from './statistics.ts';

test('means, deviations and quantiles of known samples', () => {
  expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
  // Squares of the distances sum up to 32, over 7.
  expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0, 0.01, 0.5, 0.99, 0.999, 1].map((share) => quantile(hundred, share))).toEqual([1, 1, 50, 99, 100, 100]);
  expect([mean([]), standardDeviation([1]), quantile([], 0.5)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test('rank correlation is that of the textbook, ties included', () => {
  const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
  const hoursOfTv = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
  expect(rankCorrelation(iq, hoursOfTv)).toBeCloseTo(-29 / 165, 12);
  expect(rankCorrelation([1, 2, 3], [10, 100, 1_000])).toBeCloseTo(1, 12);
  expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  // Ranks 1, 2.5, 2.5, 4 beside 1, 2, 3, 4.
  expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
});

test('the interval of a share is that of Wilson, also of none', () => {
  const [low, high] = shareInterval(10, 20);
  expect(low).toBeCloseTo(0.2993, 3);
  expect(high).toBeCloseTo(0.7007, 3);
  expect(shareInterval(0, 100)[0]).toBe(0);
  expect(shareInterval(0, 100)[1]).toBeCloseTo(0.037, 3);
});

test('a bootstrap interval holds the true mean about 95 times in 100, and is always the same', () => {
  const rng = new SeededRng(5);
  const sample = (): number[] => Array.from({ length: 40 }, () => randomFloat(rng));
  const holds = Array.from({ length: 200 }, () => {
    const [low, high] = bootstrapInterval(sample(), mean, 400)!;
    return low <= 0.5 && 0.5 <= high;
  });
  const count = holds.filter(Boolean).length;
  expect(count).toBeGreaterThan(180);
  expect(count).toBeLessThan(199);
  expect(bootstrapInterval([1, 2, 3, 4, 5], mean)).toEqual(bootstrapInterval([1, 2, 3, 4, 5], mean));
});

test('of fewer than five runs there is no bootstrap interval', () => {
  expect([[], [1], [1, 2], [1, 2, 3, 4]].map((runs) => bootstrapInterval(runs, mean))).toEqual(
    Array(4).fill(undefined),
  );
  expect(bootstrapInterval([1, 2, 3, 4, 5], mean)).toBeDefined();
});

test('whole runs are drawn: events that come together do not count as many', () => {
  const runs = Array.from({ length: 20 }, (_, index) => Array.from({ length: 50 }, () => index % 2));
  const [low, high] = bootstrapInterval(runs, (drawn) => mean(drawn.flat()))!;
  expect(high - low).toBeGreaterThan(0.3);
});
