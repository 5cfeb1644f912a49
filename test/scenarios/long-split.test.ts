import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, isForgotten } from './helpers.ts';

const left = ['n1', 'n2', 'n3', 'n4'];
const right = ['n5', 'n6', 'n7', 'n8'];
const all = [...left, ...right];

test.each([201, 202, 203, 204])(
  'two halves that were apart until they forgot each other unite by themselves (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 8 });
    // Longer than detection and the time that the dead are remembered in the list.
    cluster.partition([left, right]).runForMs(3 * 60_000);
    expect(right.every((subject) => isForgotten(cluster, left, subject))).toBe(true);
    expect(left.every((subject) => isForgotten(cluster, right, subject))).toBe(true);
    expect(areMutuallyAlive(cluster, left) && areMutuallyAlive(cluster, right)).toBe(true);
    cluster.heal();
    // Each interval the cluster makes some three attempts in either half.
    cluster.runUntil(() => areMutuallyAlive(cluster, all), 4 * cluster.config.healIntervalMs);
    cluster.settle();
    const heals = cluster.nodes.map((node) => node.core.stats.swim.heals);
    expect(Math.max(...heals)).toBeGreaterThan(0);
  },
);

test('two halves that were apart for 25 hours, without a seed in common, unite within four intervals', () => {
  const cluster = simulate({
    seed: 205,
    nodeCount: 8,
    profile: 'wan',
    seedNodeCount: 0,
    checkers: [],
    transcript: { traces: 'none', linesMax: 10 },
  });
  cluster.partition([left, right]);
  for (let hour = 0; hour < 25; hour += 1) cluster.runForMs(3_600_000);
  for (const { core } of cluster.nodes) {
    expect(core.memberCount).toBe(4);
    expect(core.allMembers).toHaveLength(4);
    expect(core.stats.departed).toBe(4);
    // Three attempts an interval by the whole half, whatever its size.
    expect(core.stats.swim.healAttempts / (25 * 60)).toBeCloseTo(3 / 4, 1);
  }
  cluster.heal();
  cluster.runUntil(() => areMutuallyAlive(cluster, all), 4 * cluster.config.healIntervalMs);
});
