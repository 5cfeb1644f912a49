import { assert } from '../../util/index.ts';
import type { Experiment } from './experiment.ts';
import { reportLifeguard } from './lifeguard-report.ts';
import { runLifeguard, type LifeguardRunResult } from './lifeguard-run.ts';
import { lifeguardCells, lifeguardConfigs, lifeguardNode, type LifeguardCell } from './lifeguard-setting.ts';

/** Keeps the chance of cells apart that have the same seed. Two configurations share that of a cell, to be compared. */
const seedsPerCell = 100_000;

/** Lifeguard §V: what blocked members do to healthy ones, and how soon crashes are found. */
export const lifeguard: Experiment<LifeguardCell, LifeguardRunResult> = {
  name: 'lifeguard',
  title: 'Lifeguard: false positives and detection times with blocked members',
  source: 'Lifeguard (arXiv 1707.00788v2) Tables IV to VII, Figure 2',
  settings: [
    '128 members, all on one machine in the paper: packets take 0.05 to 0.18 ms, handling one takes 20 µs, and a socket holds 425,984 bytes, which is what memberlist gets of the 2 MB it asks for. After 15 s of rest C random members are blocked for D in lock-step. Interval: again and again, with I between two blocks, until 120 s have passed, ending with a block. Threshold: once, until all see each other alive, or for 120 s.',
    'C is 1, 4, 8 … 32, D 128 ms to 32.8 s, I 1 ms to 16.4 s; K is 3, for our rules also 2 and 1. Times grow by local health up to eight-fold, as in the code. Those called paper follow the text: up to nine-fold, and as many periods lie between two probes. Those called slow take 500 µs for a packet, and grow nine-fold as well. SWIM has no local health, fixed suspicions and no buddy pings; with a beta of 1 confirmations are not passed on, which fits the published numbers of messages.',
    'Figures are scaled to the ten repetitions of all combinations of the paper. Cells with "sample" in their name are one in seven, more of those with long blocks and short intervals; what was not run is filled in as the product of a factor for C and one for D with I, fitted to what was run. Intervals are 95 % by drawing whole runs.',
    'Members carry a tag of 160 bytes and send no coordinates; packets are not compressed. So bytes are ours, and comparable with the published ones only by size.',
  ],
  version: 3,
  seedCount: 10,
  cells: lifeguardCells,
  smokeCell: {
    id: 'smoke',
    config: 'lifeguard a=5 b=6',
    anomalyCount: 2,
    blockMs: 2_048,
    intervalMs: 64,
    memberCount: 12,
    testMs: 20_000,
  },
  run,
  report: reportLifeguard,
};

function run(cell: LifeguardCell, seed: number): LifeguardRunResult {
  const config = lifeguardConfigs.find(({ name }) => name === cell.config);
  assert(config !== undefined, `there is a configuration ${cell.config}`);
  const { anomalyCount, blockMs, intervalMs, memberCount, testMs } = cell;
  const cellNumber = anomalyCount * 1_000 + Math.log2(blockMs) * 10 + (intervalMs === null ? 0 : Math.log2(intervalMs));
  return runLifeguard({
    seed: (seed - 1) * seedsPerCell + cellNumber,
    node: lifeguardNode(config),
    ...(config.packetHandlingMs !== undefined && { host: { packetHandlingMs: config.packetHandlingMs } }),
    anomalyCount,
    blockMs,
    ...(intervalMs !== null && { intervalMs }),
    ...(memberCount !== undefined && { memberCount }),
    ...(testMs !== undefined && { testMs }),
  });
}
