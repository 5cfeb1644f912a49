import { experiments, type Experiment } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { cellsOf, planTasks, runCountOf } from './plan.ts';

const cells = [{ id: 'n=8 loss=0.1' }, { id: 'n=80 loss=0.1', seedCount: 1 }, { id: 'n=8 loss=0.2' }];
const experiment: Experiment = { ...experiments[0]!, name: 'tides', seedCount: 2, cells };

test('a pattern is a part of a name, with * for anything and no other magic', () => {
  const ids = (pattern: string | undefined): string[] => cellsOf(experiment, pattern).map(({ id }) => id);
  expect(ids(undefined)).toHaveLength(3);
  expect(ids('n=8 ')).toEqual(['n=8 loss=0.1', 'n=8 loss=0.2']);
  expect(ids('n=8*0.1')).toEqual(['n=8 loss=0.1', 'n=80 loss=0.1']);
  expect(ids('0.')).toHaveLength(3);
  expect(ids('n.8')).toEqual([]);
});

test('each cell has its seeds, and the first seeds of all come first', () => {
  const plan = (seedCount: number | undefined): string[] =>
    planTasks(experiment, { seedCount, firstSeed: 5, cellPattern: '0.1' }).map(({ cell, seed }) => `${cell} ${seed}`);
  expect(plan(undefined)).toEqual(['n=8 loss=0.1 5', 'n=80 loss=0.1 5', 'n=8 loss=0.1 6']);
  expect(plan(2)).toEqual(['n=8 loss=0.1 5', 'n=80 loss=0.1 5', 'n=8 loss=0.1 6', 'n=80 loss=0.1 6']);
});

test('the runs of an experiment are those of a plan that nothing is asked of', () => {
  const plan = planTasks(experiment, { seedCount: undefined, firstSeed: 1, cellPattern: undefined });
  expect(runCountOf(experiment)).toBe(5);
  expect(plan).toHaveLength(5);
});
