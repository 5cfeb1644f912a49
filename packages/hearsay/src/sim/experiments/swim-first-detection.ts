import { swimRuleSets, type SwimTraceEvent } from '../../swim/index.ts';
import { assert, randomFloat, randomInt, SeededRng } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { SimNodeOptions, Simulator } from '../simulator.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type ReportRow,
  type Target,
} from './experiment.ts';
import { figureText, quantileText } from './figure-text.ts';
import { restingCluster } from './resting-cluster.ts';
import { bootstrapInterval, mean, quantile } from './statistics.ts';
import { swimNode, swimPeriodMs } from './swim-setting.ts';

/**
 * `in-step`: all periods begin at the same instants. `independent`: each member has a phase of its own. `shared`: the
 * same, and members probe by a permutation that they share.
 */
type Probing = 'in-step' | 'independent' | 'shared';

interface Cell extends ExperimentCell {
  readonly nodeCount: number;
  readonly probing: Probing;
  /** How often one asks how long each member waits. */
  readonly instantCount: number;
}

interface Result {
  /** Of every member from every instant on: in periods, whole ones when they are in step. */
  readonly waits: readonly number[];
}

type Run = CellRun<Cell, Result>;

const probings: readonly Probing[] = ['in-step', 'independent', 'shared'];
const nodeCounts = [8, 16, 32, 55, 128, 1_000];

const titles: Readonly<Record<Probing, string>> = {
  'in-step': 'Whole periods, members in step',
  independent: 'Independent phases',
  shared: 'Independent phases, by a permutation that all share',
};

/** SWIM §3.1: how long a crashed member waits for the first probe. */
export const swimFirstDetection: Experiment<Cell, Result> = {
  name: 'swim-first-detection',
  title: 'First detection of a crash by SWIM',
  source: 'SWIM (DSN 2002) §3.1',
  settings: [
    'SWIM settings (period 2 s, one helper, no local health, no probes over streams) with the rules of memberlist, on a network that loses nothing. Targets are probed round robin in random order, as in §4.3 of the paper and in memberlist.',
    'The wait is from a random instant to the start of the first probe of a member that begins after it. Nothing that a member does or does not do changes when the others probe it first, so the wait is that of a member that crashes at that instant; none is stopped, and one cluster serves for all its members and many instants.',
    "The paper's e/(e-1) counts whole periods of members in step. Real members have phases of their own, and then the wait is exponential with a mean of one period. For members in step all processes are stopped for two periods and go on at the same instant, after which their periods begin together; the rest is the same code.",
    'With round robin among N - 1 targets the mean is not quite that of N → ∞: in step it is the sum of (1 - k/(N-1))^(N-1) over k = 0 … N-1, otherwise (N-1)/N. Ours is held against these.',
    'With the rule `sharedPermutation` each member is probed exactly once a period, by one that changes every period.',
  ],
  version: 1,
  seedCount: 20,
  cells: nodeCounts.flatMap((nodeCount) => probings.map((probing) => cellOf(nodeCount, probing))),
  smokeCell: { ...cellOf(8, 'in-step'), instantCount: 5 },
  run: (cell, seed) => new FirstDetection(cell, seed).run(),
  report,
};

function cellOf(nodeCount: number, probing: Probing): Cell {
  const instantCount = Math.max(10, Math.ceil(800 / nodeCount));
  const id = `n=${nodeCount} probing=${probing}`;
  return { id, nodeCount, probing, instantCount, ...(nodeCount >= 1_000 && { seedCount: 5 }) };
}

class FirstDetection {
  readonly #cell: Cell;
  readonly #rng: SeededRng;
  readonly #simulator: Simulator;
  /** Of those not probed since the last instant. */
  readonly #waiting: Set<string> = new Set();
  #instantMs: number = 0;
  #waits: number[] = [];

