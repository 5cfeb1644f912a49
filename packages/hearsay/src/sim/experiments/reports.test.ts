/** What reports make of results that were made up. */
import { expect, test } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import { broadcastCompleteness } from './broadcast-completeness.ts';
import { crashes } from './crashes.ts';
import { eventCapacity } from './event-capacity.ts';
import type { CellRun, Experiment, ExperimentCell, ExperimentReport, ReportRow } from './experiment.ts';
import { flipFlop } from './flip-flop.ts';
import { massFailure } from './mass-failure.ts';
import { massRestart } from './mass-restart.ts';
import { oneUpdate } from './one-update.ts';
import { rumorRounds } from './rumor-rounds.ts';
import { swimFirstDetection } from './swim-first-detection.ts';
import { swimJoins } from './swim-joins.ts';

/** What an experiment says of one run with each of these results, of the cell with that id. */
function reportOf<Cell extends ExperimentCell, Result>(
  experiment: Experiment<Cell, Result>,
  results: Readonly<Record<string, readonly Result[]>>,
): ExperimentReport {
  const runs = Object.entries(results).flatMap(([id, ofCell]): CellRun<Cell, Result>[] => {
    const cell = experiment.cells.find((its) => its.id === id)!;
    return ofCell.map((result, index) => ({ cell, seed: index + 1, result }));
  });
  return experiment.report(runs);
}

function rowsWith({ tables }: ExperimentReport, text: string): ReportRow[] {
  return tables.flatMap(({ rows }) => rows).filter(({ quantity }) => quantity.includes(text));
}

test('what was read off a figure of Rapid is a span, and ours may be as far off as it was read', () => {
  const removedIn = (most: number): ReportRow => {
    const removedMs = { half: most - 1_000, most, last: most + 500 };
    const none = { oneBatchShare: 0, plainSizes: 9, stableSizes: 2, bystanderDeaths: 0, meanListed: [1_000, 990] };
    const result = { removedMs, batchMs: removedMs, ...none };
    return rowsWith(reportOf(crashes, { 'n=1000 rules=memberlist alpha=4 hosts=up': [result] }), 'all ten removed')[0]!;
  };
  expect(removedIn(13_000)).toMatchObject({ published: [14, 16], target: { atLeast: 13, atMost: 18 }, verdict: 'met' });
  expect([12_900, 18_000, 18_100].map((ms) => removedIn(ms).verdict)).toEqual(['missed', 'met', 'missed']);
});

const rapidRun = { meanListed: [300, 900], plainSizes: 3, stableSizes: 2, failedJoins: 0, falseDeaths: 0 };

test('a mean stands beside the mean of the trials of a paper, and the slowest run beside their slowest', () => {
  const runs = [2_000, 4_000].map((allMs) => ({ ...rapidRun, allMs, packetBytes: 0, streamBytes: 0 }));
  const { tables } = reportOf(bootstrap, { 'n=1000 rules=sharp': runs, 'n=1000 rules=memberlist': runs });
  const times = tables[0]!.rows.filter(({ quantity }) => quantity.startsWith('all list all'));
  expect(times.map(({ label, quantity, ours, published }) => [label, quantity, ours, published])).toEqual([
    ['N = 1,000, rules memberlist', 'all list all, mean, s', 3, 45.7],
    ['N = 1,000, rules memberlist', 'all list all, slowest run, s', 4, 49.1],
    ['N = 1,000, rules sharp', 'all list all, mean, s', 3, 29.6],
    ['N = 1,000, rules sharp', 'all list all, slowest run, s', 4, 33.1],
  ]);
});

test('when one run did not come to its end there is neither a mean nor a slowest', () => {
  const runs = [2_000, null].map((allMs) => ({ ...rapidRun, allMs, packetBytes: 0, streamBytes: 0 }));
  const rows = rowsWith(reportOf(bootstrap, { 'n=1000 rules=sharp': runs }), 'all list all');
  expect(rows.map(({ ours, verdict }) => [ours, verdict])).toEqual([
    [undefined, 'informational'],
    [undefined, 'missed'],
  ]);
});

