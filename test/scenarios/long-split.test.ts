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
