import { expect, test } from 'vitest';
import { captureIo } from '../captured-io.ts';
import type { Terminal } from '../io.ts';
import { Progress } from './progress.ts';

const terminal: Terminal = { columns: 80, rows: 24, onResize: () => () => {} };

test('the bar is drawn where standard error is a terminal, wherever standard output goes', () => {
  const io = captureIo({ errorTerminal: terminal });
  const progress = new Progress(io, 2, 0);
  progress.onDone('n=8', 1);
  progress.end();
  expect(io.stderr).toMatch(/█+░+ 1 of 2 runs, about \d+ s left {2}n=8, seed 1\r\x1b\[2K$/);
});

test('where standard error is no terminal there are lines, also when standard output is one', () => {
  const io = captureIo({ terminal });
  const progress = new Progress(io, 2, 0);
  progress.onDone('n=8', 1);
  progress.end();
  expect(io.stderr).toMatch(/^0 of 2 runs\n1 of 2 runs, about \d+ s left\n$/);
});
