import type { RuleSetName } from '../../swim/index.ts';
import { randomFloat, randomInt, SeededRng, shuffle } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { Simulator } from '../simulator.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentReport,
  type PlotSeries,
  type ReportRow,
} from './experiment.ts';
import { restingCluster } from './resting-cluster.ts';
import { byRulesCell, rulesCell, rulesLabel, type RulesCell } from './rules-cell.ts';
import { quantile, sum } from './statistics.ts';

interface Result {
  /** From the last start on until all list all; null when that was not so within the limit. */
  readonly agreedMs: number | null;
  /** How many members somebody did not list a minute after the last start, over all lists. */
  readonly missingAfterMinute: number;
}

type Run = CellRun<RulesCell, Result>;

/** The first of them go down with the rest, the last one stays up and remembers. */
const seedNames = ['n1', 'n2', 'n3'];
const survivorShare = 0.1;
const downMs = 30_000;
const restartSpanMs = 10_000;
const minuteMs = 60_000;
const limitMs = 10 * minuteMs;
const pollMs = 250;

/** hashicorp/memberlist#311: what is remembered of old lives swallows new ones. */
export const massRestart: Experiment<RulesCell, Result> = {
  name: 'mass-restart',
  title: 'Nearly all members restart at once',
  source: 'hashicorp/memberlist#311',
  settings: [
    'Members with the LAN preset, at rest, each of which has renewed its record once, so that its incarnation is 2. Nine in ten crash at the same instant; the others declare them dead. After 30 s they start again without memory, at random instants within 10 s, and each joins one of three seeds, of which two are restarted themselves. Measured is from the last start on until every member lists every member.',
    'The issue was seen among 4,500 members. Each member is in the list of each, and hears of each start many times, so that the cost of a run grows with the square of their number: the smaller, the more seeds.',
  ],
  version: 2,
  seedCount: 20,
  cells: [
    { ...rulesCell(30, 'memberlist'), seedCount: 100 },
    { ...rulesCell(30, 'sharp'), seedCount: 1_000 },
    { ...rulesCell(100, 'memberlist'), seedCount: 5 },
    { ...rulesCell(100, 'sharp'), seedCount: 20 },
    { ...rulesCell(500, 'memberlist'), seedCount: 1 },
    { ...rulesCell(500, 'sharp'), seedCount: 3 },
    { ...rulesCell(1_000, 'sharp'), seedCount: 1 },
    { ...rulesCell(4_500, 'sharp'), seedCount: 1 },
  ],
  smokeCell: rulesCell(20, 'sharp'),
  run: (cell, seed) => new MassRestart(cell, seed).run(),
  report,
};

class MassRestart {
  readonly #cell: RulesCell;
  readonly #simulator: Simulator;
  readonly #rng: SeededRng;
  readonly #victims: readonly SimNode[];

  constructor(cell: RulesCell, seed: number) {
    this.#cell = cell;
    const { nodeCount } = cell;
    this.#simulator = restingCluster({ seed, nodeCount, node: this.#options(), beforeForming: renewRecord });
    this.#rng = new SeededRng(seed, experimentStream);
    this.#simulator.runForMs(randomFloat(this.#rng) * 1_000);
    const { nodes } = this.#simulator;
    const [first, second, third, ...others] = nodes as [SimNode, SimNode, SimNode, ...SimNode[]];
    shuffle(this.#rng, others);
    const survivorCount = Math.round(survivorShare * nodeCount);
    this.#victims = [first, second, third, ...others].filter(
      (node) => node !== third && !others.slice(0, survivorCount - 1).includes(node),
    );
  }

