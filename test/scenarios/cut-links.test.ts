import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { deathsIn, namesIn } from './helpers.ts';

test('links stopped one by one and restored in another order leave no trace', () => {
  const cluster = simulate({ seed: 6, nodeCount: 6 });
  for (let i = 1; i <= 6; i++) {
    cluster.cut([`n${i}`], [`n${(i % 6) + 1}`], { forMs: 40_000 - i * 5_000 });
    cluster.runForMs(2_000);
  }
  cluster.runForMs(30_000).settle();
});

test('where UDP is blocked but TCP is open, pings over streams keep a member alive', () => {
  const cluster = simulate({ seed: 10, nodeCount: 5 });
  cluster
    .degrade('all', ['n5'], { loss: 1, channel: 'packets' })
    .degrade(['n5'], 'all', { loss: 1, channel: 'packets' });
  cluster.runForMs(3 * 60_000);
  expect(deathsIn(cluster)).toEqual([]);
});

test('where TCP is blocked, gossip alone brings every change to everybody', () => {
  const cluster = simulate({ seed: 11, nodeCount: 8 });
  cluster.degrade('all', 'all', { loss: 1, channel: 'streams' });
  cluster.runForMs(1_000).updateMeta('n3', 'one').runForMs(5_000).crash('n8').runForMs(60_000).settle(1);
});

test('a member with lossy links one way is suspected and refutes, and no other is harmed', () => {
  for (const [from, to] of [
    [['n6'], 'all'],
    ['all', ['n6']],
  ] as const) {
    const cluster = simulate({ seed: 12, nodeCount: 6 });
    cluster.degrade(from, to, { loss: 0.5 }).runForMs(5 * 60_000);
    for (const { name } of cluster.nodes) {
      if (name !== 'n6') expect(namesIn(cluster, name, 'member-failed').filter((other) => other !== 'n6')).toEqual([]);
    }
    cluster.heal().settle();
  }
});

test('five seconds of heavy loss everywhere leaves nothing behind', () => {
  const cluster = simulate({ seed: 13, nodeCount: 10 });
  cluster.degrade('all', 'all', { loss: 0.6 }, { forMs: 5_000 }).runForMs(5_000).settle();
  for (const node of cluster.nodes) node.takeTraffic();
  cluster.runForMs(20_000);
  // Ping and ack, and the answer to another's ping and ack.
  for (const node of cluster.nodes) expect(node.takeTraffic().packetsSent).toBeLessThan(20 * 4);
});

test('an hour alone fills no queue, and the way back is open', () => {
  const cluster = simulate({ seed: 14, nodeCount: 6 });
  cluster.isolate('n3');
  for (let minute = 0; minute < 60; minute++) {
    cluster.updateMeta('n3', `m${minute}`).runForMs(60_000);
    const { rumorQueue, streams, departed } = cluster.core('n3').stats;
    expect(rumorQueue.count).toBeLessThanOrEqual(6);
    expect(streams).toBeLessThanOrEqual(3);
    expect(departed).toBeLessThanOrEqual(5);
  }
  expect(cluster.core('n3').memberCount).toBe(1);
  cluster.heal().settle();
  expect(cluster.core('n1').member('n3')?.meta).toEqual(Uint8Array.from('m59', (c) => c.charCodeAt(0)));
});

test('a clogged link delivers late what was sent, and old news changes nothing', () => {
  const cluster = simulate({ seed: 15, nodeCount: 5 });
  cluster.degrade(['n5'], 'all', { clogUntilMs: 60_000 }, { forMs: 60_000 });
  cluster.runForMs(30_000).updateMeta('n5', 'late').runForMs(31_000).settle();
});
