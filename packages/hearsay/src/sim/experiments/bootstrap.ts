import type { ClusterEvent } from '../../cluster/index.ts';
import { randomFloat, SeededRng } from '../../util/index.ts';
import { quietNetwork } from '../sim-network.ts';
import type { SimNode } from '../sim-node.ts';
import { Simulator } from '../simulator.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentReport,
  type Plot,
  type PlotPoint,
  type ReportRow,
} from './experiment.ts';
import { byRulesCell, rulesCell, rulesLabel, type RulesCell } from './rules-cell.ts';
import { mean, sum } from './statistics.ts';

interface Result {
  /** From the joins on until every member lists all; null when that was not so within the limit. */
  readonly allMs: number | null;
  /** How many members a member lists, the mean of all: each second from the joins on. */
  readonly meanListed: readonly number[];
  /** Different sizes of its list that a member saw, of all members together, once a second as in the paper. */
  readonly plainSizes: number;
  /** Different sizes of the view that batches told of, of all members together. */
  readonly stableSizes: number;
  /** Joins that found the seed too busy and were tried again. */
  readonly failedJoins: number;
  /** Members declared dead, of whom all live. */
  readonly falseDeaths: number;
  /** Sent until all list all, per member. */
  readonly packetBytes: number;
  readonly streamBytes: number;
}

type Run = CellRun<RulesCell, Result>;

const aloneMs = 10_000;
const joinRetryMs = 1_000;
const secondMs = 1_000;
const pollMs = 50;
const limitMs = 240_000;
/** Batches wait for quiet: the last come after all list all. */
const afterwardsMs = 12_000;

/** Of five trials, in seconds: the mean of Rapid figure 5, and the slowest of figure 6. */
interface Trials {
  readonly meanS: number;
  readonly slowestS: number;
}

interface Published {
  readonly memberlist: Trials;
  readonly rapid: Trials;
  /** How many sizes of the list were seen with memberlist: table 1. */
  readonly sizes: number;
}

const published: Readonly<Partial<Record<number, Published>>> = {
  1_000: { memberlist: { meanS: 45.7, slowestS: 49.1 }, rapid: { meanS: 29.6, slowestS: 33.1 }, sizes: 901 },
  1_500: { memberlist: { meanS: 68.6, slowestS: 76.1 }, rapid: { meanS: 40, slowestS: 43.4 }, sizes: 1_383 },
  2_000: { memberlist: { meanS: 97.6, slowestS: 101.5 }, rapid: { meanS: 53.5, slowestS: 60.2 }, sizes: 1_858 },
};
const oursMaxS = 10;
const stableSizesMax = 10;

/** Rapid figures 5 and 6, table 1: thousands of processes start at once. */
export const bootstrap: Experiment<RulesCell, Result> = {
  name: 'bootstrap',
  title: 'A thousand and more join at once',
  source: 'Rapid (ATC 2018) §7, figures 5 and 6, table 1',
  settings: [
    'One member with the LAN preset is there for 10 s, then all others join through it at the same instant. Each looks at the number of members that it lists, itself included, every second; measured is from the joins on until all list all. A join that finds the seed too busy, which answers 127 at once, is tried again after half a second to one and a half.',
    'The paper had a hundred virtual machines with two cores each. Here messages cost time on the way (0.2 to 1.5 ms) but none to be handled: what is measured is the protocol.',
    'Published for the rules of memberlist are the figures of memberlist, beside those of hearsay the ones of Rapid: the mean and the slowest of five trials.',
  ],
  version: 1,
  seedCount: 1,
  cells: [
    { ...rulesCell(200, 'memberlist'), seedCount: 5 },
    { ...rulesCell(200, 'sharp'), seedCount: 5 },
    ...[1_000, 1_500, 2_000].flatMap((nodeCount) => [
      rulesCell(nodeCount, 'memberlist'),
      rulesCell(nodeCount, 'sharp'),
    ]),
  ],
  smokeCell: { ...rulesCell(30, 'sharp'), id: 'smoke' },
  run: (cell, seed) => new Bootstrap(cell, seed).run(),
  report,
};

class Bootstrap {
  readonly #cell: RulesCell;
  readonly #simulator: Simulator;
  readonly #plainSizes: Set<number> = new Set();
  readonly #stableSizes: Set<number> = new Set();
  readonly #rng: SeededRng;
  #failedJoinCount: number = 0;
  #falseDeathCount: number = 0;

  constructor(cell: RulesCell, seed: number) {
    this.#cell = cell;
    this.#simulator = new Simulator({ seed, network: quietNetwork });
    this.#rng = new SeededRng(seed, experimentStream);
    this.#simulator.observe({ onEvent: (node, event) => this.#note(node, event) });
  }

