import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, deathsIn, namesExcept } from './helpers.ts';

// Among eight the shortest suspicion lasts 4 s, after a probe and its period.
test.each([2_000, 3_000, 4_000])('a stall of %i ms of each member in turn ends in no death of anybody', (stallMs) => {
  const cluster = simulate({ seed: 101, nodeCount: 8 });
  cluster.keepTraces();
  for (const { name } of cluster.nodes) {
    cluster.pause(name, { forMs: stallMs }).runForMs(stallMs + 20_000);
    expectOneStallWithoutVerdict(cluster, name);
  }
  cluster.settle();
  expect(deathsIn(cluster)).toEqual([]);
});

test.each([6_000, 8_000])(
  'a stall of %i ms of each member in turn kills at most that member, for a moment',
  (stallMs) => {
    const cluster = simulate({ seed: 102, nodeCount: 8 });
    cluster.keepTraces();
    for (const { name } of cluster.nodes) {
      const countBefore = casualtiesIn(cluster).length;
      cluster.pause(name, { forMs: stallMs }).runForMs(stallMs);
      // What it hears first is that it is suspect or dead; what it says first is that it is not.
      cluster.runUntil(() => areMutuallyAlive(cluster, namesExcept(cluster)), 3_000).runForMs(20_000);
      const casualties = casualtiesIn(cluster).slice(countBefore);
      expect(casualties.filter((subject) => subject !== name)).toEqual([]);
      expectOneStallWithoutVerdict(cluster, name);
    }
    cluster.settle();
  },
);

test('a member that stalls every few seconds accuses nobody that answers', () => {
  const cluster = simulate({ seed: 103, nodeCount: 6 });
  cluster.keepTraces();
  for (let i = 0; i < 30; i++) cluster.pause('n3', { forMs: 1_500 }).runForMs(4_000);
  cluster.settle();
  expect(deathsIn(cluster)).toEqual([]);
  expect(cluster.tracesAt('n3').filter((event) => event.type === 'probe-failed')).toEqual([]);
  expect(cluster.core('n3').stats.swim.stalls).toBeGreaterThanOrEqual(29);
});

test('half of the members stalling at once kills nobody of the other half', () => {
  const cluster = simulate({ seed: 104, nodeCount: 8 });
  cluster.keepTraces();
  const stalled = ['n1', 'n3', 'n5', 'n7'];
  for (const name of stalled) cluster.pause(name, { forMs: 8_000 });
  cluster.runForMs(8_000).settle();
  expect(casualtiesIn(cluster).filter((subject) => !stalled.includes(subject))).toEqual([]);
});

/** Who was declared dead, in the order of the declarations. Needs traces. */
function casualtiesIn(cluster: Scenario): string[] {
  return cluster.nodes
    .flatMap(({ name }) => cluster.tracesAt(name))
    .filter((event) => event.type === 'dead')
    .sort((a, b) => a.atMs - b.atMs)
    .map((event) => event.node);
}

/** It noticed, and in the time after it found nobody failing: all answered. */
function expectOneStallWithoutVerdict(cluster: Scenario, name: string): void {
  const traces = cluster.tracesAt(name);
  const stalls = traces.filter((event) => event.type === 'stall');
  expect(stalls).toHaveLength(1);
  const verdicts = traces.filter((event) => event.type === 'probe-failed' && event.atMs >= stalls[0]!.atMs);
  expect(verdicts).toEqual([]);
}
