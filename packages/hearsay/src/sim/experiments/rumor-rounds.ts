import { randomInt } from '../../util/index.ts';
import {
  reportRow,
  type CellRun,
  type Experiment,
  type ExperimentCell,
  type ExperimentReport,
  type Plot,
  type PlotPoint,
  type ReportRow,
} from './experiment.ts';
import { figureText, quantileText } from './figure-text.ts';
import { RumorCalls } from './rumor-calls.ts';
import { bootstrapInterval, mean, quantile } from './statistics.ts';

/** Push: who knows calls others and tells. Pull: who does not know calls another and is told. */
type Way = 'push' | 'pull' | 'push-pull';

interface Cell extends ExperimentCell {
  readonly way: Way;
  readonly callCount: number;
  readonly loss: number;
  readonly nodeCount: number;
  /** Rumors that one seed spreads. */
  readonly rumorCount: number;
}

interface Result {
  /** Of every rumor: rounds until all knew it. */
  readonly rounds: readonly number[];
}

type Run = CellRun<Cell, Result>;

/** Mean rounds until all know, for 100, 1,000, 10,000 and 100,000 nodes. */
const expected: readonly (readonly [Way, callCount: number, loss: number, means: readonly (number | undefined)[]])[] = [
  ['push', 1, 0, [12.3, 18.1, 23.7, 28.8]],
  ['push', 1, 0.25, [15.7, 23.1, 30.2, 37.4]],
  ['push', 3, 0, [5.7, 8.2, 10.6, 13.1]],
  ['push', 3, 0.1, [6.1, 8.7, 11.3, 14.1]],
  ['push', 3, 0.25, [6.9, 9.9, 12.9, 16.0]],
  ['push', 3, 0.5, [9.2, 13.3, 17.4, 21.5]],
  ['push', 4, 0, [4.9, 7.0, 9.0, 11.0]],
  ['pull', 1, 0, [9.8, 13.8, 17.5, 21.0]],
  ['push-pull', 1, 0, [6.5, 9.1, 11.6, 14.0]],
  ['push-pull', 1, 0.25, [8.4, 12.1, 15.6, 19.1]],
  ['push-pull', 1, 0.5, [11.9, 17.3, 22.6, 27.7]],
  ['push-pull', 3, 0, [undefined, 5.1, 6.7, 8.0]],
];
/** With how many rumors a seed. */
const sizes: readonly (readonly [nodeCount: number, rumorCount: number])[] = [
  [100, 200],
  [1_000, 100],
  [10_000, 40],
  [100_000, 4],
];
/** Largest size of those whose rounds vary so much that a mean within 0.2 would take hours. */
const restlessMaxNodes = 10_000;

/** How many rounds a rumor needs until everybody has heard it. */
export const rumorRounds: Experiment<Cell, Result> = {
  name: 'rumor-rounds',
  title: 'Rounds of a rumor until all know',
  source: 'a Monte Carlo of our own, in another language, for the means; Pittel 1987 for push',
  settings: [
    'A check of the simulator, not of the protocol: a small process on its event queue, its network (loss and latency) and its random numbers. Nodes, codec and protocol are not in it.',
    'All act once a round, by what they knew when it began. In push those who know call others; in pull those who do not know; in push-pull all, and rumors go both ways. Whom they call is drawn evenly from all others, different ones within a round. A lost call is lost in both directions.',
    'Pittel has log2 N + ln N + O(1) for push with one call and no loss; published beside our mean is that without the O(1), which is about one round.',
    'With 100,000 nodes only those that hardly vary from rumor to rumor are run: the others would need hundreds of rumors for a mean within 0.2 rounds.',
  ],
  version: 1,
  seedCount: 10,
  cells: expected.flatMap(([way, callCount, loss, means]) =>
    sizes
      .filter(
        ([nodeCount], index) =>
          means[index] !== undefined && (isSteady(way, callCount, loss) || nodeCount <= restlessMaxNodes),
      )
      .map(([nodeCount, rumorCount]) => cellOf(way, callCount, loss, nodeCount, rumorCount)),
  ),
  smokeCell: cellOf('push-pull', 1, 0.25, 100, 20),
  run: (cell, seed) => {
    const calls = new RumorCalls(seed, cell.loss);
    return { rounds: Array.from({ length: cell.rumorCount }, () => spread(cell, calls)) };
  },
  report,
};

function isSteady(way: Way, callCount: number, loss: number): boolean {
  return loss <= 0.1 && (callCount > 1 || way === 'push-pull');
}

function cellOf(way: Way, callCount: number, loss: number, nodeCount: number, rumorCount: number): Cell {
  const id = `${way} calls=${callCount} loss=${loss} n=${nodeCount}`;
  return { id, way, callCount, loss, nodeCount, rumorCount };
}

