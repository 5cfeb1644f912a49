import { Worker } from 'node:worker_threads';
import type { CellTask } from 'hearsay/sim';
import { CliError } from '../exit-codes.ts';
import type { ResultLine } from './results-file.ts';

/** Plain JavaScript, so that it starts the same from sources and from a build. */
const workerFile = new URL('../../../bin/experiment-worker.js', import.meta.url);

/** How {@link runTasks} is to work. */
export interface RunTasksOptions {
  readonly workerCount: number;
  readonly onResult: (line: ResultLine) => void;
  /** Ends all workers at once when it fires; then the promise resolves. */
  readonly signal: AbortSignal;
}

/**
 * Runs tasks in threads, each thread one at a time, and tells of each as soon as it is done.
 *
 * @throws `CliError` when a task fails: results before it have been told
 */
export async function runTasks(tasks: readonly CellTask[], options: RunTasksOptions): Promise<void> {
  const { workerCount, signal } = options;
  const waiting = [...tasks];
  const workers = Array.from({ length: Math.min(workerCount, tasks.length) }, () => new Worker(workerFile));
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([Promise.all(workers.map((worker) => drain(worker, waiting, options))), ended]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function drain(worker: Worker, waiting: CellTask[], { onResult, signal }: RunTasksOptions): Promise<void> {
  for (let task = waiting.shift(); task !== undefined && !signal.aborted; task = waiting.shift()) {
    const line = await runOne(worker, task);
    if (!signal.aborted) onResult(line);
  }
}

function runOne(worker: Worker, task: CellTask): Promise<ResultLine> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new CliError(`${task.cell} with seed ${task.seed} failed: ${reason}`));
    };
    const onError = (error: Error): void => fail(error.message);
    const onExit = (): void => fail('its thread ended');
    worker.once('error', onError).once('exit', onExit);
    worker.once('message', (line: ResultLine) => {
      worker.off('error', onError).off('exit', onExit);
      resolve(line);
    });
    worker.postMessage(task);
  });
}
