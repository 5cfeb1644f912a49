import type { RuleSetName } from '../../swim/index.ts';
import { listedPlot, runCrashes, type CrashCell, type CrashResult } from './crashes.ts';
import { reportRow, type CellRun, type Experiment, type ExperimentReport, type ReportRow } from './experiment.ts';
import { byRulesCell, rulesCell, rulesLabel } from './rules-cell.ts';
import { sum } from './statistics.ts';

type Run = CellRun<CrashCell, CrashResult>;

const crashShare = 0.05;

/** Five percent of all members crash at once, such as those of a rack or of a zone. */
export const massFailure: Experiment<CrashCell, CrashResult> = {
  name: 'mass-failure',
  title: 'One member in twenty crashes at once',
  source: 'our own',
  settings: [
    'As in the experiment with ten crashes, but one member in twenty crashes, with its machine. α is 4, as in the LAN preset. Not more than 10,000 members: each survivor keeps a record of some 250 bytes of each that failed, so that 5,000 of 100,000 would take 119 GB, before suspicions and rumors.',
  ],
  version: 2,
  seedCount: 3,
  cells: [
    { ...cellOf(1_000, 'memberlist'), seedCount: 1 },
    cellOf(1_000, 'sharp'),
    { ...cellOf(10_000, 'sharp'), seedCount: 1 },
  ],
  smokeCell: cellOf(40, 'sharp'),
  run: runCrashes,
  report,
};

function cellOf(nodeCount: number, rules: RuleSetName): CrashCell {
  const common = { suspicionMult: 4, suspicionConfirmations: 0, isHostUp: false };
  return { ...rulesCell(nodeCount, rules), crashCount: crashShare * nodeCount, ...common };
}

function report(runs: readonly Run[]): ExperimentReport {
  const rows = byRulesCell(runs).flatMap(({ cell, results }) => toRows(cell, results));
  return { tables: [{ title: 'From the crash on', rows }], plots: [listedPlot(runs)] };
}

function toRows(cell: CrashCell, results: readonly CrashResult[]): ReportRow[] {
  const common = { label: rulesLabel(cell), sampleCount: results.length };
  const isOurs = cell.rules === 'sharp';
  const times = results.flatMap(({ removedMs }) => removedMs.most ?? []);
  return [
    reportRow({
      ...common,
      quantity: 'all removed at 99 % of the survivors, slowest run, s',
      ...(times.length === results.length && { ours: Math.max(...times) / 1_000 }),
      ...(isOurs && { target: { atMost: 60 } }),
    }),
    reportRow({
      ...common,
      quantity: 'told in one batch, share of survivors, worst run',
      ours: Math.min(...results.map(({ oneBatchShare }) => oneBatchShare)),
    }),
    reportRow({
      ...common,
      quantity: 'survivors declared dead by survivors, all runs',
      ours: sum(results.map(({ bystanderDeaths }) => bystanderDeaths)),
      ...(isOurs && { target: { atMost: 0 } }),
    }),
  ];
}
