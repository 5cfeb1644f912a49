import { expect, test } from 'vitest';
import { reportLifeguard } from './lifeguard-report.ts';
import { published, publishedByCount } from './lifeguard-published.ts';
import { runLifeguard, type LifeguardRunResult } from './lifeguard-run.ts';
import { lifeguardCells, lifeguardConfigs, lifeguardNode, type LifeguardCell } from './lifeguard-setting.ts';
import { factorsByCount, scaledInterval, scaledSum, type LifeguardRun } from './lifeguard-summary.ts';

const swimCells = lifeguardCells.filter(({ config, intervalMs }) => config === 'swim' && intervalMs !== null);
const sampled = swimCells.filter(({ id }) => id.endsWith('sample'));

/** A run in which so many false positives were seen. */
function runWith(cell: LifeguardCell, falsePositives: number): LifeguardRun {
  const traffic = { packets: 0, packetBytes: 0, packetsOverflowed: 0 };
  const result = { ...traffic, healthyFalsePositives: 0, firstMs: [], fullMs: [], virtualMs: 0, hash: '' };
  return { cell, seed: 1, result: { ...result, falsePositives } };
}

function product({ anomalyCount, blockMs, intervalMs }: LifeguardCell): number {
  return (anomalyCount + 3) * (blockMs / 512) * Math.log2(2 + intervalMs!);
}

const falsePositives = ({ falsePositives: count }: LifeguardRunResult): number => count;

test('the figures of the paper agree with each other', () => {
  for (const [name, counts] of Object.entries(publishedByCount)) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    // Table VII gives a share with two decimals, so Lifeguard at its defaults is 5,187 there.
    expect(Math.abs(total - published[name]!.falsePositives), name).toBeLessThanOrEqual(1);
  }
});

test('all combinations of a protocol are there, and each D with each I is in the sample', () => {
  expect(swimCells).toHaveLength(432);
  expect(new Set(sampled.map(({ blockMs, intervalMs }) => `${blockMs}/${intervalMs}`)).size).toBe(48);
  expect(new Set(sampled.map(({ anomalyCount }) => anomalyCount)).size).toBe(9);
});

test('when all was run, what is scaled is ten times the plain sum', () => {
  const runs = swimCells.map((cell, index) => runWith(cell, (index * 7_919) % 101));
  const sum = runs.reduce((total, { result }) => total + result.falsePositives, 0);
  expect(scaledSum(runs, falsePositives)).toBeCloseTo(10 * sum, 3);
});

test('the sample gives what all would, as far as C has the same effect everywhere', () => {
  const all = swimCells.reduce((total, cell) => total + product(cell), 0);
  const runs = sampled.map((cell) => runWith(cell, product(cell)));
  expect(scaledSum(runs, falsePositives)! / (10 * all)).toBeCloseTo(1, 2);
  const [first, ...others] = factorsByCount(runs, falsePositives);
  expect(Math.abs(others[7]! / first! / (35 / 4) - 1)).toBeLessThan(0.05);
  const [low, high] = scaledInterval(runs, falsePositives);
  expect(low).toBeLessThanOrEqual(high);
});

test('nothing is made up of a stratum that was not run', () => {
  const runs = sampled.filter(({ blockMs }) => blockMs !== 8_192).map((cell) => runWith(cell, 1));
  expect(scaledSum(runs, falsePositives)).toBeUndefined();
});

test('detection is held against the same in both tables, and 99.9 % of a few is called the slowest', () => {
  const cell = lifeguardCells.find(({ config, intervalMs }) => config === 'lifeguard a=5 b=6' && intervalMs === null)!;
  const run = runWith(cell, 0);
  const { tables } = reportLifeguard([{ ...run, result: { ...run.result, firstMs: [12_450, 18_090] } }]);
  const rows = tables.flatMap(({ rows }) => rows).filter(({ label }) => label === 'lifeguard a=5 b=6');
  const slowest = rows.filter(({ quantity }) => quantity.startsWith('first detection, 99.9 % (the largest of fewer'));
  expect(slowest.map(({ ours, target, verdict }) => [ours, target, verdict])).toEqual(
    Array.from({ length: 2 }, () => [18.09, { near: 21.2, byShare: 0.15 }, 'met']),
  );
});

test('other readings of the paper are in the tables when they were run', () => {
  const labelsOf = (runs: readonly LifeguardRun[]): string[] =>
    reportLifeguard(runs).tables.flatMap(({ rows }) => rows.map(({ label }) => label));
  const cell = lifeguardCells.find(({ config }) => config === 'slow lifeguard')!;
  expect(labelsOf([runWith(sampled[0]!, 1)]).join()).not.toMatch(/slow|paper/);
  expect(labelsOf([runWith(cell, 1)])).toEqual(
    expect.arrayContaining(['slow lifeguard', 'slow lifeguard / slow swim']),
  );
});

test('who had no false positive is drawn where the axis says that none is, under its short name', () => {
  const cells = lifeguardCells.filter(({ id, config }) => config === 'sharp a=5 k=3' && id.endsWith('sample'));
  const runs = cells.map((cell) => {
    const run = runWith(cell, 0);
    return { ...run, result: { ...run.result, firstMs: [12_000] } };
  });
  const { y, series } = reportLifeguard(runs).plots[0]!;
  expect(y.label).toBe('false positives (0 is drawn at 1)');
  expect(series.at(-1)!.points).toEqual([{ x: 12, y: 1, label: 'a=5 k=3' }]);
});

test('blocked members accuse healthy ones by the rules of SWIM, and not by ours', () => {
  const [swim, sharp] = ['swim', 'sharp a=5 k=1'].map((name) => {
    const node = lifeguardNode(lifeguardConfigs.find((config) => config.name === name)!);
    const size = { memberCount: 24, testMs: 45_000 };
    return runLifeguard({ seed: 1, node, anomalyCount: 6, blockMs: 16_384, intervalMs: 64, ...size });
  });
  expect(swim!.falsePositives).toBeGreaterThan(10);
  expect(sharp!.falsePositives).toBe(0);
});
