import type { RuleSetName } from '../../swim/index.ts';
import { randomFloat, randomInt, SeededRng } from '../../util/index.ts';
import type { Simulator } from '../simulator.ts';
import { drainQueues } from '../spread-experiment.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentReport,
  type Plot,
  type ReportRow,
} from './experiment.ts';
import { restingCluster } from './resting-cluster.ts';
import { byRulesCell, rulesCell, rulesLabel, type RulesCell } from './rules-cell.ts';
import { bootstrapInterval, mean, quantile, sum } from './statistics.ts';
import { gossipOnly, ToldUpdates } from './told-updates.ts';

interface Cell extends RulesCell {
  /** Nothing but ticks of gossip: no probes, on which rumors ride too, and no state exchanges. */
  readonly isGossipOnly: boolean;
  readonly updateCount: number;
}

/** How one update spread. Null: so many did not hear of it. */
interface Update {
  readonly halfMs: number | null;
  readonly nearlyAllMs: number | null;
  readonly lastMs: number | null;
  /** Packets of gossip that a member sent, on average. */
  readonly gossipPackets: number;
  /** All packets of a member: those of its probes as well. */
  readonly packets: number;
}

interface Result {
  readonly updates: readonly Update[];
}

type Run = CellRun<Cell, Result>;
type Times = readonly [halfMs: number, nearlyAllMs: number, lastMs: number];

const spreadLimitMs = 20_000;
const drainLimitMs = 60_000;

/** A model of memberlist's gossip ticker, by N: seconds until half, 99 % and the last one know. */
const modelled: Readonly<Record<number, Times>> = {
  1_000: [500, 810, 1_000],
  10_000: [650, 960, 1_310],
  100_000: [800, 1_110, 1_600],
};
const allowed: Times = [150, 350, 1_000];
const packetsMax = 24;

/** How fast one change of metadata reaches everybody, and what it costs. */
export const oneUpdate: Experiment<Cell, Result> = {
  name: 'one-update',
  title: 'One update among 1,000 to 100,000 members',
  source: 'a model of the gossip ticker of memberlist, of our own and in another language',
  settings: [
    'Members with the LAN preset, at rest. One of them changes its metadata at a random instant; measured is until half of all, 99 % and the last one list the change, and how many packets of gossip each sends until nobody has anything left to send. Latency is 0.2 to 1.5 ms, and no packet is lost.',
    'The model has nothing but the ticks of gossip, so with the rules of memberlist there are neither probes nor state exchanges here. With the rules of hearsay there are both, as in any cluster; packets of probes, which go out in any case, are not counted.',
    'Several updates in each run, one after the other. An interval is of whole runs.',
  ],
  version: 1,
  seedCount: 5,
  cells: [
    cellOf(1_000, 'memberlist', 10),
    cellOf(1_000, 'sharp', 10),
    { ...cellOf(10_000, 'memberlist', 5), seedCount: 3 },
    { ...cellOf(10_000, 'sharp', 5), seedCount: 3 },
    { ...cellOf(100_000, 'memberlist', 2), seedCount: 1 },
    { ...cellOf(100_000, 'sharp', 3), seedCount: 1 },
  ],
  smokeCell: { ...cellOf(50, 'sharp', 2), id: 'smoke' },
  run: (cell, seed) => new OneUpdate(cell, seed).run(),
  report,
};

function cellOf(nodeCount: number, rules: RuleSetName, updateCount: number): Cell {
  return { ...rulesCell(nodeCount, rules), isGossipOnly: rules === 'memberlist', updateCount };
}

class OneUpdate {
  readonly #cell: Cell;
  readonly #simulator: Simulator;
  readonly #rng: SeededRng;
  readonly #updates: ToldUpdates;

