import type { ClusterEvent } from '../../cluster/index.ts';
import { quietNetwork } from '../sim-network.ts';
import type { SimNode } from '../sim-node.ts';
import { Simulator, type SimNodeOptions } from '../simulator.ts';
import {
  byCell,
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type ReportRow,
} from './experiment.ts';
import { bootstrapInterval, mean } from './statistics.ts';
import { swimNode } from './swim-setting.ts';

/** `swim`: the paper's settings. `no-suspicion`: the same with the shortest suspicion there is. `default`: ours. */
type Variant = 'swim' | 'no-suspicion' | 'default';

interface Cell extends ExperimentCell {
  readonly variant: Variant;
  readonly spanMs: number;
}

interface Result {
  /** Every 5 s: how many members a member that runs lists on average. */
  readonly meanSizes: readonly number[];
  /** At the end, by the member that lists fewest. */
  readonly smallestView: number;
  /** How often a member took another one for failed. None ever was. */
  readonly falseDeaths: number;
}

type Run = CellRun<Cell, Result>;

const memberCount = 17;
const joinEveryMs = 5_000;
const lookEveryMs = 5_000;
const shortSpanMs = 175_000;
const longSpanMs = 3_600_000;
/** The group counts as stable from here on. */
const stableFromMs = 140_000;

/** SWIM figure 4: a group that grows while packets get lost. */
export const swimJoins: Experiment<Cell, Result> = {
  name: 'swim-joins',
  title: 'Seventeen members join one by one while packets get lost',
  source: 'SWIM (DSN 2002) §5, figure 4',
  settings: [
    `${memberCount} members join through the first, one every 5 s, while each packet is lost with 10 % at its receiver; after 175 s one looks at who is listed. All members run all the time.`,
    "As published: period 2 s, one helper, no probes over streams, no local health, no state exchanges but those of the joins, rumors on pings and acks. Suspicions take 10 log10(N) periods, which is the paper's 12 for N = 17; a rumor is sent up to 12 times (paper: 9). Rumors also have packets of their own, one every 2 s, which this code always sends.",
    'A member that was declared failed by mistake hears of it and says that it lives, as memberlist does it; in the paper it is out for good. So the group cannot shrink for good here. Without suspicion stands for the shortest suspicion that this code can have, 2 log10(N) periods.',
    'Default is a node as it comes: LAN timing, three helpers, probes over streams, state exchanges, all rules.',
  ],
  version: 1,
  seedCount: 20,
  cells: [
    { id: 'swim 175 s', variant: 'swim', spanMs: shortSpanMs },
    { id: 'no-suspicion 175 s', variant: 'no-suspicion', spanMs: shortSpanMs },
    { id: 'default 175 s', variant: 'default', spanMs: shortSpanMs },
    { id: 'default 1 h', variant: 'default', spanMs: longSpanMs },
  ],
  smokeCell: { id: 'smoke', variant: 'swim', spanMs: shortSpanMs },
  run: (cell, seed) => new Joins(cell, seed).run(),
  report,
};

class Joins {
  readonly #cell: Cell;
  readonly #simulator: Simulator;
  #falseDeathCount: number = 0;

  constructor(cell: Cell, seed: number) {
    this.#cell = cell;
    this.#simulator = new Simulator({ seed, network: { ...quietNetwork, loss: 0.1 } });
    const onEvent = (_node: SimNode, event: ClusterEvent): void => {
      if (event.type === 'member-failed') this.#falseDeathCount += 1;
    };
    this.#simulator.observe({ onEvent });
  }

