import { expect, test } from 'vitest';
import { simulate } from 'hearsay/sim';

/** LAN: every 30 s, and three times that from 65 members on. */
const intervalMs = 30_000;
const scaledIntervalMs = 3 * intervalMs;

test('nodes that start together exchange states as seldom as their number asks, from the first time on', () => {
  const cluster = simulate({ seed: 3, nodeCount: 100, checkers: [] });
  const exchangeCounts = (): number[] => cluster.nodes.map((node) => node.core.stats.swim.pushPullsInitiated);
  cluster.runForMs(scaledIntervalMs - 1);
  expect(Math.max(...exchangeCounts())).toBe(0);
  cluster.runForMs(intervalMs);
  expect(new Set(exchangeCounts())).toEqual(new Set([1]));
});
