import type { CellTask } from 'hearsay/sim';
import { expect, test } from 'vitest';
import type { ResultLine } from './results-file.ts';
import { runTasks } from './workers.ts';

const task: CellTask = { experiment: 'swim-load', cell: 'n=5', seed: 1 };

test('a run that fails is named with its cell and seed, and what was done before is told', async () => {
  const lines: ResultLine[] = [];
  const failing = { ...task, cell: 'no such cell', seed: 2 };
  const running = runTasks([task, failing], {
    workerCount: 1,
    onResult: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  await expect(running).rejects.toThrow(/^no such cell with seed 2 failed: .*swim-load has a cell no such cell/);
  expect(lines.map(({ cell, seed }) => [cell, seed])).toEqual([['n=5', 1]]);
});

test('with nothing to do no thread is started', async () => {
  await runTasks([], { workerCount: 4, onResult: () => {}, signal: new AbortController().signal });
});