/** Rounds until the rumor of the first node is known to all. */
function spread({ way, callCount, nodeCount }: Cell, calls: RumorCalls): number {
  const heardInRound = new Int32Array(nodeCount).fill(never);
  heardInRound[0] = 0;
  let knowerCount = 1;
  let round = 0;
  const knewBefore = (node: number): boolean => heardInRound[node]! < round;
  const tell = (from: number, to: number): void => {
    if (!knewBefore(from) || heardInRound[to] !== never) return;
    heardInRound[to] = round;
    knowerCount += 1;
  };
  while (knowerCount < nodeCount) {
    round += 1;
    for (let node = 0; node < nodeCount; node++) {
      const mayCall = way === 'push-pull' || knewBefore(node) === (way === 'push');
      if (mayCall) callOthers(node, callCount, nodeCount, calls);
    }
    calls.endRound((from, to) => {
      if (way !== 'pull') tell(from, to);
      if (way !== 'push') tell(to, from);
    });
  }
  return round;
}

function callOthers(node: number, callCount: number, nodeCount: number, calls: RumorCalls): void {
  const called: number[] = [];
  while (called.length < callCount) {
    const drawn = randomInt(calls.rng, nodeCount - 1);
    const other = drawn < node ? drawn : drawn + 1;
    if (called.includes(other)) continue;
    called.push(other);
    calls.call(node, other);
  }
}

const never = 2 ** 31 - 1;

function report(runs: readonly Run[]): ExperimentReport {
  const tables = expected.flatMap(([way, callCount, loss, means]) => {
    const rows = sizes.flatMap(([nodeCount], index) => {
      const ofCell = runs.filter(({ cell }) => isOf(cell, way, callCount, loss) && cell.nodeCount === nodeCount);
      if (ofCell.length === 0) return [];
      const rows = toRows(nodeCount, means[index], ofCell);
      return isPittels(way, callCount, loss) ? [...rows, pittelRow(nodeCount, ofCell)] : rows;
    });
    return rows.length === 0 ? [] : [{ title: titleOf(way, callCount, loss), rows }];
  });
  return { tables, plots: [plot(runs)] };
}

function isOf(cell: Cell, way: Way, callCount: number, loss: number): boolean {
  return cell.way === way && cell.callCount === callCount && cell.loss === loss;
}

function titleOf(way: Way, callCount: number, loss: number): string {
  return `${way}, ${callCount} ${callCount === 1 ? 'call' : 'calls'} a round, ${100 * loss} % loss`;
}

function toRows(nodeCount: number, published: number | undefined, runs: readonly Run[]): ReportRow[] {
  const rounds = allRounds(runs);
  const label = `N = ${figureText(nodeCount)}`;
  const common = { label, sampleCount: rounds.length };
  return [
    reportRow({
      ...common,
      quantity: 'mean, rounds',
      ours: mean(rounds),
      interval: bootstrapInterval(rounds, mean, 400),
      ...(published !== undefined && { published, target: { near: published, by: 0.2 } }),
    }),
    reportRow({ ...common, quantity: `${quantileText(0.99, rounds.length)}, rounds`, ours: quantile(rounds, 0.99) }),
  ];
}

function isPittels(way: Way, callCount: number, loss: number): boolean {
  return way === 'push' && callCount === 1 && loss === 0;
}

/** On spreading a rumor (1987). */
function pittelRounds(nodeCount: number): number {
  return Math.log2(nodeCount) + Math.log(nodeCount);
}

function pittelRow(nodeCount: number, runs: readonly Run[]): ReportRow {
  const rounds = allRounds(runs);
  return reportRow({
    label: `N = ${figureText(nodeCount)}`,
    quantity: 'mean beside log2 N + ln N + O(1), rounds',
    published: pittelRounds(nodeCount),
    ours: mean(rounds),
    sampleCount: rounds.length,
  });
}

function plot(runs: readonly Run[]): Plot {
  const shown = expected.filter(([way, callCount, loss]) => loss === 0 && (way !== 'push' || callCount !== 4));
  return {
    title: 'Mean rounds of a rumor until all know, without loss',
    x: { label: 'nodes', isLog: true },
    y: { label: 'rounds', min: 0 },
    series: shown.flatMap(([way, callCount, loss, means]) => {
      const name = `${way} ${callCount}`;
      const points = sizes.flatMap(([nodeCount]) => {
        const ofCell = runs.filter(({ cell }) => isOf(cell, way, callCount, loss) && cell.nodeCount === nodeCount);
        return ofCell.length === 0 ? [] : [{ x: nodeCount, y: mean(allRounds(ofCell)) }];
      });
      const others = sizes.flatMap(([x], index) => (means[index] === undefined ? [] : [{ x, y: means[index] }]));
      return [
        { name: `${name}, measured`, kind: 'ours', points },
        { name: `${name}, Monte Carlo`, kind: 'published', style: 'points', points: others },
        ...(isPittels(way, callCount, loss)
          ? [{ name: `${name}, log2 N + ln N`, kind: 'bound', points: pittelPoints } as const]
          : []),
      ] as const;
    }),
  };
}

const pittelPoints: readonly PlotPoint[] = sizes.map(([x]) => ({ x, y: pittelRounds(x) }));

function allRounds(runs: readonly Run[]): number[] {
  return runs.flatMap(({ result }) => result.rounds);
}
