import { arch, cpus, platform } from 'node:os';
import type { CellRun, CellTask, Experiment, ExperimentReport } from 'hearsay/sim';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { libraryBuild } from './build.ts';
import type { ExperimentDocument } from './documents.ts';
import { cellsOf, planTasks, tasksOf } from './plan.ts';
import { Progress } from './progress.ts';
import { ResultsFile, type ResultLine, type ResultsUse } from './results-file.ts';
import { runTasks } from './workers.ts';

/** What is run, and where its results are kept. */
export interface ExperimentRunOptions {
  readonly seeds?: number;
  readonly firstSeed: number;
  readonly cells?: string;
  readonly workers: number;
  readonly out: string;
  readonly again?: boolean;
  /** Run nothing, and report all that the file holds. */
  readonly kept?: boolean;
}

/** One experiment with its results file: first what is missing there is run, then all of it is read. */
export class ExperimentRun {
  readonly #experiment: Experiment;
  readonly #options: ExperimentRunOptions;
  readonly #io: Io;
  readonly #tasks: readonly CellTask[];
  readonly #file: ResultsFile;

  /**
   * @throws `CliError` when there is no such cell, the results file is none of this experiment and build, or only what it
   * holds is asked for, of whichever build, and it holds nothing
   */
  constructor(experiment: Experiment, options: ExperimentRunOptions, io: Io) {
    this.#experiment = experiment;
    this.#options = options;
    this.#io = io;
    const { seeds: seedCount, firstSeed, cells: cellPattern } = options;
    const planned = planTasks(experiment, { seedCount, firstSeed, cellPattern });
    if (planned.length === 0) throw new CliError(`${experiment.name} has no cell with ${cellPattern} in its name`);
    const header = headerOf(experiment);
    this.#file = new ResultsFile(options.out, header, useOf(options));
    const { build } = this.#file.header;
    if (build !== header.build) {
      io.err(`${options.out} holds results of build ${build} of the library; this is ${header.build}.\n`);
    }
    this.#tasks = options.kept === true ? tasksOf(experiment, cellPattern, this.#file.lines()) : planned;
    if (this.#tasks.length === 0) throw new CliError(`${options.out} holds no such results`);
  }

  /** Resolves to false when `signal` was aborted before all runs were done. What was done by then is kept. */
  async finish(signal: AbortSignal): Promise<boolean> {
    const missing = this.#tasks.filter(({ cell, seed }) => this.#file.get(cell, seed) === undefined);
    const taskCount = this.#tasks.length;
    const knownCount = taskCount - missing.length;
    if (knownCount > 0 && this.#options.kept !== true) {
      this.#io.err(`${knownCount} of ${taskCount} runs were in ${this.#file.path}.\n`);
    }
    if (missing.length === 0) return true;
    const progress = new Progress(this.#io, taskCount, knownCount);
    const onResult = (line: ResultLine): void => {
      this.#file.add(line);
      progress.onDone(line.cell, line.seed);
    };
    const { workers: workerCount, again } = this.#options;
    try {
      await runTasks(missing, { workerCount, onResult, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      progress.end();
    }
    if (progress.doneCount === this.#tasks.length) {
      if (missing.length > 0)
        this.#io.err(`${progress.doneCount} runs are in ${this.#file.path}; the report follows.\n`);
      return true;
    }
    const sameCommand = again === true ? 'the same command without --again' : 'the same command';
    this.#io.err(
      `Interrupted: ${progress.doneCount} of ${taskCount} runs are in ${this.#file.path}; ${sameCommand} goes on with the rest.\n`,
    );
    return false;
  }

  document(): ExperimentDocument {
    const { name, title, source, settings, version } = this.#experiment;
    const { build, startedAt, node, machine } = this.#file.header;
    const runCounts = new Map<string, number>();
    for (const { cell } of this.#tasks) runCounts.set(cell, (runCounts.get(cell) ?? 0) + 1);
    const cells = cellsOf(this.#experiment, this.#options.cells).filter(({ id }) => runCounts.has(id));
    const byId = new Map(cells.map((cell) => [cell.id, cell]));
    const runs = this.#tasks.map(({ cell: id, seed }) => {
      const { result } = this.#file.get(id, seed)!;
      return { cell: byId.get(id)!, seed, result };
    });
    const report = this.#report(runs);
    return {
      schema: 'hearsay/experiment/1',
      ok: report.tables.every(({ rows }) => rows.every(({ verdict }) => verdict !== 'missed')),
      name,
      title,
      source,
      settings,
      version,
      build,
      startedAt,
      node,
      machine,
      cells: cells.map(({ id }) => id),
      seeds: {
        first: this.#tasks[0]!.seed,
        perCell: cells.map(({ id }) => runCounts.get(id)!),
      },
      runs: runs.length,
      wallMs: this.#tasks.reduce((total, { cell, seed }) => total + this.#file.get(cell, seed)!.wallMs, 0),
      ...report,
    };
  }

  /** @throws `CliError` when a result is none of this experiment: it names the first whose report fails by itself */
  #report(runs: readonly CellRun[]): ExperimentReport {
    try {
      return this.#experiment.report(runs);
    } catch (error) {
      for (const run of runs) {
        const failure = this.#failureOf(run);
        if (failure !== undefined) this.#file.refuse(run.cell.id, run.seed, failure);
      }
      throw error;
    }
  }

  #failureOf(run: CellRun): string | undefined {
    try {
      this.#experiment.report([run]);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function useOf({ again, kept }: ExperimentRunOptions): ResultsUse {
  if (kept === true) return 'kept';
  return again === true ? 'again' : 'go-on';
}

function headerOf({ name, version }: Experiment): ResultsFile['header'] {
  const [first, ...others] = cpus();
  return {
    format: 'hearsay/experiment-results/1',
    experiment: name,
    version,
    build: libraryBuild(),
    startedAt: new Date().toISOString(),
    node: process.version,
    machine: `${first?.model.trim() ?? 'unknown processor'} × ${1 + others.length}, ${platform()} ${arch()}`,
  };
}
