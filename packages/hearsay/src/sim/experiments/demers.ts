import { randomChance, randomInt } from '../../util/index.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type ReportRow,
} from './experiment.ts';
import { RumorCalls } from './rumor-calls.ts';
import { bootstrapInterval, sum } from './statistics.ts';

/** How a node loses interest. Feedback and counter: after `k` useless contacts on end. Blind and coin: with 1/k each time. */
type Variant = 'push-feedback-counter' | 'push-blind-coin' | 'pull-feedback-counter';

interface Cell extends ExperimentCell {
  readonly variant: Variant;
  readonly k: number;
  /** Rumors that one seed spreads. */
  readonly rumorCount: number;
}

/** Sums over the rumors of a seed. */
interface Result {
  readonly rumors: number;
  /** Nodes that never heard it. */
  readonly missed: number;
  /** Copies that were sent. */
  readonly sent: number;
  /** Cycles until the last that ever heard it did. */
  readonly lastCycles: number;
}

type Run = CellRun<Cell, Result>;

const nodeCount = 1_000;

interface Published {
  readonly residue: number;
  readonly traffic: number;
  readonly lastCycle?: number;
}

const published: Readonly<Record<Variant, readonly Published[]>> = {
  'push-feedback-counter': [
    { residue: 0.18, traffic: 1.7, lastCycle: 16.8 },
    { residue: 0.037, traffic: 3.3 },
    { residue: 0.011, traffic: 4.5 },
    { residue: 0.0036, traffic: 5.6 },
    { residue: 0.0012, traffic: 6.7, lastCycle: 17.7 },
  ],
  'push-blind-coin': [
    { residue: 0.96, traffic: 0.04, lastCycle: 38 },
    { residue: 0.2, traffic: 1.6, lastCycle: 33 },
    { residue: 0.06, traffic: 2.8, lastCycle: 32 },
    { residue: 0.021, traffic: 3.9, lastCycle: 32 },
    { residue: 0.008, traffic: 4.9, lastCycle: 32 },
  ],
  'pull-feedback-counter': [
    { residue: 3.1e-2, traffic: 2.7, lastCycle: 17.6 },
    { residue: 5.8e-4, traffic: 4.5, lastCycle: 15.4 },
    { residue: 4.0e-6, traffic: 6.1, lastCycle: 14 },
  ],
};

const titles: Readonly<Record<Variant, string>> = {
  'push-feedback-counter': 'Table 1: push, feedback and counter',
  'push-blind-coin': 'Table 2: push, blind and coin',
  'pull-feedback-counter': 'Table 3: pull, feedback and counter',
};

const variants = Object.keys(titles) as Variant[];

/** Demers et al. 1987, tables 1 to 3: rumors that nodes lose interest in. */
export const demersRumors: Experiment<Cell, Result> = {
  name: 'demers-rumors',
  title: 'Rumors that nodes lose interest in',
  source: 'Demers et al., Epidemic Algorithms for Replicated Database Maintenance (1987), tables 1 to 3',
  settings: [
    'A check of the simulator, not of the protocol: a small process on its event queue, its network (latency, no loss) and its random numbers. Nodes, codec and protocol are not in it.',
    'A thousand nodes. In a cycle each node with interest calls one other, drawn evenly (in pull, each node calls one). Contacts are judged by the state at the beginning of the cycle; a useful one sets the counter back to zero, and in pull one useful one of several in a cycle is enough.',
    'Residue is the share that never hears the rumor, traffic the copies sent per node, the last cycle that in which the last one to hear it does. Of the last cycle of table 1 only the ends of the range were read in the paper, for k = 1 and k = 5.',
  ],
  version: 1,
  seedCount: 6,
  cells: variants.flatMap((variant) => published[variant].map((_, index) => cellOf(variant, index + 1))),
  smokeCell: { id: 'smoke', variant: 'pull-feedback-counter', k: 1, rumorCount: 5 },
  run: (cell, seed) => {
    const calls = new RumorCalls(seed, 0);
    const rumors = Array.from({ length: cell.rumorCount }, () => new Rumor(cell, calls).spread());
    return {
      rumors: rumors.length,
      missed: sum(rumors.map(({ missed }) => missed)),
      sent: sum(rumors.map(({ sent }) => sent)),
      lastCycles: sum(rumors.map(({ lastCycle }) => lastCycle)),
    };
  },
  report,
};

function cellOf(variant: Variant, k: number): Cell {
  // In table 3 hardly anybody is missed, so that many rumors are needed to see it at all.
  const rumorCount = variant === 'pull-feedback-counter' && k === 3 ? 2_500 : 400;
  return { id: `${variant} k=${k}`, variant, k, rumorCount };
}

class Rumor {
  readonly #cell: Cell;
  readonly #calls: RumorCalls;
  /** The cycle in which a node heard the rumor. */
  readonly #heardIn: Int32Array = new Int32Array(nodeCount).fill(never);
  /** Useless contacts on end. */
  readonly #uselessCounts: Int32Array = new Int32Array(nodeCount);
  /** In this cycle: nothing, only useless contacts, or a useful one. */
  readonly #contacts: Uint8Array = new Uint8Array(nodeCount);
  #interested: number[] = [0];
  readonly #hasInterest: Uint8Array = new Uint8Array(nodeCount);
  #cycle: number = 0;
  #lastCycle: number = 0;
  #sentCount: number = 0;

