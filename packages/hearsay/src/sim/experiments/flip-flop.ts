import type { ClusterEvent } from '../../cluster/index.ts';
import type { RuleSetName } from '../../swim/index.ts';
import { SeededRng, shuffle } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { Simulator } from '../simulator.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentReport,
  type Plot,
  type PlotSeries,
  type ReportRow,
} from './experiment.ts';
import { figureText } from './figure-text.ts';
import { restingCluster } from './resting-cluster.ts';
import { byRulesCell, type RulesCell } from './rules-cell.ts';
import { mean, sum } from './statistics.ts';

/** `flip-flop`: nothing arrives for 20 s, all for 20 s. The others: 80 % of what arrives, or leaves, is lost. */
type Fault = 'flip-flop' | 'ingress-loss' | 'egress-loss';

interface Cell extends RulesCell {
  readonly fault: Fault;
  readonly spanMs: number;
}

interface Result {
  /** Members without a fault that members without a fault declared dead, or that batches there took out. */
  readonly bystanderDeaths: number;
  readonly bystanderRemovals: number;
  /** Of each faulty member: how often it went or came, at the member without a fault that saw most of it. */
  readonly plainChanges: readonly number[];
  readonly stableChanges: readonly number[];
  /** When the last of its changes by batches was, but for the one after the fault; 0 when there was none. */
  readonly decidedMs: readonly number[];
  /** Mean of how many members those without a fault list: by membership and in the stable view, every five seconds. */
  readonly plainListed: readonly number[];
  readonly stableListed: readonly number[];
  /** Whether all are in all lists two minutes after the fault. */
  readonly isHealed: boolean;
}

type Run = CellRun<Cell, Result>;

const blockMs = 20_000;
const faultyShare = 0.01;
const sampleMs = 5_000;
const healingMs = 120_000;

/** Rapid §7: one-way reachability and heavy loss at one percent of the processes. */
export const flipFlop: Experiment<Cell, Result> = {
  name: 'flip-flop',
  title: 'Links that go one way, and links that lose most',
  source: 'Rapid (ATC 2018) §7, figures 9 and 10',
  settings: [
    'A thousand members, and two hundred for more seeds, with the LAN preset, at rest; one percent of them has a fault for fifteen minutes. Flip-flop: nothing arrives there for 20 s, then all for 20 s, and so on. Loss: four of five packets that arrive, or that leave, are lost; the text of the paper says leave and its caption says arrive, so both are run. Streams suffer too: they wait for retransmissions.',
    'A change is that a member goes or comes in the eyes of one member without a fault; counted is whoever saw most of it. Decided is when the last change by batches was. Two minutes after the fault all have to be in all lists again.',
  ],
  version: 1,
  seedCount: 3,
  cells: [1_000, 200].flatMap((nodeCount) =>
    (['flip-flop', 'ingress-loss', 'egress-loss'] as const).flatMap((fault) =>
      (['memberlist', 'sharp'] as const).map((rules) => ({
        ...cellOf(nodeCount, fault, rules, 900_000),
        seedCount: nodeCount === 200 && rules === 'sharp' ? 3 : 1,
      })),
    ),
  ),
  smokeCell: cellOf(30, 'flip-flop', 'sharp', 60_000),
  run: (cell, seed) => new FlipFlop(cell, seed).run(),
  report,
};

function cellOf(nodeCount: number, fault: Fault, rules: RuleSetName, spanMs: number): Cell {
  return { id: `n=${nodeCount} fault=${fault} rules=${rules}`, nodeCount, fault, rules, spanMs };
}

class FlipFlop {
  readonly #cell: Cell;
  readonly #simulator: Simulator;
  readonly #faulty: readonly SimNode[];
  readonly #faultyNames: Set<string>;
  /** How often a faulty member changed, by `observer subject`. */
  readonly #plain: Map<string, number> = new Map();
  readonly #stable: Map<string, number> = new Map();
  readonly #decidedMs: Map<string, number> = new Map();
  readonly #stableCounts: Map<string, number> = new Map();
  #bystanderDeaths: number = 0;
  #bystanderRemovals: number = 0;
  #beganAtMs: number = 0;
  #isOver: boolean = false;

