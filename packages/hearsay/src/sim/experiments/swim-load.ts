import type { Simulator } from '../simulator.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type ReportRow,
} from './experiment.ts';
import { figureText } from './figure-text.ts';
import { restingCluster } from './resting-cluster.ts';
import { bootstrapInterval, sum } from './statistics.ts';
import { swimNode, swimPeriodMs } from './swim-setting.ts';

interface Cell extends ExperimentCell {
  readonly nodeCount: number;
  readonly periodCount: number;
}

interface Result {
  /** How often a member sent 0, 1, 2 … messages in a period. */
  readonly counts: readonly number[];
}

type Run = CellRun<Cell, Result>;

const nodeCounts = [5, 8, 16, 28, 55, 128, 1_000, 10_000];
/** Of which the paper says how many periods see fewer than five messages. */
const readCount = 28;

/** SWIM figure 3a: what a member sends in a protocol period. */
export const swimLoad: Experiment<Cell, Result> = {
  name: 'swim-load',
  title: 'Messages of a member in a protocol period',
  source: 'SWIM (DSN 2002) §5, figure 3a',
  settings: [
    'SWIM settings (period 2 s, one helper, no local health, no probes over streams) with the rules of memberlist, on a network that loses nothing, members at rest. Counted is every packet that a member sends in windows of one period.',
    'A member sends its own ping, and an ack to each of the N - 1 others with probability 1/(N-1): one message and a binomial number of mean 1. Of 28 members that sends fewer than five in 98.3 % of the periods, which is what ours is held against. The paper read 99 % off some 40 periods, which the binomial number does not allow in the long run: so that target is missed.',
  ],
  version: 1,
  seedCount: 10,
  cells: nodeCounts.map((nodeCount) => cellOf(nodeCount)),
  smokeCell: { id: 'smoke', nodeCount: 5, periodCount: 10 },
  run: ({ nodeCount, periodCount }, seed) => {
    const simulator = restingCluster({ seed, nodeCount, node: swimNode() });
    takeSent(simulator);
    const counts: number[] = [];
    for (let period = 0; period < periodCount; period++) {
      simulator.runForMs(swimPeriodMs);
      for (const sent of takeSent(simulator)) counts[sent] = (counts[sent] ?? 0) + 1;
    }
    return { counts: Array.from(counts, (count) => count ?? 0) };
  },
  report,
};

function cellOf(nodeCount: number): Cell {
  const periodCount = Math.max(nodeCount >= 10_000 ? 10 : 50, Math.ceil(6_000 / nodeCount));
  const id = `n=${nodeCount}`;
  return { id, nodeCount, periodCount, ...(nodeCount >= 1_000 && { seedCount: nodeCount >= 10_000 ? 1 : 3 }) };
}

function takeSent({ nodes }: Simulator): number[] {
  return nodes.map((node) => node.takeTraffic().packetsSent);
}

function report(runs: readonly Run[]): ExperimentReport {
  const rows = nodeCounts.flatMap((nodeCount) => {
    const ofCell = runs.filter(({ cell }) => cell.nodeCount === nodeCount);
    return ofCell.length === 0 ? [] : toRows(nodeCount, ofCell);
  });
  return { tables: [{ title: 'Messages sent', rows }], plots: [plot(runs)] };
}

function toRows(nodeCount: number, runs: readonly Run[]): ReportRow[] {
  const label = `N = ${figureText(nodeCount)}`;
  const common = { label, sampleCount: sum(countsOf(runs)) };
  const expected = shareBelowFive(nodeCount);
  const share = reportRow({
    ...common,
    quantity: 'share of periods with fewer than 5',
    ours: fewerThanFive(runs),
    interval: bootstrapInterval(runs, fewerThanFive),
    target: { near: expected, by: 0.005 },
  });
  const asRead = reportRow({
    ...common,
    quantity: 'the same, as the paper read it',
    published: 0.99,
    ours: fewerThanFive(runs),
    target: { atLeast: 0.99 },
  });
  const load = reportRow({
    ...common,
    quantity: 'mean, messages per member and period',
    published: 2,
    ours: meanOf(runs),
    interval: bootstrapInterval(runs, meanOf),
    target: { near: 2, by: 0.1 },
  });
  return nodeCount === readCount ? [load, share, asRead] : [load, share];
}

function plot(runs: readonly Run[]): Plot {
  const points = nodeCounts.flatMap((nodeCount) => {
    const ofCell = runs.filter(({ cell }) => cell.nodeCount === nodeCount);
    if (ofCell.length === 0) return [];
    const [y, spread] = [meanOf(ofCell), deviationOf(ofCell)];
    return [{ x: nodeCount, y, low: y - spread, high: y + spread }];
  });
  return {
    title: 'Messages a member sends in a period: mean, and one standard deviation',
    x: { label: 'members', isLog: true },
    y: { label: 'messages per member and period', min: 0 },
    series: [
      { name: 'measured', kind: 'ours', points },
      {
        name: 'SWIM: one ping, one ack',
        kind: 'published',
        style: 'line',
        points: nodeCounts.map((x) => ({ x, y: 2 })),
      },
    ],
  };
}

/** Of all runs together. */
function countsOf(runs: readonly Run[]): number[] {
  const length = Math.max(0, ...runs.map(({ result }) => result.counts.length));
  return Array.from({ length }, (_, sent) => sum(runs.map(({ result }) => result.counts[sent] ?? 0)));
}

function meanOf(runs: readonly Run[]): number {
  const counts = countsOf(runs);
  return sum(counts.map((count, sent) => count * sent)) / sum(counts);
}

function deviationOf(runs: readonly Run[]): number {
  const counts = countsOf(runs);
  const centre = meanOf(runs);
  return Math.sqrt(sum(counts.map((count, sent) => count * (sent - centre) ** 2)) / sum(counts));
}

function fewerThanFive(runs: readonly Run[]): number {
  const counts = countsOf(runs);
  return sum(counts.slice(0, 5)) / sum(counts);
}

/** That at most three of the others ping in a period, each with probability 1 / (N - 1). */
function shareBelowFive(nodeCount: number): number {
  const others = nodeCount - 1;
  const chance = 1 / others;
  let term = (1 - chance) ** others;
  let total = term;
  for (let acks = 1; acks <= 3; acks++) {
    term *= ((others - acks + 1) / acks) * (chance / (1 - chance));
    total += term;
  }
  return total;
}
