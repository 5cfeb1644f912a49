/**
 * One setting in which an {@link Experiment} is run: plain JSON data, made once and not changed.
 */
export interface ExperimentCell {
  /** Tells the cell from all others of its experiment, like `n=128 mode=asynchronous`. */
  readonly id: string;
  /** Seeds it is run with at full size. @defaultValue {@link Experiment.seedCount} */
  readonly seedCount?: number;
}

/** What one cell gave with one seed. */
export interface CellRun<Cell extends ExperimentCell = ExperimentCell, Result = unknown> {
  readonly cell: Cell;
  readonly seed: number;
  readonly result: Result;
}

/**
 * A measurement that anybody can repeat: a published one on our code, or one of our own.
 *
 * `Cell` and `Result` are plain JSON data, so that a cell may run in a worker and a result be kept in a file.
 */
export interface Experiment<Cell extends ExperimentCell = ExperimentCell, Result = unknown> {
  /** In lower case with hyphens, like `swim-first-detection`: how it is asked for, and the name of its page. */
  readonly name: string;
  readonly title: string;
  /** Where the figures it is held against come from: the paper with its section or table, or 'our own'. */
  readonly source: string;
  /** The setting in words, and what is scaled down or otherwise than published. One paragraph each. */
  readonly settings: readonly string[];
  /** To be raised whenever results made before no longer compare with those made from now on. */
  readonly version: number;
  /** Seeds of a cell at full size. */
  readonly seedCount: number;
  /** At full size. */
  readonly cells: readonly Cell[];
  /** A cell so small that it runs in about a second, for tests. It need not be one of {@link cells}. */
  readonly smokeCell: Cell;
  /** Runs one cell: the same cell and seed give the same result, to the last digit. */
  run(cell: Cell, seed: number): Result;
  /** What any runs of the current version show. Copes with cells that are missing. */
  report(runs: readonly CellRun<Cell, Result>[]): ExperimentReport;
}

/** What the runs of an experiment show, as plain data. */
export interface ExperimentReport {
  readonly tables: readonly ReportTable[];
  readonly plots: readonly Plot[];
}

/** Figures that belong together. */
export interface ReportTable {
  readonly title: string;
  readonly rows: readonly ReportRow[];
}

/** What a figure has to be. `by` is absolute, `byShare` a share of `near`; with both bounds it has to lie between them. */
export type Target =
  | { readonly near: number; readonly by: number }
  | { readonly near: number; readonly byShare: number }
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly atLeast: number; readonly atMost: number };

/** One figure of ours, beside the published one. To be made with {@link reportRow}. */
export interface ReportRow {
  /** Which setting, like `N = 128, α = 5`. */
  readonly label: string;
  /** What was measured, with its unit, like `first detection, median, s`. */
  readonly quantity: string;
  /** Two where no more can be read off a figure than between what it lies. */
  readonly published?: number | readonly [low: number, high: number];
  /** Undefined when it did not happen, or nothing was run yet. */
  readonly ours?: number;
  /** 95 % confidence interval, when the figure is an estimate. */
  readonly interval?: readonly [low: number, high: number] | undefined;
  /** How many runs or events it rests on. */
  readonly sampleCount?: number;
  readonly target?: Target;
  /** `informational` when there is no target. */
  readonly verdict: Verdict;
}

/** Whether a figure is what it has to be. */
export type Verdict = 'met' | 'missed' | 'informational';

/** Each cell that was run, with its runs and what they gave, in the order in which cells first come. */
export function byCell<Cell extends ExperimentCell, Result>(
  runs: readonly CellRun<Cell, Result>[],
): { readonly cell: Cell; readonly runs: readonly CellRun<Cell, Result>[]; readonly results: readonly Result[] }[] {
  const cells = [...new Map(runs.map(({ cell }) => [cell.id, cell])).values()];
  return cells.map((cell) => {
    const ofCell = runs.filter((run) => run.cell.id === cell.id);
    return { cell, runs: ofCell, results: ofCell.map(({ result }) => result) };
  });
}

/** A row with its verdict. A figure with a target that could not be measured has missed it. */
export function reportRow(row: Omit<ReportRow, 'verdict'>): ReportRow {
  return { ...row, verdict: verdictOf(row) };
}

function verdictOf({ target, ours }: Omit<ReportRow, 'verdict'>): Verdict {
  if (target === undefined) return 'informational';
  if (ours === undefined || Number.isNaN(ours)) return 'missed';
  return meets(ours, target) ? 'met' : 'missed';
}

function meets(ours: number, target: Target): boolean {
  if ('near' in target) {
    const by = 'by' in target ? target.by : Math.abs(target.near) * target.byShare;
    return Math.abs(ours - target.near) <= by;
  }
  const isEnough = !('atLeast' in target) || ours >= target.atLeast;
  return isEnough && (!('atMost' in target) || ours <= target.atMost);
}

/** A drawing of results. */
export interface Plot {
  readonly title: string;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  readonly series: readonly PlotSeries[];
}

/** What an axis shows. */
export interface PlotAxis {
  /** With the unit, like `time since the crash, s`. */
  readonly label: string;
  /** @defaultValue linear; of a logarithmic axis all values are above 0 */
  readonly isLog?: boolean;
  /** @defaultValue what the points need */
  readonly min?: number;
  /** @defaultValue what the points need */
  readonly max?: number;
}

/** Points of one kind, in the order in which a line joins them. */
export interface PlotSeries {
  readonly name: string;
  /** `published` points stand beside `ours`; a `bound` is a formula or a limit. */
  readonly kind: 'ours' | 'published' | 'bound';
  /**
   * `wide` is a line that is still seen when another one lies on it.
   *
   * @defaultValue both points and a line; a bound is a line
   */
  readonly style?: 'points' | 'line' | 'wide';
  readonly points: readonly PlotPoint[];
}

/** A point, with its confidence interval when there is one. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  /** Written beside the point. Use it seldom. */
  readonly label?: string;
}
