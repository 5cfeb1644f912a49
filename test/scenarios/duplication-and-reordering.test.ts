import { simulate, type SimNode } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { deathsIn, namesExcept, namesIn } from './helpers.ts';

test('packets that all come twice and out of order kill nobody and bring back no old record', () => {
  for (const seed of [1_401, 1_402, 1_403]) {
    const cluster = simulate({
      seed,
      nodeCount: 8,
      network: { duplication: 1, stragglerChance: 0.3, stragglerMaxMs: 400 },
    });
    cluster.runForMs(10_000).updateMeta('n2', 'first').runForMs(500).updateMeta('n2', 'second');
    cluster.runForMs(60_000).settle();
    expect(deathsIn(cluster)).toEqual([]);
    for (const name of namesExcept(cluster, 'n2')) {
      expect(cluster.core(name).member('n2')!.meta).toEqual(new TextEncoder().encode('second'));
      // The second replaces the first, so who heard it first hears of one change only.
      expect(namesIn(cluster, name, 'member-update').length).toBeLessThanOrEqual(2);
    }
  }
});

test('every packet ten times is answered at most ten times, and changes nothing', () => {
  const cluster = simulate({ seed: 1_411, nodeCount: 6 });
  const { nodes } = cluster;
  cluster.simulator.observe({
    onPacketDelivered: (node, from, packet) => {
      if (isCopying) return;
      const copy = packet.slice();
      cluster.simulator.at(cluster.nowMs, () => {
        isCopying = true;
        for (let i = 0; i < 9; i++) node.step((core, nowMs) => core.receivePacket(nowMs, from, copy));
        isCopying = false;
      });
    },
  });
  let isCopying = false;
  cluster.runForMs(60_000);
  expect(deathsIn(cluster)).toEqual([]);
  const sum = (read: (stats: SwimCounters) => number): number =>
    nodes.reduce((total, node) => total + read(node.core.stats.swim), 0);
  const probeCount = sum((stats) => stats.probes);
  expect(sum((stats) => stats.probesFailed)).toBe(0);
  // Pings in flight at the end are answered later.
  expect(sum((stats) => stats.pingsAnswered)).toBeGreaterThan(9 * probeCount);
  expect(sum((stats) => stats.pingsAnswered)).toBeLessThanOrEqual(10 * probeCount);
});

type SwimCounters = SimNode['core']['stats']['swim'];
