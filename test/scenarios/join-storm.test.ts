import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { deathsIn } from './helpers.ts';

function joining(seed: number, nodeCount: number): Scenario {
  return simulate({ seed, nodeCount, start: 'joining', checkers: [] });
}

/** Runs until all list `count` members, at most so long; false when they do not. */
function runUntilAllList(cluster: Scenario, count: number, limitMs: number): boolean {
  const doAll = (): boolean => cluster.nodes.every((node) => node.core.memberCount === count);
  while (!doAll() && cluster.nowMs < limitMs) cluster.runForMs(25);
  return doAll();
}

test('a hundred nodes that join at once through one seed all know each other after half a second', () => {
  const cluster = joining(1_101, 100);
  expect(runUntilAllList(cluster, 100, 500)).toBe(true);
  cluster.runForMs(5_000);
  expect(deathsIn(cluster)).toEqual([]);
});

test('nodes that join at once leave it to the seed to tell of the others, until it has answered them again', () => {
  const cluster = joining(1_102, 100);
  runUntilAllList(cluster, 100, 500);
  const bytes = cluster.nodes.map((node) => node.takeTraffic().bytesSent);
  // Each sends its own record twelve times. Passing on the other 99 as well makes it ten thousand and more.
  expect(bytes.reduce((sum, count) => sum + count, 0) / bytes.length).toBeLessThan(1_000);
});

test('a hundred and fifty that join at once, more than their seed can answer, know each other soon', () => {
  const cluster = joining(1_103, 150);
  expect(runUntilAllList(cluster, 150, 5_000)).toBe(true);
});

test('a seed that crashes as soon as it has answered leaves nobody behind', () => {
  const cluster = joining(1_104, 30).runForMs(20).crash('n1');
  const others = (): boolean =>
    cluster.nodes.slice(1).every((node) => cluster.nodes.slice(1).every(({ name }) => node.core.member(name)));
  while (!others() && cluster.nowMs < 5_000) cluster.runForMs(25);
  expect(others()).toBe(true);
});