test('who joins lists itself at first, and the curve of a run begins there', () => {
  const result = { ...rapidRun, allMs: 1_450, packetBytes: 0, streamBytes: 0 };
  const { plots } = reportOf(bootstrap, { 'n=200 rules=memberlist': [{ ...result, meanListed: [100, 200] }] });
  expect(plots[0]!.series[0]!.points).toEqual([
    { x: 0, y: 0.005 },
    { x: 1, y: 0.5 },
    { x: 1.45, y: 1 },
  ]);
});

test('only what the SWIM paper counts, whole periods of members in step, stands beside its figure', () => {
  const ids = ['in-step', 'independent', 'shared'].map((probing) => `n=8 probing=${probing}`);
  const report = reportOf(swimFirstDetection, Object.fromEntries(ids.map((id) => [id, [{ waits: [1, 2] }]])));
  const means = rowsWith(report, 'mean wait');
  expect(means.map(({ published }) => published)).toEqual([Math.E / (Math.E - 1), undefined, undefined]);
  expect(means.every(({ target }) => target !== undefined)).toBe(true);
});

test('an update that took long shows beside the mean, and one that never came to its end has no time', () => {
  const updates = [10, 8, 600, 9, 11].map((lastMs) => ({
    halfMs: 4,
    nearlyAllMs: 7,
    lastMs,
    gossipPackets: 11,
    packets: 11,
  }));
  const lastOf = (ofRun: typeof updates | readonly object[]): (number | undefined)[] => {
    const report = reportOf(oneUpdate, { 'n=1000 rules=sharp': [{ updates: ofRun as typeof updates }] });
    return rowsWith(report, 'the last one').map(({ ours }) => ours);
  };
  expect(lastOf(updates)).toEqual([0.1276, 0.01, 0.6]);
  expect(lastOf([...updates, { ...updates[0]!, lastMs: null }])).toEqual([0.1276, 0.01, undefined]);
});

test('beside the mean of push stands what Pittel has for it, and beside other ways nothing', () => {
  const rounds = [{ rounds: [18, 19] }];
  const ids = ['push calls=1 loss=0 n=1000', 'push calls=3 loss=0 n=1000', 'pull calls=1 loss=0 n=1000'];
  const rows = rowsWith(reportOf(rumorRounds, Object.fromEntries(ids.map((id) => [id, rounds]))), 'log2 N');
  expect(rows).toHaveLength(1);
  expect(rows[0]!.published).toBeCloseTo(16.87, 2);
  expect(rows[0]).toMatchObject({ ours: 18.5, verdict: 'informational' });
});

test('what survivors still list of the crashed is a share, in clusters of all sizes', () => {
  const none = { half: null, most: null, last: null };
  const common = {
    removedMs: none,
    batchMs: none,
    oneBatchShare: 0,
    plainSizes: 0,
    stableSizes: 0,
    bystanderDeaths: 0,
  };
  const results = {
    'n=1000 rules=sharp': [{ ...common, meanListed: [1_000, 975, 950] }],
    'n=10000 rules=sharp': [{ ...common, meanListed: [10_000, 9_900, 9_500] }],
  };
  const [plot] = reportOf(massFailure, results).plots;
  expect(plot!.series.map(({ points }) => points.map(({ y }) => y))).toEqual([
    [100, 50, 0],
    [100, 80, 0],
  ]);
});

test('curves are named as their rows are', () => {
  const result = { heardShare: 1, completeShare: 1, nearlyAllMs: 100, nearlyAllMostMs: 200, bytesPerSecond: 900 };
  const run = { ...result, meanQueued: Array.from({ length: 20 }, () => 3) };
  const { tables, plots } = reportOf(eventCapacity, { 'n=1000 rules=sharp updates=50': [run] });
  expect(plots[0]!.series.map(({ name }) => name)).toEqual(['N = 1,000, rules sharp, 50 updates/s']);
  expect(tables[0]!.rows[0]!.label).toBe('N = 1,000, rules sharp, 50 updates/s');
});