  run(): Result {
    const simulator = this.#simulator;
    this.#boot();
    simulator.runForMs(aloneMs);
    for (let i = 1; i < this.#cell.nodeCount; i++) this.#join(this.#boot());
    const { nodes } = simulator;
    const beganAtMs = simulator.nowMs;
    const meanListed: number[] = [];
    let areAllListed = false;
    for (let atMs = pollMs; atMs <= limitMs && !areAllListed; atMs += pollMs) {
      simulator.runForMs(pollMs);
      areAllListed = nodes.every(({ core }) => core.memberCount === nodes.length);
      if (atMs % secondMs === 0 || areAllListed) meanListed.push(this.#look());
    }
    const allMs = areAllListed ? simulator.nowMs - beganAtMs : null;
    const traffic = nodes.map((node) => node.takeTraffic());
    simulator.runForMs(afterwardsMs);
    return {
      allMs,
      meanListed,
      plainSizes: this.#plainSizes.size,
      stableSizes: this.#stableSizes.size,
      failedJoins: this.#failedJoinCount,
      falseDeaths: this.#falseDeathCount,
      packetBytes: Math.round(sum(traffic.map(({ bytesSent }) => bytesSent)) / nodes.length),
      streamBytes: Math.round(sum(traffic.map(({ streamBytesSent }) => streamBytesSent)) / nodes.length),
    };
  }

  #boot(): SimNode {
    const simulator = this.#simulator;
    const seeds = simulator.nodes.slice(0, 1).map(({ address }) => address);
    const node = simulator.addNode(`n${simulator.nodes.length + 1}`);
    simulator.boot(node, { rules: this.#cell.rules, evidence: false, stableView: {}, seeds });
    return node;
  }

  #join(node: SimNode): void {
    const seed = this.#simulator.nodes[0]!;
    node.step((core, nowMs) => core.join(nowMs, [seed.address]));
  }

  #note(node: SimNode, event: ClusterEvent): void {
    if (event.type === 'members-changed') this.#stableSizes.add(event.memberCount);
    else if (event.type === 'member-failed') this.#falseDeathCount += 1;
    else if (event.type === 'join-done' && event.joinedCount === 0) this.#joinLater(node);
  }

  #joinLater(node: SimNode): void {
    this.#failedJoinCount += 1;
    const inMs = joinRetryMs * (0.5 + randomFloat(this.#rng));
    this.#simulator.at(this.#simulator.nowMs + inMs, () => this.#join(node));
  }

  #look(): number {
    const sizes = this.#simulator.nodes.map(({ core }) => core.memberCount);
    for (const size of sizes) this.#plainSizes.add(size);
    return Number(mean(sizes).toFixed(1));
  }
}

function report(runs: readonly Run[]): ExperimentReport {
  const rows = byRulesCell(runs).flatMap(({ cell, results }) => toRows(cell, results));
  return { tables: rows.length === 0 ? [] : [{ title: 'From the joins on', rows }], plots: [plot(runs)] };
}

function toRows(cell: RulesCell, results: readonly Result[]): ReportRow[] {
  const isOurs = cell.rules === 'sharp';
  const common = { label: rulesLabel(cell), sampleCount: results.length };
  const paper = published[cell.nodeCount];
  const trials = isOurs ? paper?.rapid : paper?.memberlist;
  const timesMs = results.flatMap(({ allMs }) => allMs ?? []);
  /** Nothing when some run did not come to it. */
  const inS = (statistic: (values: readonly number[]) => number): { ours?: number } =>
    timesMs.length < results.length ? {} : { ours: statistic(timesMs) / 1_000 };
  const meanOf = (pick: (result: Result) => number): { ours: number } => ({ ours: mean(results.map(pick)) });
  return [
    reportRow({
      ...common,
      quantity: 'all list all, mean, s',
      ...inS(mean),
      ...(trials !== undefined && { published: trials.meanS }),
      ...(!isOurs && trials !== undefined && { target: { near: trials.meanS, byShare: 0.2 } }),
    }),
    reportRow({
      ...common,
      quantity: 'all list all, slowest run, s',
      ...inS((values) => Math.max(...values)),
      ...(trials !== undefined && { published: trials.slowestS }),
      ...(isOurs && { target: { atMost: oursMaxS } }),
    }),
    reportRow({
      ...common,
      quantity: 'different sizes of the list, seen once a second, mean',
      ...meanOf(({ plainSizes }) => plainSizes),
      ...(paper !== undefined && !isOurs && { published: paper.sizes }),
    }),
    reportRow({
      ...common,
      quantity: 'different sizes of the stable view, most of any run',
      ours: Math.max(...results.map(({ stableSizes }) => stableSizes)),
      ...(isOurs && { target: { atMost: stableSizesMax } }),
    }),
    reportRow({
      ...common,
      quantity: 'joins that found the seed too busy, mean',
      ...meanOf(({ failedJoins }) => failedJoins),
    }),
    reportRow({
      ...common,
      quantity: 'bytes in packets until then, per member',
      ...meanOf(({ packetBytes }) => packetBytes),
    }),
    reportRow({
      ...common,
      quantity: 'bytes on streams until then, per member',
      ...meanOf(({ streamBytes }) => streamBytes),
    }),
    reportRow({
      ...common,
      quantity: 'members declared dead, all runs',
      ours: sum(results.map(({ falseDeaths }) => falseDeaths)),
      ...(isOurs && { target: { atMost: 0 } }),
    }),
  ];
}

/** The beginning, when each lists itself, each second, and the instant at which all listed all. */
function pointsOf({ nodeCount }: RulesCell, { meanListed, allMs }: Result): PlotPoint[] {
  const lastS = (allMs ?? limitMs) / 1_000;
  return [1, ...meanListed].map((listed, index) => ({ x: Math.min(index, lastS), y: listed / nodeCount }));
}

function plot(runs: readonly Run[]): Plot {
  const measured = byRulesCell(runs).map(({ cell, results }) => ({
    name: rulesLabel(cell),
    kind: 'ours' as const,
    points: pointsOf(cell, results[0]!),
  }));
  return {
    title: 'Share of all members that a member lists, first run of each',
    x: { label: 'time since the joins, s', min: 0 },
    y: { label: 'share listed, mean of all members', min: 0, max: 1 },
    series: measured,
  };
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -22;