  constructor(cell: Cell, calls: RumorCalls) {
    this.#cell = cell;
    this.#calls = calls;
    this.#heardIn[0] = 0;
    this.#hasInterest[0] = 1;
  }

  spread(): { missed: number; sent: number; lastCycle: number } {
    while (this.#interested.length > 0) {
      this.#cycle += 1;
      const newcomers: number[] = [];
      this.#callOthers();
      this.#calls.endRound((from, to) => this.#onArrival(from, to, newcomers));
      const still = this.#interested.filter((node) => this.#staysInterested(node));
      for (const node of newcomers) this.#hasInterest[node] = 1;
      this.#interested = [...still, ...newcomers];
    }
    const missed = this.#heardIn.filter((cycle) => cycle === never).length;
    return { missed, sent: this.#sentCount, lastCycle: this.#lastCycle };
  }

  #callOthers(): void {
    if (this.#cell.variant !== 'pull-feedback-counter') {
      for (const node of this.#interested) this.#calls.call(node, this.#drawOther(node));
      return;
    }
    for (let node = 0; node < nodeCount; node++) this.#calls.call(node, this.#drawOther(node));
  }

  #onArrival(from: number, to: number, newcomers: number[]): void {
    const [teller, hearer] = this.#cell.variant === 'pull-feedback-counter' ? [to, from] : [from, to];
    if (this.#hasInterest[teller] === 0) return;
    this.#sentCount += 1;
    const isUseful = this.#heardIn[hearer]! >= this.#cycle;
    if (isUseful) this.#contacts[teller] = useful;
    else if (this.#contacts[teller] === 0) this.#contacts[teller] = useless;
    if (this.#heardIn[hearer] !== never) return;
    this.#heardIn[hearer] = this.#cycle;
    this.#lastCycle = this.#cycle;
    newcomers.push(hearer);
  }

  /** At the end of a cycle. */
  #staysInterested(node: number): boolean {
    const contact = this.#contacts[node]!;
    this.#contacts[node] = 0;
    if (contact === 0) return true;
    const { variant, k } = this.#cell;
    this.#uselessCounts[node] = contact === useful ? 0 : this.#uselessCounts[node]! + 1;
    const stays = variant === 'push-blind-coin' ? !randomChance(this.#calls.rng, 1 / k) : this.#uselessCounts[node] < k;
    if (!stays) this.#hasInterest[node] = 0;
    return stays;
  }

  #drawOther(node: number): number {
    const drawn = randomInt(this.#calls.rng, nodeCount - 1);
    return drawn < node ? drawn : drawn + 1;
  }
}

const never = 2 ** 31 - 1;
const useless = 1;
const useful = 2;

function report(runs: readonly Run[]): ExperimentReport {
  const tables = variants.map((variant) => ({
    title: titles[variant],
    rows: published[variant].flatMap((figures, index) => toRows(index + 1, figures, ofCell(runs, variant, index + 1))),
  }));
  return { tables: tables.filter(({ rows }) => rows.length > 0), plots: [residuePlot(runs)] };
}

function ofCell(runs: readonly Run[], variant: Variant, k: number): readonly Run[] {
  return runs.filter(({ cell }) => cell.variant === variant && cell.k === k);
}

function toRows(k: number, { residue, traffic, lastCycle }: Published, runs: readonly Run[]): ReportRow[] {
  if (runs.length === 0) return [];
  return [
    toRow(k, 'residue, share of nodes', residue, runs, residueOf),
    toRow(k, 'traffic, copies per node', traffic, runs, (drawn) => perRumor(drawn, 'sent') / nodeCount),
    toRow(k, 'last cycle', lastCycle, runs, (drawn) => perRumor(drawn, 'lastCycles')),
  ];
}

function toRow(
  k: number,
  quantity: string,
  figure: number | undefined,
  runs: readonly Run[],
  statistic: (runs: readonly Run[]) => number,
): ReportRow {
  return reportRow({
    label: `k = ${k}`,
    quantity,
    ours: statistic(runs),
    interval: bootstrapInterval(runs, statistic),
    sampleCount: sum(runs.map(({ result }) => result.rumors)),
    ...(figure !== undefined && { published: figure, target: { near: figure, byShare: 0.1 } }),
  });
}

function residueOf(runs: readonly Run[]): number {
  return perRumor(runs, 'missed') / nodeCount;
}

function perRumor(runs: readonly Run[], what: 'missed' | 'sent' | 'lastCycles'): number {
  return sum(runs.map(({ result }) => result[what])) / sum(runs.map(({ result }) => result.rumors));
}

function residuePlot(runs: readonly Run[]): Plot {
  return {
    title: 'Share of nodes that never hear the rumor',
    x: { label: 'k' },
    y: { label: 'residue', isLog: true },
    series: variants.flatMap((variant) => {
      const name = titles[variant].replace(/^Table \d: /, '');
      const points = published[variant].flatMap((_, index) => {
        const residue = residueOf(ofCell(runs, variant, index + 1));
        return residue > 0 ? [{ x: index + 1, y: residue }] : [];
      });
      const theirs = published[variant].map(({ residue }, index) => ({ x: index + 1, y: residue }));
      return [
        { name: `${name}, measured`, kind: 'ours', points },
        { name: `${name}, published`, kind: 'published', style: 'points', points: theirs },
      ] as const;
    }),
  };
}
