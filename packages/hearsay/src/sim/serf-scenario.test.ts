import { expect, test } from 'vitest';
import { simulate } from './scenario.ts';

const serf = { tags: (name: string) => ({ role: name === 'n1' ? 'db' : 'web' }) };

test('all nodes of a pool formed in advance know each other with their tags', () => {
  const pool = simulate({ seed: 1, nodeCount: 5, serf });
  const seen = pool.core('n3').serfMembers.map(({ name, status, tags }) => [name, status, tags['role']]);
  expect(seen.sort()).toEqual(
    ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => [name, 'alive', name === 'n1' ? 'db' : 'web']),
  );
  pool.settle();
});

test('nodes that join through a seed come to know each other with their tags', () => {
  const pool = simulate({ seed: 2, nodeCount: 5, start: 'joining', serf });
  pool.settle();
  expect(pool.core('n5').serfMember('n1')?.tags).toEqual({ role: 'db' });
});

test('a user event comes to every node once, also over lossy links', () => {
  const pool = simulate({ seed: 3, nodeCount: 20, serf, network: { loss: 0.1 } });
  pool.serf.event('n7', 'deploy', 'v2');
  pool.runForMs(20_000);
  for (const { name } of pool.nodes) {
    expect(pool.eventsAt(name).filter(({ type }) => type === 'user')).toHaveLength(1);
  }
});

test('a query brings the answers of those who were asked, and names those who kept silent', () => {
  const pool = simulate({ seed: 4, nodeCount: 6, serf });
  pool.serf.answer('load', (node) => (node === 'n4' ? undefined : `load of ${node}`));
  const toWeb = pool.serf.query('n2', 'load', null, { tags: { role: '^web$' }, requestAck: true });
  const toTwo = pool.serf.query('n2', 'load', null, { nodes: ['n1', 'n4'] });
  pool.runForMs(10_000);
  expect(toWeb.responses.map(({ from }) => from).sort()).toEqual(['n2', 'n3', 'n5', 'n6']);
  expect(toWeb.acks.toSorted()).toEqual(['n2', 'n3', 'n4', 'n5', 'n6']);
  expect(toTwo.summary).toMatchObject({ asked: ['n1', 'n4'], responded: ['n1'], silent: ['n4'] });
});

test('new tags reach everybody', () => {
  const pool = simulate({ seed: 5, nodeCount: 5, serf });
  pool.serf.setTags('n2', { role: 'cache', rack: 'r1' });
  pool.settle();
  expect(pool.core('n5').serfMember('n2')?.tags).toEqual({ role: 'cache', rack: 'r1' });
});

test('who leaves has left to all; who crashes has failed, until somebody says that it has left', () => {
  const pool = simulate({ seed: 6, nodeCount: 5, serf });
  pool.leave('n4', { thenStop: true });
  pool.crash('n5');
  pool.runUntil(() => pool.core('n1').serfMember('n5')?.status === 'failed');
  pool.runForMs(10_000);
  expect(pool.core('n2').serfMember('n4')?.status).toBe('left');
  const said = pool.serf.forceLeave('n1', 'n5');
  pool.runForMs(5_000);
  expect(said.result).toBe(true);
  for (const name of ['n1', 'n2', 'n3']) expect(pool.core(name).serfMember('n5')?.status).toBe('left');
});

test('who leaves has failed to nobody, also where packets overtake each other', () => {
  const options = { network: { latencyMinMs: 20, latencyMaxMs: 160 }, swim: { gossipIntervalMs: 50 } };
  for (let seed = 1; seed <= 4; seed += 1) {
    const pool = simulate({ seed, nodeCount: 5, serf, ...options });
    pool.leave('n3');
    pool.runForMs(8_000);
    for (const { name } of pool.nodes) {
      const departures = pool.eventsAt(name).filter((event) => event.name === 'n3' && event.type !== 'member-join');
      expect(departures.map(({ type }) => type)).toEqual(['member-leave']);
    }
  }
});

test('a node that left starts and joins again, and is alive to all', () => {
  const pool = simulate({ seed: 7, nodeCount: 4, serf });
  pool.leave('n3');
  pool.runForMs(10_000);
  expect(pool.core('n1').serfMember('n3')?.status).toBe('left');
  const node = pool.node('n3');
  node.step((core, nowMs) => core.start(nowMs));
  node.step((core, nowMs) => core.join(nowMs, [pool.node('n1').address]));
  pool.runUntil(() => pool.nodes.every(({ core }) => core.serfMember('n3')?.status === 'alive'), 30_000);
  pool.serf.event('n3', 'back');
  pool.runForMs(5_000);
  expect(pool.eventsAt('n1').filter(({ type }) => type === 'user')).toHaveLength(1);
});

test('after a crash a node finds the pool by its snapshot alone, wherever the file was cut', () => {
  const pool = simulate({ seed: 8, nodeCount: 4, serf: { snapshots: true }, start: 'joining', seedNodeCount: 1 });
  pool.settle();
  pool.runForMs(5_000);
  const length = pool.node('n4').disk.text.length;
  const lines = pool.node('n4').disk.text.split('\n');
  const firstLineLength = lines.findIndex((line) => /^alive: n[123] /.test(line));
  const enough = lines.slice(0, firstLineLength + 1).join('\n').length + 1;
  for (const snapshotLength of [enough, enough + 5, length - 3, length]) {
    pool.crash('n4', { isHostUp: true });
    pool.runForMs(2_000);
    pool.restart('n4', { snapshotLength });
    pool.runUntil(() => pool.core('n4').memberCount === 4, 30_000);
    pool.settle();
  }
});

test('a live member that never heard that it was said to leave is alive again to who said so', () => {
  const pool = simulate({ seed: 9, nodeCount: 4, serf, swim: { pushPullIntervalMs: 5_000 } });
  pool.runForMs(5_000);
  // Long enough for the intent to be sent as often as it is, too short to fail.
  pool.isolate('n1', { forMs: 3_000 });
  pool.serf.forceLeave('n1', 'n3');
  pool.runForMs(3_000);
  expect(pool.core('n1').serfMember('n3')?.status).toBe('leaving');
  pool.runUntil(() => pool.core('n1').serfMember('n3')?.status === 'alive', 60_000);
  pool.settle();
});

test('by the rules of memberlist who was forgotten is new again at once, with the incarnation it had', () => {
  const swim = { gossipToTheDeadMs: 5_000 };
  const pool = simulate({ seed: 10, nodeCount: 3, serf, rules: () => 'memberlist', swim });
  pool.crash('n3');
  pool.runUntil(() => pool.core('n1').memberState('n3') === 'dead');
  const stepMs = 10;
  while (pool.core('n1').memberState('n3') !== undefined) pool.runForMs(stepMs);
  pool.restart('n3');
  pool.join('n3');
  pool.runForMs(stepMs);
  expect(pool.core('n1').memberState('n3')).toBe('alive');
  pool.settle();
});
