/**
 * CPU time and garbage of one operation. Run with `--expose-gc`.
 *
 * CPU time, the collector's threads included, because wall time on a machine with other work measures that work.
 */
import { median } from './figures.mjs';

const roundMs = 250;
const rounds = 9;
const garbageRounds = 15;
const garbageOperations = 2_000;

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {number} nsPerOperation median over the rounds, collections included
 * @property {number} leastNs
 * @property {number} mostNs
 * @property {number} garbageBytes allocated per operation, on the heap
 * @property {number} bufferBytes allocated per operation, outside of the heap
 */

/**
 * Runs `operation(i)` with i = 0, 1, 2, … Each round is long enough that the collector does its part in it.
 * @param {string} name
 * @param {(index: number) => unknown} operation
 * @returns {Result}
 */
export function bench(name, operation) {
  let index = runFor(operation, 0, roundMs).index;
  const nsPerOperation = [];
  for (let round = 0; round < rounds; round++) {
    const { count, ns, index: next } = runFor(operation, index, roundMs);
    index = next;
    nsPerOperation.push(ns / count);
  }
  const garbage = measureGarbage(operation, index);
  return {
    name,
    nsPerOperation: median(nsPerOperation),
    leastNs: Math.min(...nsPerOperation),
    mostNs: Math.max(...nsPerOperation),
    ...garbage,
  };
}

/** Looks at the clock only now and then, so that the clock does not count. */
function runFor(operation, firstIndex, spanMs) {
  let index = firstIndex;
  let batch = 1;
  const atStart = process.cpuUsage();
  let ns = 0;
  while (ns < spanMs * 1e6) {
    for (let i = 0; i < batch; i++) operation(index++);
    const { user, system } = process.cpuUsage(atStart);
    ns = (user + system) * 1_000;
    // About fifty looks a round.
    batch = Math.max(1, Math.min(100_000, Math.round((spanMs * 20_000 * (index - firstIndex)) / Math.max(ns, 1_000))));
  }
  return { index, count: index - firstIndex, ns };
}

/** What the heap has grown by after a few thousand operations, before any collection. */
function measureGarbage(operation, firstIndex) {
  let index = firstIndex;
  const onHeap = [];
  const outside = [];
  for (let round = 0; round < garbageRounds; round++) {
    globalThis.gc();
    const before = process.memoryUsage();
    for (let i = 0; i < garbageOperations; i++) operation(index++);
    const after = process.memoryUsage();
    onHeap.push((after.heapUsed - before.heapUsed) / garbageOperations);
    outside.push((after.arrayBuffers - before.arrayBuffers) / garbageOperations);
  }
  return { garbageBytes: median(onHeap), bufferBytes: median(outside) };
}
