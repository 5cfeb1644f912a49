import type { ClusterEvent } from '../../cluster/index.ts';
import type { RuleSetName } from '../../swim/index.ts';
import { randomInt, SeededRng, shuffle } from '../../util/index.ts';
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
import { restingCluster } from './resting-cluster.ts';
import { byRulesCell, rulesLabel, type RulesCell } from './rules-cell.ts';
import { mean, quantile, sum } from './statistics.ts';

/** A cell of {@link crashes} and of `mass-failure`. */
export interface CrashCell extends RulesCell {
  readonly crashCount: number;
  readonly suspicionMult: number;
  readonly suspicionConfirmations: number;
  /** Whether the machines go on, whose ports then refuse, or die too. */
  readonly isHostUp: boolean;
}

/** What one run of a {@link CrashCell} gave. */
export interface CrashResult {
  /** From the crash on: when half, 99 % and all of the survivors had removed all that crashed; null when they never did. */
  readonly removedMs: Quantiles;
  /** When the batch with all that crashed was told there. */
  readonly batchMs: Quantiles;
  /** Share of the survivors that were told of all in one batch, with nobody else in it. */
  readonly oneBatchShare: number;
  /** Different sizes that a survivor's list had on the way, by the plain events and by batches; the mean of all. */
  readonly plainSizes: number;
  readonly stableSizes: number;
  /** Survivors declared dead by survivors. */
  readonly bystanderDeaths: number;
  /** How many members survivors list, the mean of all, each half second. */
  readonly meanListed: readonly number[];
}

interface Quantiles {
  readonly half: number | null;
  readonly most: number | null;
  readonly last: number | null;
}

type Run = CellRun<CrashCell, CrashResult>;

const watchedMs = 90_000;
/** So long after all have been told of all the watch ends. */
const afterMs = 10_000;
const sampleMs = 500;

/**
 * Rapid figure 8: by the rules of memberlist all ten are gone at 74 to 76 s on its clock, give or take 2 s, which fits a
 * crash at 60 s.
 */
const publishedS = [14, 16] as const;
const publishedTarget = { atLeast: 13, atMost: 18 } as const;

/** Rapid §7: ten of a thousand processes crash at once. */
export const crashes: Experiment<CrashCell, CrashResult> = {
  name: 'crashes',
  title: 'Ten crashes at once',
  source: 'Rapid (ATC 2018) §7, figure 8',
  settings: [
    'A thousand members with the LAN preset, at rest. Ten random ones crash at the same instant and the others are watched until ten seconds after all of them were told of all, for 90 s at most. In most cells the machines of the crashed processes go on, as in the paper, where processes were killed; their ports refuse connections.',
    'Removed means that a survivor has been told member-failed of all ten. A batch is a members-changed event of the stable view with its default marks. α is suspicionMult; with α = 2 three confirmations are asked for, as in the Lifeguard paper.',
  ],
  version: 2,
  seedCount: 5,
  cells: [
    { ...cellOf(1_000, 'memberlist', 4, 0, true), seedCount: 2 },
    { ...cellOf(1_000, 'sharp', 4, 0, true), seedCount: 2 },
    cellOf(1_000, 'sharp', 2, 3, true),
    cellOf(1_000, 'sharp', 2, 3, false),
  ],
  smokeCell: cellOf(40, 'sharp', 2, 3, true),
  run: runCrashes,
  report,
};

function cellOf(
  nodeCount: number,
  rules: RuleSetName,
  suspicionMult: number,
  suspicionConfirmations: number,
  isHostUp: boolean,
): CrashCell {
  const id = `n=${nodeCount} rules=${rules} alpha=${suspicionMult} hosts=${isHostUp ? 'up' : 'down'}`;
  return { id, nodeCount, crashCount: 10, rules, suspicionMult, suspicionConfirmations, isHostUp };
}

/** Lets some members of a resting cluster crash at once, and watches the others. */
export function runCrashes(cell: CrashCell, seed: number): CrashResult {
  return new Crashes(cell, seed).run();
}

