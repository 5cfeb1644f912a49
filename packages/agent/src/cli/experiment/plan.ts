import type { CellTask, Experiment, ExperimentCell } from 'hearsay/sim';

/** What of an experiment is to be run. */
export interface PlanOptions {
  /** Of each cell; undefined for what the cell or the experiment says. */
  readonly seedCount: number | undefined;
  readonly firstSeed: number;
  /** A part of the ids of the cells that are wanted; `*` stands for anything. Undefined for all. */
  readonly cellPattern: string | undefined;
}

/** The cells that are wanted, in their order. */
export function cellsOf({ cells }: Experiment, cellPattern: string | undefined): readonly ExperimentCell[] {
  if (cellPattern === undefined) return cells;
  const pieces = cellPattern.split('*').map((piece) => piece.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(pieces.join('.*'));
  return cells.filter(({ id }) => pattern.test(id));
}

/** One task for each wanted cell and seed. Seeds take turns, so that all cells have some results early. */
export function planTasks(experiment: Experiment, options: PlanOptions): readonly CellTask[] {
  const tasks = cellsOf(experiment, options.cellPattern).flatMap((cell) => {
    const seedCount = options.seedCount ?? cell.seedCount ?? experiment.seedCount;
    return Array.from({ length: seedCount }, (_, index) => ({
      experiment: experiment.name,
      cell: cell.id,
      seed: options.firstSeed + index,
    }));
  });
  return tasks.toSorted((a, b) => a.seed - b.seed);
}

/** How many runs an experiment has at full size. */
export function runCountOf({ cells, seedCount }: Experiment): number {
  return cells.reduce((total, cell) => total + (cell.seedCount ?? seedCount), 0);
}

/** The tasks of the wanted cells among those whose results are there already. */
export function tasksOf(
  experiment: Experiment,
  cellPattern: string | undefined,
  results: Iterable<Pick<CellTask, 'cell' | 'seed'>>,
): readonly CellTask[] {
  const wanted = new Set(cellsOf(experiment, cellPattern).map(({ id }) => id));
  return [...results]
    .filter(({ cell }) => wanted.has(cell))
    .map(({ cell, seed }) => ({ experiment: experiment.name, cell, seed }))
    .toSorted((a, b) => a.seed - b.seed);
}
