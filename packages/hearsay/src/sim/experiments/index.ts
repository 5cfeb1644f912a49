import { assert } from '../../util/index.ts';
import { bootstrap } from './bootstrap.ts';
import { broadcastCompleteness } from './broadcast-completeness.ts';
import { crashes } from './crashes.ts';
import { demersRumors } from './demers.ts';
import { eventCapacity } from './event-capacity.ts';
import type { CellRun, Experiment } from './experiment.ts';
import { flipFlop } from './flip-flop.ts';
import { lifeguard } from './lifeguard.ts';
import { massFailure } from './mass-failure.ts';
import { massRestart } from './mass-restart.ts';
import { oneUpdate } from './one-update.ts';
import { rumorRounds } from './rumor-rounds.ts';
import { swimFalseDetection } from './swim-false-detection.ts';
import { swimFirstDetection } from './swim-first-detection.ts';
import { swimJoins } from './swim-joins.ts';
import { swimLoad } from './swim-load.ts';

/** All that can be run by name, in the order in which they are listed. */
export const experiments: readonly Experiment[] = [
  swimFirstDetection,
  swimLoad,
  swimFalseDetection,
  swimJoins,
  rumorRounds,
  demersRumors,
  oneUpdate,
  broadcastCompleteness,
  eventCapacity,
  bootstrap,
  crashes,
  flipFlop,
  massFailure,
  massRestart,
  lifeguard,
];

/** Undefined when there is none of that name. */
export function findExperiment(name: string): Experiment | undefined {
  return experiments.find((experiment) => experiment.name === name);
}

/** One cell of one experiment, by name and seed: what a worker is asked for. Numbers and strings alone. */
export interface CellTask {
  readonly experiment: string;
  readonly cell: string;
  readonly seed: number;
}

/** Runs what `task` says. */
export function runCell(task: CellTask): CellRun {
  const experiment = findExperiment(task.experiment);
  assert(experiment !== undefined, `there is an experiment ${task.experiment}`);
  const cell = experiment.cells.find(({ id }) => id === task.cell);
  assert(cell !== undefined, `${task.experiment} has a cell ${task.cell}`);
  return { cell, seed: task.seed, result: experiment.run(cell, task.seed) };
}
