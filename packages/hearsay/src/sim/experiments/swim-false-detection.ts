import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type ReportRow,
} from './experiment.ts';
import { restingCluster } from './resting-cluster.ts';
import { shareInterval, sum } from './statistics.ts';
import { swimNode, swimPeriodMs } from './swim-setting.ts';

interface Cell extends ExperimentCell {
  readonly loss: number;
  readonly helperCount: number;
  readonly periodCount: number;
}

interface Result {
  readonly probes: number;
  /** Of live members, by nobody's fault but the network's. */
  readonly failed: number;
}

type Run = CellRun<Cell, Result>;

const nodeCount = 64;
/** With 3 helpers hardly a probe fails at 1 %, so that many are needed; where many fail, few are. */
const settings: readonly (readonly [loss: number, helperCount: number, periodCount: number])[] = [
  [0.01, 1, 500],
  [0.01, 3, 4_000],
  [0.05, 1, 500],
  [0.05, 3, 1_000],
  [0.1, 1, 150],
  [0.1, 3, 300],
  [0.2, 3, 150],
  [0.3, 3, 100],
];

/** SWIM §3.1: how often a live member is taken for failed. */
export const swimFalseDetection: Experiment<Cell, Result> = {
  name: 'swim-false-detection',
  title: 'False detections of SWIM under loss',
  source: 'SWIM (DSN 2002) §3.1',
  settings: [
    `SWIM settings (period 2 s, no local health, no probes over streams) with the rules of memberlist, ${nodeCount} members, every packet lost with the same probability. Counted are probes of live members that fail: per member and period, as each member is probed once a period on average. Suspicions last so long that nobody is declared dead.`,
    'A probe fails when the ping or its ack gets lost, and one of the four packets by way of each helper too: (1-q²)(1-q⁴)^k. The formula in the paper is e/(e-1) = 1.58 times that: it is for the time until the first detection, of e/(e-1) periods, and not for one period as its text says. Ours is held against the value for one period, within three standard deviations.',
  ],
  version: 1,
  seedCount: 5,
  cells: settings.map(([loss, helperCount, periodCount]) => cellOf(loss, helperCount, periodCount)),
  smokeCell: { id: 'smoke', loss: 0.2, helperCount: 1, periodCount: 20 },
  run: ({ loss, helperCount, periodCount }, seed) => {
    const node = swimNode({ indirectChecks: helperCount, suspicionMult: 100, gossipToTheDeadMs: 500_000 });
    const simulator = restingCluster({ seed, nodeCount, node, network: { loss } });
    const count = (what: 'probes' | 'probesFailed'): number =>
      sum(simulator.nodes.map(({ core }) => core.stats.swim[what]));
    const [probes, failed] = [count('probes'), count('probesFailed')];
    simulator.runForMs(periodCount * swimPeriodMs);
    return { probes: count('probes') - probes, failed: count('probesFailed') - failed };
  },
  report,
};

function cellOf(loss: number, helperCount: number, periodCount: number): Cell {
  return { id: `loss=${loss} helpers=${helperCount}`, loss, helperCount, periodCount };
}

function report(runs: readonly Run[]): ExperimentReport {
  const cells = [...new Set(runs.map(({ cell }) => cell))];
  const rows = cells.map((cell) =>
    toRow(
      cell,
      runs.filter((run) => run.cell === cell),
    ),
  );
  return {
    tables: rows.length === 0 ? [] : [{ title: 'Failed probes of live members', rows }],
    plots: [plot(cells, runs)],
  };
}

function toRow(cell: Cell, runs: readonly Run[]): ReportRow {
  const [failed, probes] = totals(runs);
  const near = failureChance(cell);
  return reportRow({
    label: `${100 * cell.loss} % loss, k = ${cell.helperCount}`,
    quantity: 'false detections per member and period',
    published: formula(cell),
    ours: failed / probes,
    interval: shareInterval(failed, probes),
    sampleCount: probes,
    target: { near, by: 3 * Math.sqrt((near * (1 - near)) / probes) },
  });
}

function totals(runs: readonly Run[]): readonly [failed: number, probes: number] {
  return [sum(runs.map(({ result }) => result.failed)), sum(runs.map(({ result }) => result.probes))];
}

function plot(cells: readonly Cell[], runs: readonly Run[]): Plot {
  const grid = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3];
  const series = [1, 3].flatMap((helperCount) => {
    const points = cells
      .filter((cell) => cell.helperCount === helperCount)
      .map((cell) => [cell, totals(runs.filter((run) => run.cell === cell))] as const)
      .filter(([, [failed]]) => failed > 0)
      .map(([cell, [failed, probes]]) => ({ x: 100 * cell.loss, y: failed / probes }));
    const at = (value: typeof failureChance): { x: number; y: number }[] =>
      grid.map((loss) => ({ x: 100 * loss, y: value({ loss, helperCount }) }));
    return [
      { name: `k = ${helperCount}, measured`, kind: 'ours', style: 'points', points },
      { name: `k = ${helperCount}, one period`, kind: 'bound', points: at(failureChance) },
      { name: `k = ${helperCount}, SWIM's formula`, kind: 'published', style: 'line', points: at(formula) },
    ] as const;
  });
  return {
    title: 'A live member taken for failed, per member and period',
    x: { label: 'packets lost, %', isLog: true },
    y: { label: 'probability', isLog: true },
    series,
  };
}

type Setting = Pick<Cell, 'loss' | 'helperCount'>;

/** That one probe fails. */
function failureChance({ loss, helperCount }: Setting): number {
  const delivery = 1 - loss;
  return (1 - delivery ** 2) * (1 - delivery ** 4) ** helperCount;
}

function formula(setting: Setting): number {
  return (failureChance(setting) * Math.E) / (Math.E - 1);
}