  constructor(cell: Cell, seed: number) {
    const { nodeCount, rules, isGossipOnly } = cell;
    this.#cell = cell;
    this.#rng = new SeededRng(seed, experimentStream);
    this.#simulator = restingCluster({
      seed,
      nodeCount,
      node: { rules, evidence: false, ...(isGossipOnly && { swim: gossipOnly }) },
    });
    this.#updates = new ToldUpdates(this.#simulator);
  }

  run(): Result {
    return { updates: Array.from({ length: this.#cell.updateCount }, (_, index) => this.#spread(index)) };
  }

  #spread(index: number): Update {
    const simulator = this.#simulator;
    const { nodes } = simulator;
    // Born at any phase of the interval, and not only in members that have just sent something.
    simulator.runForMs(1_000 + randomFloat(this.#rng) * 1_000);
    const gossipBefore = this.#gossipPacketCount();
    for (const node of nodes) node.takeTraffic();
    const teller = nodes[randomInt(this.#rng, nodes.length)]!;
    const { bornAtMs, heardAtMs } = this.#updates.tell(teller, Uint8Array.of(index), drainLimitMs);
    simulator.runUntil(() => heardAtMs.length === nodes.length, spreadLimitMs);
    drainQueues(simulator, drainLimitMs);
    const heard = (share: number): number | null => {
      const atMs = heardAtMs[Math.ceil(share * nodes.length) - 1];
      return atMs === undefined ? null : atMs - bornAtMs;
    };
    return {
      halfMs: heard(0.5),
      nearlyAllMs: heard(0.99),
      lastMs: heard(1),
      gossipPackets: (this.#gossipPacketCount() - gossipBefore) / nodes.length,
      packets: sum(nodes.map((node) => node.takeTraffic().packetsSent)) / nodes.length,
    };
  }

  #gossipPacketCount(): number {
    return sum(this.#simulator.nodes.map(({ core }) => core.stats.swim.gossipPackets));
  }
}

function report(runs: readonly Run[]): ExperimentReport {
  const rows = byRulesCell(runs).flatMap(({ cell, runs: ofCell }) => toRows(cell, ofCell));
  return { tables: [{ title: 'From the update on', rows }], plots: [plot(runs)] };
}

const quantities = ['half of all know it', '99 % know it', 'the last one knows it'] as const;

function toRows(cell: Cell, runs: readonly Run[]): ReportRow[] {
  const isOurs = cell.rules === 'sharp';
  const updates = runs.flatMap(({ result }) => result.updates);
  const common = { label: rulesLabel(cell), sampleCount: updates.length };
  const times = quantities.flatMap((quantity, index) => {
    const model = modelled[cell.nodeCount]?.[index];
    const statistic = (drawn: readonly Run[]): number => mean(timesOf(drawn, index)) / 1_000;
    const meanRow = reportRow({
      ...common,
      quantity: `${quantity}, mean, s`,
      ours: statistic(runs),
      interval: bootstrapInterval(runs, statistic),
      ...(model !== undefined && { published: model / 1_000 }),
      ...(isOurs && { target: { atMost: allowed[index]! / 1_000 } }),
      ...(!isOurs && model !== undefined && { target: { near: model / 1_000, byShare: 0.05 } }),
    });
    // One slow update in ten makes a mean that is like none of them.
    return [
      meanRow,
      reportRow({ ...common, quantity: `${quantity}, median update, s`, ...secondsAt(runs, index, 0.5) }),
      reportRow({ ...common, quantity: `${quantity}, slowest update, s`, ...secondsAt(runs, index, 1) }),
    ];
  });
  const packets = (drawn: readonly Run[]): number =>
    mean(drawn.flatMap(({ result }) => result.updates.map(({ gossipPackets }) => gossipPackets)));
  return [
    ...times,
    reportRow({
      ...common,
      quantity: 'packets of gossip for it, per member',
      ours: packets(runs),
      interval: bootstrapInterval(runs, packets),
      ...(isOurs && { target: { atMost: packetsMax } }),
    }),
    reportRow({
      ...common,
      quantity: 'updates that reached all, share',
      ours: updates.filter(({ lastMs }) => lastMs !== null).length / updates.length,
    }),
  ];
}

/** Of those updates that came so far. */
function timesOf(runs: readonly Run[], index: number): number[] {
  return allTimesOf(runs, index).flatMap((timeMs) => timeMs ?? []);
}

/** So many of all updates came so far within that time; nothing when they never did. */
function secondsAt(runs: readonly Run[], index: number, share: number): { ours?: number } {
  const timeMs = quantile(
    allTimesOf(runs, index).map((time) => time ?? Infinity),
    share,
  );
  return timeMs === Infinity ? {} : { ours: timeMs / 1_000 };
}

function allTimesOf(runs: readonly Run[], index: number): (number | null)[] {
  return runs
    .flatMap(({ result }) => result.updates)
    .map(({ halfMs, nearlyAllMs, lastMs }) => [halfMs, nearlyAllMs, lastMs][index] ?? null);
}

function plot(runs: readonly Run[]): Plot {
  const sizes = Object.keys(modelled).map(Number);
  const published = quantities.map((quantity, index) => ({
    name: `${quantity}, model`,
    kind: 'published' as const,
    style: 'points' as const,
    points: sizes.map((x) => ({ x, y: modelled[x]![index]! / 1_000 })),
  }));
  const measured = (['memberlist', 'sharp'] as const).flatMap((rules) =>
    quantities.map((quantity, index) => ({
      name: `${quantity}, rules ${rules}`,
      kind: 'ours' as const,
      // Not all sizes are run, and a line would make up those between.
      style: 'points' as const,
      points: byRulesCell(runs)
        .filter(({ cell, runs: ofCell }) => cell.rules === rules && timesOf(ofCell, index).length > 0)
        .map(({ cell, runs: ofCell }) => ({ x: cell.nodeCount, y: mean(timesOf(ofCell, index)) / 1_000 })),
    })),
  );
  return {
    title: 'How long one update takes',
    x: { label: 'members', isLog: true, min: Math.min(...sizes) / 2, max: Math.max(...sizes) * 2 },
    y: { label: 'time since the update, mean, s', isLog: true },
    series: [...published, ...measured],
  };
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -20;
