import { expect, test } from 'vitest';
import { bytes } from '../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../test/support/kv-world.ts';

test('a shared write spreads to all as a rumor, within some rounds of gossip', () => {
  const world = new KvWorld();
  const nodes = world.add(names(50), { gossip: { periodMs: 60_000 } });
  world.runForMs(2_000);
  nodes[0]!.put('k', 'v');
  expect(world.runUntil(() => world.all((node) => node.get('k') === 'v'), 5_000)).toBeLessThan(3_000);
  world.runForMs(10_000);
  expect(nodes.every(({ kv }) => kv.stats.rumorsQueued === 0)).toBe(true);
});

test('without rumors, comparisons alone spread writes of all lanes and deletions', () => {
  const world = new KvWorld();
  const nodes = world.add(names(30), { gossip: { rumors: false, peersPerPeriod: 3 } });
  nodes[0]!.put('k', 'v');
  nodes[1]!.kv.setOwn('version', bytes('1.4.2'));
  nodes[2]!.kv.setTelemetry('load', bytes('0.5'));
  const hasAll = (): boolean =>
    world.all(
      (node) =>
        node.get('k') === 'v' &&
        node.getOwned('n1', 'version') === '1.4.2' &&
        node.getTelemetry('n2', 'load') === '0.5',
    );
  expect(world.runUntil(hasAll, 20_000)).toBeLessThan(8_000);
  nodes[3]!.kv.delete('k');
  nodes[1]!.kv.deleteOwn('version');
  nodes[2]!.kv.deleteTelemetry('load');
  const hasNone = (): boolean =>
    world.all(
      (node) =>
        node.get('k') === undefined &&
        node.getOwned('n1', 'version') === undefined &&
        node.getTelemetry('n2', 'load') === undefined,
    );
  expect(world.runUntil(hasNone, 20_000)).toBeLessThan(8_000);
});
