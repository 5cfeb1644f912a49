import type { RuleSetName, SwimConfig } from '../../swim/index.ts';
import { randomInt, SeededRng } from '../../util/index.ts';
import type { Simulator } from '../simulator.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentReport,
  type Plot,
  type ReportRow,
} from './experiment.ts';
import { figureText } from './figure-text.ts';
import { restingCluster } from './resting-cluster.ts';
import { byRulesCell, rulesLabel, type RulesCell } from './rules-cell.ts';
import { mean, quantile, sum } from './statistics.ts';
import { gossipOnly, heardWithin, ToldUpdates } from './told-updates.ts';

interface Cell extends RulesCell {
  /** In the whole cluster. */
  readonly updatesPerSecond: number;
}

interface Result {
  /** Of all pairs of an update and a member: those in which the member heard of it within the limit. */
  readonly heardShare: number;
  /** Updates that everybody heard of within the limit. */
  readonly completeShare: number;
  /** From an update until 99 % know it: the median of all updates; null when it did not come to that. */
  readonly nearlyAllMs: number | null;
  /** From an update until 99 % know it: the worst of all. */
  readonly nearlyAllMostMs: number | null;
  /** Rumors that wait in a member, on average: each second. */
  readonly meanQueued: readonly number[];
  /** Sent by a member in a second, on average, while updates come. */
  readonly bytesPerSecond: number;
}

type Run = CellRun<Cell, Result>;

const updateBytes = 122;
const gossipBytesPerSecond = 21_000;
const spanMs = 10_000;
const heardLimitMs = 10_000;
const secondMs = 1_000;
const wantedPerSecond = 50;

const swim: Partial<SwimConfig> = {
  ...gossipOnly,
  compression: false,
  gossipMaxBytesPerSecond: gossipBytesPerSecond,
};

/** How many changes of members a cluster takes in a second before they wait in line. */
export const eventCapacity: Experiment<Cell, Result> = {
  name: 'event-capacity',
  title: 'Updates that 21 kB of gossip in a second can carry',
  source: "arithmetic on memberlist's code",
  settings: [
    `Members with the LAN preset, at rest. For ${spanMs / 1_000} s so many updates a second are told, each by another member and ${updateBytes} bytes long; then it is watched for ${heardLimitMs / 1_000} s what becomes of them.`,
    `A round of gossip is three packets of 1,400 bytes, five times a second: ${figureText(gossipBytesPerSecond)} bytes in a second, which the option gossipMaxBytesPerSecond forbids the rules of hearsay to exceed. There are no probes and no state exchanges, and nothing is compressed, so that the bytes are those of the arithmetic. No packet is lost.`,
    'The rules of memberlist send each rumor 16 times at these sizes, so that a member can retire 10.8 in a second. When more come, they wait.',
  ],
  version: 1,
  seedCount: 1,
  cells: [
    ...[10, 20, wantedPerSecond].map((perSecond) => cellOf(1_000, 'memberlist', perSecond)),
    cellOf(1_000, 'sharp', wantedPerSecond),
    cellOf(5_000, 'sharp', wantedPerSecond),
  ],
  smokeCell: { ...cellOf(40, 'sharp', 5), id: 'smoke' },
  run: (cell, seed) => new EventCapacity(cell, seed).run(),
  report,
};

function cellOf(nodeCount: number, rules: RuleSetName, updatesPerSecond: number): Cell {
  return { id: `n=${nodeCount} rules=${rules} updates=${updatesPerSecond}`, nodeCount, rules, updatesPerSecond };
}

class EventCapacity {
  readonly #cell: Cell;
  readonly #simulator: Simulator;
  readonly #rng: SeededRng;
  readonly #updates: ToldUpdates;

  constructor(cell: Cell, seed: number) {
    const { nodeCount, rules } = cell;
    this.#cell = cell;
    this.#rng = new SeededRng(seed, experimentStream);
    this.#simulator = restingCluster({ seed, nodeCount, node: { rules, evidence: false, swim } });
    this.#updates = new ToldUpdates(this.#simulator);
  }