  constructor(cell: Cell, seed: number) {
    this.#cell = cell;
    const { nodeCount, rules } = cell;
    this.#simulator = restingCluster({ seed, nodeCount, node: { rules, evidence: false, stableView: {} } });
    this.#simulator.runForMs(10_000);
    const nodes = [...this.#simulator.nodes];
    shuffle(new SeededRng(seed, experimentStream), nodes);
    this.#faulty = nodes.slice(0, Math.max(1, Math.round(faultyShare * nodeCount)));
    this.#faultyNames = new Set(this.#faulty.map(({ name }) => name));
  }

  run(): Result {
    const simulator = this.#simulator;
    const { spanMs, nodeCount } = this.#cell;
    simulator.observe({ onEvent: (node, event) => this.#hear(node, event) });
    this.#beganAtMs = simulator.nowMs;
    const plainListed: number[] = [];
    const stableListed: number[] = [];
    for (let atMs = 0; atMs < spanMs; atMs += sampleMs) {
      this.#setFault(atMs);
      simulator.runForMs(sampleMs);
      plainListed.push(this.#meanOf((node) => node.core.memberCount));
      stableListed.push(this.#meanOf((node) => this.#stableCountAt(node)));
    }
    this.#isOver = true;
    simulator.network.clearRules();
    simulator.runForMs(healingMs);
    return {
      bystanderDeaths: this.#bystanderDeaths,
      bystanderRemovals: this.#bystanderRemovals,
      plainChanges: this.#faulty.map(({ name }) => this.#worst(this.#plain, name)),
      stableChanges: this.#faulty.map(({ name }) => this.#worst(this.#stable, name)),
      decidedMs: this.#faulty.map(({ name }) => this.#worst(this.#decidedMs, name)),
      plainListed,
      stableListed,
      isHealed: simulator.nodes.every(
        (node) => node.core.memberCount === nodeCount && this.#stableCountAt(node) === nodeCount,
      ),
    };
  }

  #setFault(atMs: number): void {
    const { network } = this.#simulator;
    const faulty = this.#faulty.map(({ index }) => index);
    const { fault } = this.#cell;
    if (fault === 'flip-flop') {
      if (atMs % blockMs !== 0) return;
      network.clearRules();
      if (atMs % (2 * blockMs) === 0) network.addRule({ from: 'all', to: faulty, loss: 1 });
    } else if (atMs === 0) {
      const [from, to] = fault === 'ingress-loss' ? (['all', faulty] as const) : ([faulty, 'all'] as const);
      network.addRule({ from, to, loss: 0.8 });
    }
  }

  #hear({ name: observer }: SimNode, event: ClusterEvent): void {
    if (event.type === 'members-changed') this.#stableCounts.set(observer, event.memberCount);
    if (this.#faultyNames.has(observer)) return;
    if (event.type === 'members-changed') {
      for (const { name } of event.failed) {
        if (!this.#faultyNames.has(name)) this.#bystanderRemovals += 1;
      }
      for (const { name } of [...event.failed, ...event.joined]) this.#count(this.#stable, observer, name);
    } else if (event.type === 'member-failed' || event.type === 'member-join') {
      const { name } = event.member;
      if (event.type === 'member-failed' && !this.#faultyNames.has(name)) this.#bystanderDeaths += 1;
      this.#count(this.#plain, observer, name);
    }
  }

  #count(changes: Map<string, number>, observer: string, subject: string): void {
    if (!this.#faultyNames.has(subject)) return;
    const key = `${observer} ${subject}`;
    changes.set(key, (changes.get(key) ?? 0) + 1);
    if (changes === this.#stable && !this.#isOver) this.#decidedMs.set(key, this.#simulator.nowMs - this.#beganAtMs);
  }

  #worst(values: ReadonlyMap<string, number>, subject: string): number {
    return this.#simulator.nodes.reduce((worst, { name }) => Math.max(worst, values.get(`${name} ${subject}`) ?? 0), 0);
  }

  #stableCountAt({ name }: SimNode): number {
    return this.#stableCounts.get(name) ?? this.#cell.nodeCount;
  }

  #meanOf(valueOf: (node: SimNode) => number): number {
    const wellNodes = this.#simulator.nodes.filter(({ name }) => !this.#faultyNames.has(name));
    return Number(mean(wellNodes.map(valueOf)).toFixed(2));
  }
}

function report(runs: readonly Run[]): ExperimentReport {
  const cells = byRulesCell(runs);
  const faults = [...new Set(cells.map(({ cell }) => cell.fault))];
  return {
    tables: cells.map(({ cell, results }) => ({ title: titleOf(cell), rows: toRows(cell, results) })),
    plots: faults.flatMap((fault) => plotsOf(cells.filter(({ cell }) => cell.fault === fault))),
  };
}

type CellResults = ReturnType<typeof byRulesCell<Cell, Result>>[number];

/** Of one fault: for each set of rules the largest cluster, all with the same axes. */
function plotsOf(cells: readonly CellResults[]): Plot[] {
  const shown = (['memberlist', 'sharp'] as const).flatMap(
    (rules) => cells.findLast(({ cell }) => cell.rules === rules) ?? [],
  );
  const curves = shown.map(({ cell, results }) => toSeries(cell, results[0]!));
  const most = Math.max(...curves.flat().flatMap(({ points }) => points.map(({ y }) => y)));
  // Half a percent of air, that a curve may not be taken for the frame.
  const maxPercent = Math.floor(2 * most + 1) / 2;
  const spanS = Math.max(...shown.map(({ cell }) => cell.spanMs)) / 1_000;
  return shown.map(({ cell }, index) => ({
    title: `Members not listed: ${titleOf(cell)}`,
    x: { label: 'time since the fault began, s; the axis ends with it', min: 0, max: spanS },
    y: { label: 'members not listed, %, mean of those without a fault', min: 0, max: maxPercent },
    series: curves[index]!,
  }));
}

const faultTexts: Readonly<Record<Fault, string>> = {
  'flip-flop': 'nothing arrives for 20 s in 40',
  'ingress-loss': '80 % of what arrives is lost',
  'egress-loss': '80 % of what leaves is lost',
};

function titleOf({ nodeCount, fault, rules }: Cell): string {
  return `N = ${figureText(nodeCount)}, ${faultTexts[fault]}, rules ${rules}`;
}

function toRows(cell: Cell, results: readonly Result[]): ReportRow[] {
  const isOurs = cell.rules === 'sharp';
  const worst = (valuesOf: (result: Result) => readonly number[]): number => Math.max(...results.flatMap(valuesOf));
  const row = (quantity: string, ours: number, atMost?: number): ReportRow =>
    reportRow({
      label: titleOf(cell),
      sampleCount: results.length,
      quantity,
      ours,
      ...(isOurs && atMost !== undefined && { target: { atMost } }),
    });
  return [
    row('members without a fault declared dead by such, all runs', sum(results.map((r) => r.bystanderDeaths)), 0),
    row('members without a fault taken out by a batch, all runs', sum(results.map((r) => r.bystanderRemovals)), 0),
    row(
      'changes of a faulty member by plain events, mean of the worst observers',
      mean(results.flatMap((r) => r.plainChanges)),
    ),
    row(
      'changes of a faulty member by batches, worst',
      worst((r) => r.stableChanges),
      2,
    ),
    row('last change by a batch while the fault lasts, worst, s', worst((r) => r.decidedMs) / 1_000, 60),
    row('fewest members listed, mean over those without a fault', Math.min(...results.flatMap((r) => r.plainListed))),
    row('runs in which not all are in all lists two minutes later', results.filter((r) => !r.isHealed).length, 0),
  ];
}

function toSeries(cell: Cell, { plainListed, stableListed }: Result): PlotSeries[] {
  const series = (name: string, style: 'line' | 'wide', listedAt: readonly number[]): PlotSeries => ({
    name,
    kind: 'ours',
    style,
    points: listedAt.map((listed, index) => ({
      x: ((index + 1) * sampleMs) / 1_000,
      y: (100 * (cell.nodeCount - listed)) / cell.nodeCount,
    })),
  });
  return [series('stable view', 'wide', stableListed), series('membership', 'line', plainListed)];
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -17;