  run(): Result {
    const simulator = this.#simulator;
    for (const node of this.#victims) node.crash(true);
    simulator.runForMs(downMs);
    const startedAtMs = simulator.nowMs;
    let lastStartMs = 0;
    for (const node of this.#victims) {
      const atMs = startedAtMs + randomFloat(this.#rng) * restartSpanMs;
      lastStartMs = Math.max(lastStartMs, atMs);
      simulator.at(atMs, () => this.#restart(node));
    }
    simulator.runForMs(lastStartMs - startedAtMs + 1);
    const beganAtMs = simulator.nowMs;
    let agreedMs: number | null = null;
    let missingAfterMinute = 0;
    for (let atMs = pollMs; atMs <= limitMs && agreedMs === null; atMs += pollMs) {
      simulator.runForMs(pollMs);
      const missing = this.#countMissing();
      if (missing === 0) agreedMs = simulator.nowMs - beganAtMs;
      if (atMs === minuteMs) missingAfterMinute = missing;
    }
    return { agreedMs, missingAfterMinute };
  }

  #restart(node: SimNode): void {
    const seeds = this.#simulator.nodes.filter(({ name }) => seedNames.includes(name) && name !== node.name);
    // A restarted seed joins the one that stayed up, or nobody would tell the two parts of each other.
    const isSeed = seedNames.includes(node.name);
    const seed = isSeed ? seeds.at(-1)! : seeds[randomInt(this.#rng, seeds.length)]!;
    this.#simulator.boot(node, { ...this.#options(), seeds: seeds.map(({ address }) => address) });
    node.step((core, nowMs) => core.join(nowMs, [seed.address]));
  }

  #options(): { rules: RuleSetName; evidence: false } {
    return { rules: this.#cell.rules, evidence: false };
  }

  #countMissing(): number {
    const { nodes } = this.#simulator;
    return sum(nodes.map(({ core }) => Math.max(0, nodes.length - core.memberCount)));
  }
}

/** Makes the incarnation another one than that of a new life. */
function renewRecord(node: SimNode): void {
  node.step((core, nowMs) => core.updateMeta(nowMs, Uint8Array.of(1), 1_000));
}

function report(runs: readonly Run[]): ExperimentReport {
  const cells = byRulesCell(runs);
  const rows = cells.flatMap(({ cell, results }) => toRows(cell, results));
  return {
    tables: [{ title: 'From the last start until all list all', rows }],
    plots: [
      {
        title: 'In which share of the seeds all list all',
        x: { label: 'time since the last start, s', isLog: true, min: pollMs / 1_000, max: minuteMs / 1_000 },
        y: { label: 'share of seeds', min: 0, max: 1 },
        series: cells.map(({ cell, results }) => toSeries(cell, results)),
      },
    ],
  };
}

/** Steps: up at each look after which all list all in some more seeds. */
function toSeries(cell: RulesCell, results: readonly Result[]): PlotSeries {
  const agreedMs = results.flatMap((result) => result.agreedMs ?? []);
  const shareOf = (isSo: (atMs: number) => boolean): number => agreedMs.filter(isSo).length / results.length;
  const steps = new Set([pollMs, ...agreedMs.filter((atMs) => atMs <= minuteMs), minuteMs]);
  const points = [...steps]
    .toSorted((a, b) => a - b)
    .flatMap((stepMs) => [
      { x: stepMs / 1_000, y: shareOf((atMs) => atMs < stepMs) },
      { x: stepMs / 1_000, y: shareOf((atMs) => atMs <= stepMs) },
    ]);
  return { name: rulesLabel(cell), kind: 'ours', style: 'line', points };
}

function toRows(cell: RulesCell, results: readonly Result[]): ReportRow[] {
  const common = { label: rulesLabel(cell), sampleCount: results.length };
  const isOurs = cell.rules === 'sharp';
  const inTime = results.filter(({ agreedMs }) => agreedMs !== null && agreedMs <= minuteMs).length;
  const timesS = results.map(({ agreedMs }) => (agreedMs ?? Infinity) / 1_000);
  const at = (share: number): { ours?: number } => {
    const timeS = quantile(timesS, share);
    return timeS === Infinity ? {} : { ours: timeS };
  };
  return [
    reportRow({
      ...common,
      quantity: 'seeds in which all list all within a minute, share',
      ours: inTime / results.length,
      ...(isOurs && { target: { atLeast: 1 } }),
    }),
    reportRow({ ...common, quantity: 'median, s', ...at(0.5) }),
    reportRow({ ...common, quantity: 'slowest seed, s', ...at(1) }),
    reportRow({
      ...common,
      quantity: 'missing in the lists after a minute, all lists and seeds',
      ours: sum(results.map(({ missingAfterMinute }) => missingAfterMinute)),
    }),
  ];
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -19;