  run(): Result {
    const simulator = this.#simulator;
    const { nodes } = simulator;
    const { nodeCount, updatesPerSecond } = this.#cell;
    const beganAtMs = simulator.nowMs;
    const count = Math.min(nodeCount, (updatesPerSecond * spanMs) / secondMs);
    for (let i = 0; i < count; i++) simulator.at(beganAtMs + (i * secondMs) / updatesPerSecond, () => this.#tell());
    for (const node of nodes) node.takeTraffic();
    const meanQueued: number[] = [];
    const watch = (forMs: number): void => {
      for (let atMs = 0; atMs < forMs; atMs += secondMs) {
        simulator.runForMs(secondMs);
        meanQueued.push(Number(mean(nodes.map(({ core }) => core.rumorCount)).toFixed(2)));
      }
    };
    watch(spanMs);
    const bytesSent = sum(nodes.map((node) => node.takeTraffic().bytesSent));
    watch(heardLimitMs);
    const heard = this.#updates.all.map((update) => heardWithin(update, heardLimitMs));
    const nearlyAll = heard.map((afterMs) => afterMs[Math.ceil(0.99 * nodeCount) - 1] ?? Infinity);
    const finite = (value: number): number | null => (value === Infinity ? null : value);
    return {
      heardShare: sum(heard.map(({ length }) => length)) / (heard.length * nodeCount),
      completeShare: heard.filter(({ length }) => length === nodeCount).length / heard.length,
      nearlyAllMs: finite(quantile(nearlyAll, 0.5)),
      nearlyAllMostMs: finite(quantile(nearlyAll, 1)),
      meanQueued,
      bytesPerSecond: bytesSent / nodeCount / (spanMs / secondMs),
    };
  }

  /** By a member that has told nothing yet, or its news would take the place of what it told before. */
  #tell(): void {
    const { nodes } = this.#simulator;
    let node = nodes[randomInt(this.#rng, nodes.length)]!;
    while (this.#updates.hasTold(node)) node = nodes[randomInt(this.#rng, nodes.length)]!;
    const meta = new Uint8Array(updateBytes - bareAliveBytes - node.name.length).fill(this.#updates.all.length + 1);
    this.#updates.tell(node, meta, heardLimitMs);
  }
}

/** An alive message without its name and its metadata. */
const bareAliveBytes = 58;

function report(runs: readonly Run[]): ExperimentReport {
  const rows = byRulesCell(runs).flatMap(({ cell, results }) => toRows(cell, results));
  return { tables: rows.length === 0 ? [] : [{ title: 'While updates come', rows }], plots: [plot(runs)] };
}

function labelOf(cell: Cell): string {
  return `${rulesLabel(cell)}, ${cell.updatesPerSecond} updates/s`;
}

function toRows(cell: Cell, results: readonly Result[]): ReportRow[] {
  const { rules, updatesPerSecond } = cell;
  const common = { label: labelOf(cell), sampleCount: results.length };
  const isWanted = rules === 'sharp' && updatesPerSecond >= wantedPerSecond;
  const queuedAt = (secondsIn: number): number => mean(results.map(({ meanQueued }) => meanQueued[secondsIn - 1]!));
  const endS = spanMs / secondMs;
  const medians = results.flatMap(({ nearlyAllMs }) => nearlyAllMs ?? []);
  const worst = results.flatMap(({ nearlyAllMostMs }) => nearlyAllMostMs ?? []);
  return [
    reportRow({
      ...common,
      quantity: 'heard of within 10 s, share of all pairs of update and member',
      ours: mean(results.map(({ heardShare }) => heardShare)),
      ...(isWanted && { target: { atLeast: 0.9999 } }),
    }),
    reportRow({
      ...common,
      quantity: 'updates that all heard of within 10 s, share',
      ours: mean(results.map(({ completeShare }) => completeShare)),
    }),
    reportRow({
      ...common,
      quantity: '99 % know it, median of the updates, s',
      ...(medians.length > 0 && { ours: mean(medians) / secondMs }),
    }),
    reportRow({
      ...common,
      quantity: '99 % know it, slowest update, s',
      ...(worst.length === results.length && { ours: Math.max(...worst) / secondMs }),
    }),
    reportRow({
      ...common,
      quantity: 'rumors that wait in a member, growth from half of the time to its end, per second',
      ours: (queuedAt(endS) - queuedAt(endS / 2)) / (endS / 2),
      ...(isWanted && { target: { atMost: 0.5 } }),
    }),
    reportRow({
      ...common,
      quantity: 'bytes a member sends in a second',
      ours: mean(results.map(({ bytesPerSecond }) => bytesPerSecond)),
      ...(isWanted && { target: { atMost: gossipBytesPerSecond } }),
    }),
  ];
}

function plot(runs: readonly Run[]): Plot {
  return {
    title: `Rumors that wait in a member, while updates come for ${spanMs / secondMs} s`,
    x: { label: 'time since the first update, s', min: 0 },
    y: { label: 'rumors, mean of all members', min: 0 },
    series: byRulesCell(runs).map(({ cell, results }) => ({
      name: labelOf(cell),
      kind: 'ours',
      style: 'line',
      points: results[0]!.meanQueued.map((y, index) => ({ x: index + 1, y })),
    })),
  };
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -23;
