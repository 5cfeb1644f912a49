import type { ClusterEvent } from 'hearsay/core';
import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { namesExcept, namesIn } from './helpers.ts';

type Batch = Extract<ClusterEvent, { type: 'members-changed' }>;

const pools = [
  ['plain', {}],
  ['Serf', { serf: {} }],
] as const;

test.each(pools)('a rack that fails is one batch at every member of a %s pool, and the same one', (_, pool) => {
  const cluster = simulate({ seed: 811, nodeCount: 24, node: { stableView: {} }, ...pool });
  cluster.runForMs(5_000);
  const rack = ['n2', 'n5', 'n9', 'n14', 'n18', 'n23'];
  const survivors = namesExcept(cluster, ...rack);
  const counts = survivors.map((name) => batchesAt(cluster, name).length);
  for (const name of rack) cluster.crash(name);
  cluster.runForMs(40_000);
  const ids = new Set<string>();
  survivors.forEach((name, index) => {
    const batches = batchesAt(cluster, name).slice(counts[index]);
    expect(batches.map(namesOf)).toEqual([{ joined: [], left: [], failed: rack }]);
    // The plain events tell of each by itself, at different instants.
    expect(namesIn(cluster, name, 'member-failed').toSorted()).toEqual(rack.toSorted());
    const view = cluster.core(name).stableView!;
    expect(view.members.map((member) => member.name).toSorted()).toEqual(survivors.toSorted());
    expect(batches[0]).toMatchObject({ id: view.id, number: view.number, memberCount: 18, isCapped: false });
    ids.add(view.id);
  });
  expect(ids.size).toBe(1);
});

test.each(pools)('who leaves a %s pool has left, and who joins has joined', (_, pool) => {
  const cluster = simulate({ seed: 812, nodeCount: 6, node: { stableView: {} }, ...pool });
  cluster.runForMs(5_000);
  const knownCount = batchesAt(cluster, 'n1').length;
  cluster.leave('n4', { thenStop: true }).runForMs(10_000);
  cluster.restart('n4').join('n4').runForMs(10_000);
  expect(batchesAt(cluster, 'n1').slice(knownCount).map(namesOf)).toEqual([
    { joined: [], left: ['n4'], failed: [] },
    { joined: ['n4'], left: [], failed: [] },
  ]);
  expect(cluster.core('n4').stableView!.id).toBe(cluster.core('n1').stableView!.id);
});

test('a process that comes and goes every half minute is taken out once', () => {
  const cluster = simulate({ seed: 813, nodeCount: 12, node: { stableView: {} } });
  cluster.runForMs(5_000);
  for (let round = 0; round < 10; round += 1) {
    cluster.crash('n7').runForMs(20_000);
    cluster.restart('n7').join('n7').runForMs(10_000);
  }
  for (const name of namesExcept(cluster, 'n7')) {
    expect(namesIn(cluster, name, 'member-failed').length).toBeGreaterThan(5);
    expect(batchesAt(cluster, name).filter(({ failed }) => failed.length > 0)).toHaveLength(1);
    expect(cluster.core(name).stableView!.members).toHaveLength(11);
  }
  cluster.runForMs(90_000);
  for (const { core } of cluster.nodes) expect(core.stableView!.members).toHaveLength(12);
});

test('nobody keeps a stable view who was not asked to', () => {
  const cluster = simulate({ seed: 814, nodeCount: 3 });
  cluster.crash('n2').runForMs(30_000);
  expect(cluster.core('n1').stableView).toBeUndefined();
  expect(batchesAt(cluster, 'n1')).toEqual([]);
});

function batchesAt(cluster: Scenario, name: string): Batch[] {
  return cluster.fullEventsAt(name).filter((event): event is Batch => event.type === 'members-changed');
}

function namesOf({ joined, left, failed }: Batch): Record<'joined' | 'left' | 'failed', string[]> {
  const names = (members: Batch['joined']): string[] =>
    members.map(({ name }) => name).toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  return { joined: names(joined), left: names(left), failed: names(failed) };
}
