import type { RuleSetName } from '../../swim/index.ts';
import { randomFloat, SeededRng, shuffle } from '../../util/index.ts';
import type { Simulator } from '../simulator.ts';
import { reportRow, type CellRun, type Experiment, type ExperimentReport, type ReportRow } from './experiment.ts';
import { restingCluster } from './resting-cluster.ts';
import { byRulesCell, rulesLabel, type RulesCell } from './rules-cell.ts';
import { mean, quantile, shareInterval, sum } from './statistics.ts';
import { gossipOnly, heardWithin, ToldUpdates } from './told-updates.ts';

interface Cell extends RulesCell {
  /** Neither probes nor state exchanges. */
  readonly isGossipOnly: boolean;
  /** How long packets have been lost when the first update is told. */
  readonly lossyMs: number;
  readonly updateCount: number;
  readonly updatesPerSecond: number;
}

interface Result {
  readonly updateCount: number;
  /** Updates that everybody heard of within the limit. */
  readonly completeCount: number;
  /** Members that did not hear of an update within the limit, over all updates. */
  readonly missedCount: number;
  /** From an update until the last member heard of it: of each update that reached all in time. */
  readonly lastMs: readonly number[];
  /** Sent by a member in a second, while updates come. */
  readonly packetsPerSecond: number;
}

type Run = CellRun<Cell, Result>;

const loss = 0.5;
const heardLimitMs = 10_000;
const published = 0.71;

/** Whether an update reaches everybody when half of all packets are lost. */
export const broadcastCompleteness: Experiment<Cell, Result> = {
  name: 'broadcast-completeness',
  title: 'Updates that reach all while every second packet is lost',
  source: 'a model of the gossip ticker of memberlist, of our own and in another language',
  settings: [
    'Members with the LAN preset, at rest, of whose packets half get lost. One after the other changes its metadata, some in each second, so that an update shares its packets with those before and after it. An update is complete when all members hear of it within 10 s.',
    'The model has nothing but the ticks of gossip, so with the rules of memberlist there are neither probes nor state exchanges here. With the rules of hearsay there are both; what a member knows of the loss it knows from its probes, so packets have been lost for 40 s when the first update is told. What happens when the loss is new is shown as well.',
    'What is asked for, 0.9999 of all updates, would take ten thousand updates and more to show. The interval is Wilson’s.',
  ],
  version: 1,
  seedCount: 1,
  cells: [
    { ...cellOf('memberlist', 40), isGossipOnly: true, lossyMs: 0, updatesPerSecond: 2 },
    cellOf('sharp', 200),
    { ...cellOf('sharp', 50), id: 'rules=sharp, new loss', lossyMs: 0 },
  ],
  smokeCell: { ...cellOf('sharp', 10), id: 'smoke', nodeCount: 30, lossyMs: 5_000 },
  run: (cell, seed) => new Completeness(cell, seed).run(),
  report,
};

function cellOf(rules: RuleSetName, updateCount: number): Cell {
  const common = { nodeCount: 1_000, isGossipOnly: false, lossyMs: 40_000, updatesPerSecond: 10 };
  return { ...common, id: `rules=${rules}`, rules, updateCount };
}

class Completeness {
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
      network: { loss },
    });
    this.#updates = new ToldUpdates(this.#simulator);
  }

  run(): Result {
    const simulator = this.#simulator;
    const { lossyMs, nodeCount, updateCount, updatesPerSecond } = this.#cell;
    simulator.runForMs(lossyMs);
    const tellers = [...simulator.nodes];
    shuffle(this.#rng, tellers);
    for (const node of tellers) node.takeTraffic();
    const spanMs = (updateCount * 1_000) / updatesPerSecond;
    for (const [index, node] of tellers.slice(0, updateCount).entries()) {
      const atMs = ((index + randomFloat(this.#rng)) * 1_000) / updatesPerSecond;
      simulator.at(simulator.nowMs + atMs, () => this.#updates.tell(node, Uint8Array.of(1), heardLimitMs));
    }
    simulator.runForMs(spanMs);
    const packetsSent = sum(tellers.map((node) => node.takeTraffic().packetsSent));
    simulator.runForMs(heardLimitMs);
    const heard = this.#updates.all.map((update) => heardWithin(update, heardLimitMs));
    const complete = heard.filter(({ length }) => length === nodeCount);
    return {
      updateCount: heard.length,
      completeCount: complete.length,
      missedCount: sum(heard.map(({ length }) => nodeCount - length)),
      lastMs: complete.map((times) => times.at(-1)!),
      packetsPerSecond: packetsSent / nodeCount / (spanMs / 1_000),
    };
  }
}

function report(runs: readonly Run[]): ExperimentReport {
  const rows = byRulesCell(runs).flatMap(({ cell, results }) => toRows(cell, results));
  return { tables: rows.length === 0 ? [] : [{ title: 'Within 10 s', rows }], plots: [] };
}

function labelOf(cell: Cell): string {
  const { isGossipOnly, lossyMs } = cell;
  // With gossip alone nobody learns of the loss, however long it lasts.
  return `${rulesLabel(cell)}${isGossipOnly ? ', gossip only' : lossyMs === 0 ? ', new loss' : ''}`;
}

function toRows(cell: Cell, results: readonly Result[]): ReportRow[] {
  const updateCount = sum(results.map((result) => result.updateCount));
  const completeCount = sum(results.map((result) => result.completeCount));
  const isOurs = cell.rules === 'sharp';
  const common = { label: labelOf(cell), sampleCount: updateCount };
  const lastMs = results.flatMap((result) => result.lastMs);
  return [
    reportRow({
      ...common,
      quantity: 'updates that reach all, share',
      ours: completeCount / updateCount,
      interval: shareInterval(completeCount, updateCount),
      ...(cell.isGossipOnly && { published, target: { near: published, by: 0.1 } }),
      ...(isOurs && cell.lossyMs > 0 && { target: { atLeast: 0.9999 } }),
    }),
    reportRow({
      ...common,
      quantity: 'members that do not hear of an update, mean',
      ours: sum(results.map(({ missedCount }) => missedCount)) / updateCount,
      ...(cell.isGossipOnly && { published: 0.33 }),
    }),
    reportRow({
      ...common,
      quantity: 'until the last one hears of it, of updates that reach all, median, s',
      ours: quantile(lastMs, 0.5) / 1_000,
    }),
    reportRow({
      ...common,
      quantity: 'the same, slowest, s',
      ours: quantile(lastMs, 1) / 1_000,
    }),
    reportRow({
      ...common,
      quantity: 'packets a member sends in a second',
      ours: mean(results.map(({ packetsPerSecond }) => packetsPerSecond)),
    }),
  ];
}

/** Keeps the choices of an experiment apart from all other chance. */
const experimentStream = -24;
