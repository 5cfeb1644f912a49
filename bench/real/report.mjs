/** The tables of bench/real.mjs. */
import { bootstrapInterval, mean, quantile, sum } from '../../packages/hearsay/dist/sim/experiments/statistics.js';
import { figure, table } from '../lib/figures.mjs';
import { sides } from './plan.mjs';

/** Above that share of late ticks of the healthy, the machine was too busy for this side. */
const lateShareMax = 0.01;

/**
 * @param {any[]} lines of the raw file
 * @param {Readonly<Record<string, import('./experiments.mjs').RealCell>>} cells
 */
export function reportText(lines, cells) {
  const [{ machine, goVersion, commit, size, seed }] = lines;
  const measured = lines.filter(({ kind }) => kind === 'cell');
  const repetitions = new Set(measured.map(({ repetition }) => repetition)).size;
  const parts = [
    `${machine}; ${goVersion}; hearsay at ${commit}.`,
    `${size} processes a side, ${repetitions} repetitions, all sides at the same time, the same members in trouble on all ` +
      `sides (seed ${seed}). In brackets: 95 % intervals, by drawing whole repetitions.`,
  ];
  for (const [name, cell] of Object.entries(cells)) {
    const runs = measured.filter((line) => line.cell === name);
    if (runs.length === 0) continue;
    const [head, row] = cell.kind === 'interval' ? [intervalHead, intervalRow] : [outageHead, outageRow];
    const present = Object.keys(sides).filter((side) => runs.some((run) => run.side === side));
    const ofSide = (side) => runs.filter((run) => run.side === side);
    const rows = present.map((side) => [sides[side].title, ...row(ofSide(side))]);
    parts.push(`### ${titleOf(cell, size)}`, table(['side', ...head], rows));
  }
  parts.push(`### Whether the machine kept up`, busyTable(measured));
  return `${parts.join('\n\n')}\n`;
}

/** @param {import('./experiments.mjs').RealCell} cell @param {number} size */
function titleOf(cell, size) {
  if (cell.kind === 'pause') return `${cell.concurrent} of ${size} stand still at the same moment`;
  if (cell.kind === 'kill') return `${cell.concurrent} of ${size} are killed at the same moment, on a host that lives`;
  const { concurrent, blockMs, gapMs, spanMs } = cell;
  const rhythm = `${figure(blockMs / 1_000)} s paused and ${gapMs} ms running in turn`;
  return `${concurrent} of ${size} are ${rhythm}, for ${spanMs / 1_000} s or more`;
}

const intervalHead = [
  'false suspicions a run',
  'false positives a run',
  'of them at healthy members',
  'packets a node and second',
  'UDP bytes',
  'TCP bytes',
  'CPU ms',
];

function intervalRow(runs) {
  const keys = ['falseSuspicions', 'falsePositives', 'atHealthy', 'packets', 'udpBytes', 'tcpBytes', 'cpuMs'];
  return keys.map((key) => estimate(runs, (drawn) => mean(drawn.map((run) => run[key]))));
}

const outageHead = [
  'first own suspicion, median, s',
  'first detection, median, s',
  'its 9th of 10, s',
  'its last, s',
  'detection by all, median, s',
  'its last, s',
  'not detected by all',
  'false positives a run',
];

function outageRow(runs) {
  // What has not happened came later than all that has.
  const values = (drawn, key) =>
    drawn.flatMap(({ detections }) => detections.map((one) => (one[key] ?? Number.POSITIVE_INFINITY) / 1_000));
  const at = (key, share) => estimate(runs, (drawn) => quantile(values(drawn, key), share));
  const last = (key) => figure(Math.max(...values(runs, key)));
  const missed = values(runs, 'fullMs').filter((value) => !Number.isFinite(value)).length;
  return [
    at('suspectedMs', 0.5),
    at('firstMs', 0.5),
    at('firstMs', 0.9),
    last('firstMs'),
    at('fullMs', 0.5),
    last('fullMs'),
    `${missed} of ${values(runs, 'fullMs').length}`,
    estimate(runs, (drawn) => mean(drawn.map((run) => run.falsePositives))),
  ];
}

/** The figure, and in brackets its 95 % interval, when there are enough runs for one. */
function estimate(runs, statistic) {
  const interval = bootstrapInterval(runs, statistic);
  const text = figure(statistic(runs));
  return interval === undefined ? text : `${text} (${figure(interval[0])} to ${figure(interval[1])})`;
}

function busyTable(runs) {
  const present = Object.keys(sides).filter((side) => runs.some((run) => run.side === side));
  const rows = present.map((side) => {
    const some = runs.filter((run) => run.side === side);
    const share = (run) => run.lateTicks / run.ticks;
    const busy = some.filter((run) => share(run) > lateShareMax);
    return [
      sides[side].title,
      `${sum(some.map((run) => run.lateTicks))} of ${figure(sum(some.map((run) => run.ticks)))}`,
      figure(Math.max(...some.map((run) => run.worstLateMs))),
      `${busy.length} of ${some.length}${busy.map(({ cell, repetition }) => `, ${cell} ${repetition}`).join('')}`,
      `${some.filter((run) => !run.recovered).length}`,
      `${figure(Math.min(...some.map((run) => run.load)))} to ${figure(Math.max(...some.map((run) => run.load)))}`,
    ];
  });
  const head = [
    'side',
    'ticks of healthy members > 100 ms late',
    'worst, ms',
    'runs with > 1 % late',
    'runs after which not all listed all within 90 s',
    'load average',
  ];
  return table(head, rows);
}