  constructor(cell: Cell, seed: number) {
    this.#cell = cell;
    this.#rng = new SeededRng(seed, experimentStream);
    const { nodeCount } = cell;
    const observer = { onTrace: (_node: SimNode, event: SwimTraceEvent): void => this.#note(event) };
    this.#simulator = restingCluster({ seed, nodeCount, node: nodeOptions(cell.probing), observer });
    if (cell.probing === 'in-step') this.#putInStep();
  }

  run(): Result {
    for (let instant = 0; instant < this.#cell.instantCount; instant++) this.#measure();
    return { waits: this.#waits };
  }

  #putInStep(): void {
    const { nodes } = this.#simulator;
    for (const node of nodes) node.pause();
    this.#simulator.runForMs(2 * swimPeriodMs);
    for (const node of nodes) node.resume();
    this.#simulator.runForMs(10.5 * swimPeriodMs);
    // Who was stopped in the middle of a probe has accused its target, which has denied it by now.
    const isCalm = nodes.every(({ core }) => core.members.every(({ state }) => state === 'alive'));
    assert(isCalm, 'nobody is accused when measuring begins');
  }

  /** How long each member waits from a random instant on; in the middle of a period when they are in step. */
  #measure(): void {
    const simulator = this.#simulator;
    const isInStep = this.#cell.probing === 'in-step';
    const restPeriods = isInStep ? randomInt(this.#rng, 3) : 2 * randomFloat(this.#rng);
    simulator.runForMs(restPeriods * swimPeriodMs);
    this.#instantMs = simulator.nowMs;
    for (const { name } of simulator.nodes) this.#waiting.add(name);
    const limitMs = 2 * simulator.nodes.length * swimPeriodMs;
    assert(
      simulator.runUntil(() => this.#waiting.size === 0, limitMs),
      'everybody is probed within 2N - 1 periods',
    );
    if (isInStep) simulator.runForMs(swimPeriodMs / 2);
  }

  #note(event: SwimTraceEvent): void {
    if (event.type !== 'probe-started' || !this.#waiting.delete(event.target)) return;
    const periods = (event.atMs - this.#instantMs) / swimPeriodMs;
    this.#waits.push(this.#cell.probing === 'in-step' ? Math.ceil(periods) : Number(periods.toFixed(4)));
  }
}

function nodeOptions(probing: Probing): SimNodeOptions {
  const rules = { ...swimRuleSets.memberlist, sharedPermutation: probing === 'shared' };
  return { ...swimNode(), rules };
}

function report(runs: readonly Run[]): ExperimentReport {
  const cells = [...new Set(runs.map(({ cell }) => cell))];
  const tables = probings.map((probing) => ({
    title: titles[probing],
    rows: cells
      .filter((cell) => cell.probing === probing)
      .flatMap((cell) =>
        toRows(
          cell,
          runs.filter((run) => run.cell === cell),
        ),
      ),
  }));
  return { tables: tables.filter(({ rows }) => rows.length > 0), plots: [plot(cells, runs)] };
}

function toRows({ nodeCount, probing }: Cell, runs: readonly Run[]): ReportRow[] {
  const waits = allWaits(runs);
  const common = { label: `N = ${figureText(nodeCount)}`, sampleCount: waits.length };
  const isShared = probing === 'shared';
  const row = reportRow({
    ...common,
    quantity: 'mean wait for the first probe, periods',
    // The paper counts whole periods; the others are held against arithmetic of our own.
    ...(probing === 'in-step' && { published: Math.E / (Math.E - 1) }),
    ours: mean(waits),
    interval: bootstrapInterval(runs, (drawn) => mean(allWaits(drawn))),
    target: targetOf(nodeCount, probing),
  });
  const tails = [0.99, 0.999].map((share) =>
    reportRow({
      ...common,
      quantity: `${quantileText(share, waits.length)} of the waits, periods`,
      ours: quantile(waits, share),
    }),
  );
  const longest = reportRow({
    ...common,
    quantity: 'longest wait, periods',
    ours: quantile(waits, 1),
    ...(isShared && { target: { atMost: 2 } }),
  });
  return [row, ...tails, longest];
}

function targetOf(nodeCount: number, probing: Probing): Target {
  if (probing === 'shared') return { atMost: 0.6 };
  if (probing === 'in-step') return { near: expectedInStep(nodeCount), by: 0.03 };
  return { near: expectedIndependent(nodeCount), by: 0.05 };
}

function plot(cells: readonly Cell[], runs: readonly Run[]): Plot {
  const ours = (probing: Probing): { x: number; y: number }[] =>
    cells
      .filter((cell) => cell.probing === probing)
      .map((cell) => ({ x: cell.nodeCount, y: mean(allWaits(runs.filter((run) => run.cell === cell))) }));
  const curve = (expected: (nodeCount: number) => number): { x: number; y: number }[] =>
    nodeCounts.map((x) => ({ x, y: expected(x) }));
  return {
    title: 'Mean wait of a crashed member for its first probe',
    x: { label: 'members', isLog: true },
    y: { label: 'wait, protocol periods', min: 0 },
    series: [
      { name: 'in step, measured', kind: 'ours', style: 'points', points: ours('in-step') },
      { name: 'independent, measured', kind: 'ours', style: 'points', points: ours('independent') },
      { name: 'shared permutation, measured', kind: 'ours', style: 'points', points: ours('shared') },
      {
        name: 'SWIM: e/(e-1)',
        kind: 'published',
        style: 'line',
        points: nodeCounts.map((x) => ({ x, y: Math.E / (Math.E - 1) })),
      },
      { name: 'in step, round robin', kind: 'bound', points: curve(expectedInStep) },
      { name: 'independent, round robin', kind: 'bound', points: curve(expectedIndependent) },
    ],
  };
}

function allWaits(runs: readonly Run[]): number[] {
  return runs.flatMap(({ result }) => result.waits);
}

/** Of periods until one of N - 1 members, each at a random place of its round, probes a given one. */
function expectedInStep(nodeCount: number): number {
  const others = nodeCount - 1;
  let periods = 0;
  for (let k = 0; k < others; k++) periods += (1 - k / others) ** others;
  return periods;
}

function expectedIndependent(nodeCount: number): number {
  return (nodeCount - 1) / nodeCount;
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -11;