test('rows say in words what cells differ in', () => {
  const result = { updateCount: 40, completeCount: 40, missedCount: 0, lastMs: [1_000], packetsPerSecond: 19 };
  const ids = ['rules=memberlist', 'rules=sharp', 'rules=sharp, new loss'];
  const rows = rowsWith(
    reportOf(broadcastCompleteness, Object.fromEntries(ids.map((id) => [id, [result]]))),
    'reach all, share',
  );
  expect(rows.map(({ label }) => label)).toEqual([
    'N = 1,000, rules memberlist, gossip only',
    'N = 1,000, rules sharp',
    'N = 1,000, rules sharp, new loss',
  ]);
});

test('rows and curves of clusters are in order of size, however results came in', () => {
  const result = { agreedMs: 500, missingAfterMinute: 0 };
  const ids = ['n=1000 rules=sharp', 'n=30 rules=sharp', 'n=100 rules=sharp', 'n=30 rules=memberlist'];
  const { tables, plots } = reportOf(massRestart, Object.fromEntries(ids.map((id) => [id, [result]])));
  const inOrder = ['N = 30, rules memberlist', 'N = 30, rules sharp', 'N = 100, rules sharp', 'N = 1,000, rules sharp'];
  expect([...new Set(tables[0]!.rows.map(({ label }) => label))]).toEqual(inOrder);
  expect(plots[0]!.series.map(({ name }) => name)).toEqual(inOrder);
});

test('the share of seeds that agree goes up in steps, at the looks that found so, and ends after a minute', () => {
  const results = [500, 2_250, 500, 107_000, null].map((agreedMs) => ({ agreedMs, missingAfterMinute: 0 }));
  const [plot] = reportOf(massRestart, { 'n=30 rules=sharp': results }).plots;
  expect(plot!.series[0]!.points.map(({ x, y }) => [x, y])).toEqual([
    [0.25, 0],
    [0.25, 0],
    [0.5, 0],
    [0.5, 0.4],
    [2.25, 0.4],
    [2.25, 0.6],
    [60, 0.6],
    [60, 0.6],
  ]);
});

test('settings in which as many are listed are drawn in turn, so that none hides another', () => {
  const result = { meanSizes: Array.from({ length: 35 }, () => 17), smallestView: 17, falseDeaths: 0 };
  const ids = ['swim 175 s', 'no-suspicion 175 s', 'default 175 s'];
  const [plot] = reportOf(swimJoins, Object.fromEntries(ids.map((id) => [id, [result]]))).plots;
  const times = plot!.series.filter(({ kind }) => kind === 'ours').map(({ points }) => points.map(({ x }) => x));
  expect(times.map((ofOne) => ofOne.slice(0, 2))).toEqual([
    [5, 20],
    [10, 25],
    [15, 30],
  ]);
  expect(new Set(times.flat()).size).toBe(35);
});

test('of each set of rules the largest cluster is drawn under a fault, with the same axes, to the end of the fault', () => {
  const counts = { bystanderDeaths: 0, bystanderRemovals: 0, plainChanges: [], stableChanges: [], decidedMs: [] };
  const resultOf = (nodeCount: number, listed: number): Parameters<typeof flipFlop.report>[0][number]['result'] => {
    const meanListed = Array.from({ length: 180 }, () => listed);
    return { ...counts, plainListed: meanListed, stableListed: [...meanListed.slice(1), nodeCount], isHealed: true };
  };
  const { plots } = reportOf(flipFlop, {
    'n=1000 fault=flip-flop rules=sharp': [resultOf(1_000, 990)],
    'n=200 fault=flip-flop rules=memberlist': [resultOf(200, 196)],
    'n=200 fault=flip-flop rules=sharp': [resultOf(200, 198)],
  });
  expect(plots.map(({ title }) => title)).toEqual([
    'Members not listed: N = 200, nothing arrives for 20 s in 40, rules memberlist',
    'Members not listed: N = 1,000, nothing arrives for 20 s in 40, rules sharp',
  ]);
  expect(plots.map(({ x, y }) => [x.max, y.max])).toEqual([
    [900, 2.5],
    [900, 2.5],
  ]);
  expect(plots[1]!.series.map(({ name, points }) => [name, points.at(-1)!.y])).toEqual([
    ['stable view', 0],
    ['membership', 1],
  ]);
});
