// A thread of `hearsay experiment`: runs one cell after the other, as it is told.
import { parentPort } from 'node:worker_threads';
import { runCell } from 'hearsay/sim';

parentPort.on('message', (task) => {
  const startedAtMs = performance.now();
  const { result } = runCell(task);
  parentPort.postMessage({ ...task, result, wallMs: Math.round(performance.now() - startedAtMs) });
});
