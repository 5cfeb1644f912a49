import type { SwimTraceEvent } from '../../swim/index.ts';
import { assert, randomFloat, randomInt, SeededRng } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
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
import { restingCluster } from './resting-cluster.ts';
import { bootstrapInterval, mean, quantile } from './statistics.ts';
import { swimNode, swimPeriodMs } from './swim-setting.ts';

interface Cell extends ExperimentCell {
  readonly nodeCount: number;
  /** Whether all periods begin at the same instants. */
  readonly isInStep: boolean;
  readonly crashCount: number;
}

interface Result {
  /** Of every crash: in periods, whole ones when they are in step. */
  readonly waits: readonly number[];
}

type Run = CellRun<Cell, Result>;

const nodeCounts = [8, 16, 32, 55, 128, 1_000];

/** SWIM §3.1: how long a crashed member waits for the first probe. */
export const swimFirstDetection: Experiment<Cell, Result> = {
  name: 'swim-first-detection',
  title: 'First detection of a crash by SWIM',
  source: 'SWIM (DSN 2002) §3.1 and figure 3b',
  settings: [
    'SWIM settings (period 2 s, one helper, no local health, no probes over streams) with the rules of memberlist, on a network that loses nothing. Targets are probed round robin in random order, as in §4.3 of the paper and in memberlist.',
    'A random member gets no time from a random instant on, which others see as a crash; when the first probe of it begins it goes on, so that one cluster serves for many crashes. The wait is from that instant to the start of the first probe.',
    "The paper's e/(e-1) counts whole periods of members in step. Real members have phases of their own, and then the wait is exponential with a mean of one period. For members in step all processes are stopped for two periods and go on at the same instant, after which their periods begin together; the rest is the same code.",
    'With round robin among N - 1 targets the mean is not quite that of N → ∞: in step it is the sum of (1 - k/(N-1))^(N-1) over k = 0 … N-1, otherwise (N-1)/N. Ours is held against these.',
  ],
  version: 1,
  seedCount: 20,
  cells: nodeCounts.flatMap((nodeCount) => [cellOf(nodeCount, true, 500), cellOf(nodeCount, false, 500)]),
  smokeCell: cellOf(8, true, 20),
  run: (cell, seed) => new FirstDetection(cell, seed).run(),
  report,
};

function cellOf(nodeCount: number, isInStep: boolean, crashCount: number): Cell {
  const id = `n=${nodeCount} phases=${isInStep ? 'in-step' : 'independent'}`;
  return { id, nodeCount, isInStep, crashCount, ...(nodeCount >= 1_000 && { seedCount: 10 }) };
}

class FirstDetection {
  readonly #cell: Cell;
  readonly #rng: SeededRng;
  readonly #simulator: Simulator;
  #victim: SimNode | undefined;
  #isProbed: boolean = false;

  constructor(cell: Cell, seed: number) {
    this.#cell = cell;
    this.#rng = new SeededRng(seed, experimentStream);
    const { nodeCount } = cell;
    const observer = { onTrace: (_node: SimNode, event: SwimTraceEvent): void => this.#note(event) };
    this.#simulator = restingCluster({ seed, nodeCount, node: swimNode(), observer });
    if (cell.isInStep) this.#putInStep();
  }

  run(): Result {
    const waits = Array.from({ length: this.#cell.crashCount }, () => this.#crash());
    return { waits };
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

  /** In periods. */
  #crash(): number {
    const simulator = this.#simulator;
    const restPeriods = this.#cell.isInStep ? 1 + randomInt(this.#rng, 3) : 1 + 2 * randomFloat(this.#rng);
    simulator.runForMs(restPeriods * swimPeriodMs);
    const victim = simulator.nodes[randomInt(this.#rng, simulator.nodes.length)]!;
    const crashedAtMs = simulator.nowMs;
    victim.pause();
    this.#isProbed = false;
    this.#victim = victim;
    const limitMs = 2 * simulator.nodes.length * swimPeriodMs;
    assert(
      simulator.runUntil(() => this.#isProbed, limitMs),
      'everybody is probed within 2N - 1 periods',
    );
    const waitPeriods = (simulator.nowMs - crashedAtMs) / swimPeriodMs;
    this.#victim = undefined;
    victim.resume();
    if (!this.#cell.isInStep) return Number(waitPeriods.toFixed(4));
    simulator.runForMs(swimPeriodMs / 2);
    return Math.ceil(waitPeriods);
  }

  #note(event: SwimTraceEvent): void {
    if (event.type === 'probe-started' && event.target === this.#victim?.name) this.#isProbed = true;
  }
}

function report(runs: readonly Run[]): ExperimentReport {
  const cells = [...new Set(runs.map(({ cell }) => cell))];
  const rows = cells.flatMap((cell) =>
    toRows(
      cell,
      runs.filter((run) => run.cell === cell),
    ),
  );
  return {
    tables: [
      { title: 'Whole periods, members in step', rows: rows.filter(({ label }) => label.includes('in step')) },
      { title: 'Independent phases', rows: rows.filter(({ label }) => !label.includes('in step')) },
    ],
    plots: [plot(cells, runs)],
  };
}

function toRows(cell: Cell, runs: readonly Run[]): ReportRow[] {
  const label = `N = ${cell.nodeCount}, ${cell.isInStep ? 'in step' : 'independent phases'}`;
  const waits = allWaits(runs);
  const common = { label, sampleCount: waits.length };
  const near = cell.isInStep ? expectedInStep(cell.nodeCount) : expectedIndependent(cell.nodeCount);
  const row = reportRow({
    ...common,
    quantity: 'mean wait for the first probe, periods',
    published: cell.isInStep ? Math.E / (Math.E - 1) : 1,
    ours: mean(waits),
    interval: bootstrapInterval(runs, (drawn) => mean(allWaits(drawn))),
    target: { near, by: cell.isInStep ? 0.03 : 0.05 },
  });
  const tails = [0.99, 0.999].map((share) =>
    reportRow({ ...common, quantity: `${100 * share} % of the waits, periods`, ours: quantile(waits, share) }),
  );
  return [row, ...tails];
}

function plot(cells: readonly Cell[], runs: readonly Run[]): Plot {
  const ours = (isInStep: boolean): { x: number; y: number }[] =>
    cells
      .filter((cell) => cell.isInStep === isInStep)
      .map((cell) => ({ x: cell.nodeCount, y: mean(allWaits(runs.filter((run) => run.cell === cell))) }));
  const curve = (expected: (nodeCount: number) => number): { x: number; y: number }[] =>
    nodeCounts.map((x) => ({ x, y: expected(x) }));
  return {
    title: 'Mean wait of a crashed member for its first probe',
    x: { label: 'members', isLog: true },
    y: { label: 'wait, protocol periods', min: 0 },
    series: [
      { name: 'in step, measured', kind: 'ours', style: 'points', points: ours(true) },
      { name: 'independent phases, measured', kind: 'ours', style: 'points', points: ours(false) },
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
