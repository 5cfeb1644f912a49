import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { deathsIn } from './helpers.ts';

/** The join, one retry of those that the seed had no stream for, and gossip. */
const agreementMs = 15_000;

test('a hundred nodes that join at once through one seed all know each other soon', () => {
  const cluster = simulate({ seed: 1_101, nodeCount: 100, start: 'joining', checkers: [] });
  const isFormed = (): boolean => cluster.nodes.every((node) => node.core.memberCount === 100);
  while (!isFormed() && cluster.nowMs < agreementMs) cluster.runForMs(250);
  expect(isFormed()).toBe(true);
  cluster.runForMs(5_000);
  expect(deathsIn(cluster)).toEqual([]);
});