  run(): Result {
    for (let i = 0; i < memberCount; i++) this.#simulator.at(i * joinEveryMs, () => this.#join());
    const meanSizes: number[] = [];
    while (this.#simulator.nowMs < this.#cell.spanMs) {
      this.#simulator.runForMs(lookEveryMs);
      meanSizes.push(Number(mean(this.#sizes()).toFixed(4)));
    }
    return { meanSizes, smallestView: Math.min(...this.#sizes()), falseDeaths: this.#falseDeathCount };
  }

  #join(): void {
    const simulator = this.#simulator;
    const first = simulator.nodes[0];
    const node = simulator.addNode(`n${simulator.nodes.length + 1}`);
    simulator.boot(node, nodeOptions(this.#cell.variant));
    if (first !== undefined) node.step((core, nowMs) => core.join(nowMs, [first.address]));
  }

  #sizes(): number[] {
    return this.#simulator.nodes.map(({ core }) => core.memberCount);
  }
}

function nodeOptions(variant: Variant): SimNodeOptions {
  if (variant === 'default') return {};
  const isShort = variant === 'no-suspicion';
  return swimNode({
    suspicionMult: isShort ? 2 : 10,
    retransmitMult: 6,
    gossipNodes: 1,
    // The shortest suspicion must leave five of these.
    gossipIntervalMs: isShort ? 800 : 2_000,
    streamTimeoutMs: 10_000,
  });
}

const published: Readonly<Partial<Record<Variant, number>>> = { swim: 12, 'no-suspicion': 4 };
const labels: Readonly<Record<Variant, string>> = {
  swim: 'SWIM with suspicion',
  'no-suspicion': 'SWIM without suspicion',
  default: 'default',
};

function report(runs: readonly Run[]): ExperimentReport {
  const rows = byCell(runs).flatMap(({ cell, runs: ofCell }) => toRows(cell, ofCell));
  return { tables: rows.length === 0 ? [] : [{ title: 'Members listed', rows }], plots: [plot(runs)] };
}

function toRows({ variant, spanMs }: Cell, runs: readonly Run[]): ReportRow[] {
  const common = { label: `${labels[variant]}, ${spanMs / 1_000} s`, sampleCount: runs.length };
  const isOurs = variant === 'default';
  const deathsPerRun = (drawn: readonly Run[]): number => mean(drawn.map(({ result }) => result.falseDeaths));
  return [
    reportRow({
      ...common,
      quantity: `members listed, mean ${isOurs ? 'at the end' : 'of 140 to 175 s'}`,
      ours: stableSize(runs),
      interval: bootstrapInterval(runs, stableSize),
      ...(published[variant] !== undefined && { published: published[variant] }),
      ...(variant === 'swim' && { target: { atLeast: 12 } }),
    }),
    reportRow({
      ...common,
      quantity: 'members listed, least of any member of any run',
      ours: Math.min(...runs.map(({ result }) => result.smallestView)),
      ...(isOurs && { target: { atLeast: memberCount } }),
    }),
    reportRow({
      ...common,
      quantity: 'false deaths seen by a member, per run',
      ours: deathsPerRun(runs),
      interval: bootstrapInterval(runs, deathsPerRun),
    }),
  ];
}

/** Mean of the views in the stable time, or at the end of a longer run. */
function stableSize(runs: readonly Run[]): number {
  return mean(
    runs.map(({ cell, result }) => {
      const from = cell.spanMs > shortSpanMs ? -1 : stableFromMs / lookEveryMs;
      return mean(result.meanSizes.slice(from));
    }),
  );
}

const variants = Object.keys(labels) as Variant[];

function plot(runs: readonly Run[]): Plot {
  const measured = variants.flatMap((variant, place) => {
    const ofVariant = runs.filter(({ cell }) => cell.variant === variant && cell.spanMs === shortSpanMs);
    if (ofVariant.length === 0) return [];
    const points = Array.from({ length: shortSpanMs / lookEveryMs }, (_, index) => ({
      x: ((index + 1) * lookEveryMs) / 1_000,
      y: mean(ofVariant.map(({ result }) => result.meanSizes[index]!)),
    }));
    // All may be the same, and would hide each other: each has its turn.
    const own = points.filter((_, index) => index % variants.length === place);
    return [{ name: `${labels[variant]}, measured`, kind: 'ours', style: 'points', points: own } as const];
  });
  const theirs = (['swim', 'no-suspicion'] as const).map((variant) => {
    const y = published[variant]!;
    const points = [stableFromMs, shortSpanMs].map((atMs) => ({ x: atMs / 1_000, y }));
    return { name: `${labels[variant]}, published`, kind: 'published', style: 'line', points } as const;
  });
  return {
    title: 'Members listed while 17 join, 10 % loss',
    x: { label: 'time since the first join, s', min: 0, max: shortSpanMs / 1_000 },
    y: { label: 'members listed, mean; of each every third look', min: 0, max: 18 },
    series: [...measured, ...theirs],
  };
}
