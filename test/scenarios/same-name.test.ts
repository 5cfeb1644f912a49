import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { namesIn } from './helpers.ts';

const impostorAddress = { host: '10.7.7.7', port: 7_946 };
/** The others of a cluster in which n3 is the name that two want. */
const bystanders = ['n1', 'n2', 'n4', 'n5', 'n6'];

function clusterWithImpostor(seed: number): Scenario {
  const cluster = simulate({ seed, nodeCount: 6 });
  cluster.runForMs(10_000);
  cluster.add('n3', { address: impostorAddress, seeds: ['n1'] });
  return cluster;
}

test.each([601, 602])(
  'of two live nodes with one name the first owns it everywhere, and both hear of it (seed %i)',
  (seed) => {
    const cluster = clusterWithImpostor(seed);
    cluster.runForMs(5 * 60_000);
    const owner = cluster.node('n3');
    const impostor = cluster.nodes.at(-1)!;
    for (const name of bystanders) {
      expect(cluster.core(name).member('n3')!.address).toEqual(owner.address);
      expect(cluster.stateAt(name, 'n3')).toBe('alive');
      // No flapping: to them nothing happened to n3 at all.
      expect(namesIn(cluster, name, 'member-failed')).toEqual([]);
      expect(namesIn(cluster, name, 'member-join')).not.toContain('n3');
      expect(namesIn(cluster, name, 'member-update')).not.toContain('n3');
    }
    for (const node of [owner, impostor]) expect(node.core.stats.swim.nameConflicts).toBeGreaterThan(0);
    expect(namesIn(cluster, 'n1', 'name-conflict')).toContain('n3');
  },
);

test('a conflict of names costs a bounded number of packets, as long as it lasts', () => {
  const calm = simulate({ seed: 604, nodeCount: 7 });
  calm.runForMs(5 * 60_000);
  const troubled = clusterWithImpostor(604);
  troubled.runForMs(5 * 60_000);
  // At most twice what a cluster of seven costs at rest, all conflicts included.
  expect(packetsSentIn(troubled)).toBeLessThan(2 * packetsSentIn(calm));
  // And the incarnations do not race each other.
  expect(troubled.core('n1').member('n3')!.incarnation).toBeLessThan(10);
});

test('when the first owner of a name has gone, the second takes over', () => {
  const cluster = clusterWithImpostor(605);
  cluster.runForMs(30_000).crash('n3');
  const isTakenOver = (): boolean =>
    bystanders.every((name) => cluster.core(name).member('n3')?.address?.host === impostorAddress.host);
  cluster.runUntil(isTakenOver, 3 * 60_000).runForMs(3 * 60_000);
  expect(isTakenOver()).toBe(true);
  for (const name of bystanders) expect(cluster.stateAt(name, 'n3')).toBe('alive');
});

function packetsSentIn(cluster: Scenario): number {
  return cluster.nodes.reduce((sum, node) => sum + node.traffic.packetsSent, 0);
}