/** What one survivor was told. */
interface Told {
  readonly removed: Set<string>;
  removedAllAtMs: number | null;
  readonly sizes: Set<number>;
  readonly batches: Extract<ClusterEvent, { type: 'members-changed' }>[];
  batchAtMs: number | null;
}

class Crashes {
  readonly #cell: CrashCell;
  readonly #simulator: Simulator;
  readonly #crashed: Set<SimNode>;
  readonly #names: Set<string>;
  readonly #told: Map<SimNode, Told> = new Map();
  #crashedAtMs: number = 0;
  #bystanderDeaths: number = 0;

  constructor(cell: CrashCell, seed: number) {
    this.#cell = cell;
    const { nodeCount, rules, suspicionMult, suspicionConfirmations } = cell;
    const swim = { suspicionMult, suspicionConfirmations };
    const node = { rules, swim, evidence: false, stableView: {} };
    this.#simulator = restingCluster({ seed, nodeCount, node });
    const rng = new SeededRng(seed, experimentStream);
    this.#simulator.runForMs(10_000 + randomInt(rng, 1_000));
    const nodes = [...this.#simulator.nodes];
    shuffle(rng, nodes);
    this.#crashed = new Set(nodes.slice(0, cell.crashCount));
    this.#names = new Set([...this.#crashed].map(({ name }) => name));
  }

  run(): CrashResult {
    const simulator = this.#simulator;
    for (const node of simulator.nodes) if (!this.#crashed.has(node)) this.#told.set(node, newTold());
    simulator.observe({ onEvent: (node, event) => this.#hear(node, event) });
    this.#crashedAtMs = simulator.nowMs;
    for (const node of this.#crashed) node.crash(this.#cell.isHostUp);
    const told = [...this.#told.values()];
    const meanListed: number[] = [];
    let endsAtMs = watchedMs;
    for (let atMs = 0; atMs < endsAtMs; atMs += sampleMs) {
      if (endsAtMs === watchedMs && told.every((survivor) => this.#isToldOfAll(survivor)))
        endsAtMs = Math.min(watchedMs, atMs + afterMs);
      meanListed.push(Number((this.#cell.nodeCount - mean(told.map(({ removed }) => removed.size))).toFixed(2)));
      simulator.runForMs(sampleMs);
    }
    return {
      removedMs: quantilesOf(told.map(({ removedAllAtMs }) => removedAllAtMs)),
      batchMs: quantilesOf(told.map(({ batchAtMs }) => batchAtMs)),
      oneBatchShare:
        told.filter(({ batchAtMs, batches }) => batchAtMs !== null && batches.length === 1).length / told.length,
      plainSizes: mean(told.map(({ sizes }) => sizes.size)),
      stableSizes: mean(told.map(({ batches }) => batches.length)),
      bystanderDeaths: this.#bystanderDeaths,
      meanListed,
    };
  }

  #isToldOfAll({ removedAllAtMs, batches }: Told): boolean {
    return removedAllAtMs !== null && sum(batches.map(({ failed }) => failed.length)) >= this.#cell.crashCount;
  }

  #hear(node: SimNode, event: ClusterEvent): void {
    const told = this.#told.get(node);
    if (told === undefined) return;
    const sinceMs = this.#simulator.nowMs - this.#crashedAtMs;
    if (event.type === 'members-changed') {
      told.batches.push(event);
      const isExact = event.failed.length === this.#cell.crashCount && event.joined.length + event.left.length === 0;
      if (isExact && event.failed.every(({ name }) => this.#names.has(name))) told.batchAtMs = sinceMs;
    }
    if (event.type !== 'member-failed') return;
    if (!this.#names.has(event.member.name)) {
      this.#bystanderDeaths += 1;
      return;
    }
    told.removed.add(event.member.name);
    told.sizes.add(told.removed.size);
    if (told.removed.size === this.#cell.crashCount) told.removedAllAtMs = sinceMs;
  }
}

function newTold(): Told {
  return { removed: new Set(), removedAllAtMs: null, sizes: new Set(), batches: [], batchAtMs: null };
}

function quantilesOf(times: readonly (number | null)[]): Quantiles {
  const known = times.map((time) => time ?? Infinity);
  const at = (share: number): number | null => {
    const time = quantile(known, share);
    return time === Infinity ? null : time;
  };
  return { half: at(0.5), most: at(0.99), last: at(1) };
}

function report(runs: readonly Run[]): ExperimentReport {
  const cells = byRulesCell(runs);
  return {
    tables: cells.map(({ cell, results }) => ({ title: titleOf(cell), rows: toRows(cell, results) })),
    plots: [listedPlot(runs)],
  };
}

/** How many of the crashed survivors list as time goes on, for each cell: a share, which clusters of all sizes have in common. */
export function listedPlot(runs: readonly Run[]): Plot {
  return {
    title: 'How many of the crashed members survivors still list, on average',
    x: { label: 'time since the crash, s', min: 0 },
    y: { label: 'crashed members still listed, %', min: 0, max: 100 },
    series: byRulesCell(runs).map(({ cell, results }) => toSeries(cell, results)),
  };
}

function titleOf(cell: CrashCell): string {
  const hosts = cell.isHostUp ? 'machines go on' : 'machines die too';
  return `${rulesLabel(cell)}, α = ${cell.suspicionMult}, ${hosts}`;
}

function toRows(cell: CrashCell, results: readonly CrashResult[]): ReportRow[] {
  const label = titleOf(cell);
  const common = { label, sampleCount: results.length };
  const isGo = cell.rules === 'memberlist';
  const isFast = cell.suspicionMult === 2;
  /** Nothing when it did not happen in some run. */
  const slowestS = (valueOf: (result: CrashResult) => number | null): { ours?: number } => {
    const times = results.map((result) => valueOf(result)).filter((time) => time !== null);
    return times.length < results.length ? {} : { ours: Math.max(...times) / 1_000 };
  };
  return [
    reportRow({
      ...common,
      quantity: 'all ten removed at 99 % of the survivors, slowest run, s',
      ...slowestS(({ removedMs }) => removedMs.most),
      ...(isGo && { published: publishedS, target: publishedTarget }),
      ...(isFast && { target: { atMost: 8 } }),
    }),
    reportRow({
      ...common,
      quantity: 'all ten removed at the last survivor, slowest run, s',
      ...slowestS(({ removedMs }) => removedMs.last),
    }),
    reportRow({
      ...common,
      quantity: 'told in one batch, share of survivors, worst run',
      ours: Math.min(...results.map(({ oneBatchShare }) => oneBatchShare)),
      ...(!isGo && { target: { atLeast: 0.99 } }),
    }),
    reportRow({
      ...common,
      quantity: 'that batch at 99 % of the survivors, slowest run, s',
      ...slowestS(({ batchMs }) => batchMs.most),
      ...(isFast && { target: { atMost: 8 } }),
    }),
    reportRow({
      ...common,
      quantity: 'different sizes of the list on the way, plain events, mean',
      ours: mean(results.map(({ plainSizes }) => plainSizes)),
    }),
    reportRow({
      ...common,
      quantity: 'different sizes of the list on the way, stable view, mean',
      ours: mean(results.map(({ stableSizes }) => stableSizes)),
    }),
    reportRow({
      ...common,
      quantity: 'survivors declared dead by survivors, all runs',
      ours: results.reduce((total, { bystanderDeaths }) => total + bystanderDeaths, 0),
      target: { atMost: 0 },
    }),
  ];
}

function toSeries(cell: CrashCell, results: readonly CrashResult[]): PlotSeries {
  const sampleCount = Math.max(...results.map(({ meanListed }) => meanListed.length));
  const survivorCount = cell.nodeCount - cell.crashCount;
  const points = Array.from({ length: sampleCount }, (_, index) => {
    const listed = mean(results.map(({ meanListed }) => meanListed[index] ?? meanListed.at(-1)!));
    return { x: (index * sampleMs) / 1_000, y: (100 * (listed - survivorCount)) / cell.crashCount };
  });
  return { name: titleOf(cell), kind: 'ours', style: 'line', points };
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -13;
