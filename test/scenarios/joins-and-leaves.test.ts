import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';

test('a seed that is slow delays those who join, and nobody is lost', () => {
  const cluster = simulate({ seed: 2, nodeCount: 8, start: 'joining' });
  cluster.degrade('all', ['n1'], { addedLatencyMs: 1_200 }, { forMs: 30_000 });
  cluster.degrade(['n1'], 'all', { addedLatencyMs: 1_200 }, { forMs: 30_000 });
  cluster.runForMs(30_000).settle();
});

test('a join through a dead seed fails with a reason for its address, and healing joins once the seed is up', () => {
  const cluster = simulate({ seed: 3, nodeCount: 3, start: 'apart' });
  cluster.crash('n1', { isHostUp: true });
  cluster.join('n2').runForMs(15_000);
  const done = cluster.fullEventsAt('n2').find((event) => event.type === 'join-done');
  expect(done).toMatchObject({ joinedCount: 0, failures: [{ address: '10.0.0.1:7946' }] });
  cluster.restart('n1').settle();
});

test('a join through a seed that says nothing ends by itself', () => {
  const cluster = simulate({ seed: 4, nodeCount: 3, start: 'apart' });
  cluster
    .crash('n1')
    .join('n2')
    .runForMs(cluster.config.streamTimeoutMs + 1_000);
  expect(cluster.eventsAt('n2')).toContainEqual({ type: 'join-done' });
});

test('one of the addresses suffices', () => {
  const cluster = simulate({ seed: 5, nodeCount: 4, start: 'apart' });
  cluster.crash('n1', { isHostUp: true });
  cluster.join('n3', ['n2']).join('n4', ['n1', 'n3']).runForMs(3_000).settle();
  for (const name of ['n2', 'n3', 'n4']) expect(cluster.core(name).memberCount).toBe(3);
});

test('nodes join one by one while a tenth of all packets is lost, and the group stays whole', () => {
  const cluster = simulate({ seed: 6, nodeCount: 17, start: 'apart', network: { loss: 0.1 } });
  for (let i = 2; i <= 17; i++) cluster.join(`n${i}`).runForMs(1_000);
  cluster.runForMs(175_000);
  for (const node of cluster.nodes) expect(cluster.core(node.name).memberCount).toBe(17);
});

test('a member that left and returns at once is alive to everybody', () => {
  for (const seed of [10, 11, 12]) {
    const cluster = simulate({ seed, nodeCount: 6 });
    cluster.runForMs(1_000).leave('n4').runForMs(800).crash('n4', { isHostUp: true });
    cluster.restart('n4').join('n4').settle(10_000);
  }
});

test('everybody leaves, and the last one is alone', () => {
  const cluster = simulate({ seed: 13, nodeCount: 5 });
  for (const name of ['n1', 'n2', 'n3', 'n4']) cluster.leave(name, { thenStop: true }).runForMs(6_000);
  cluster.settle();
  expect(cluster.core('n5').memberCount).toBe(1);
});

test('a user message rides on gossip to some members, and its sender does not hear itself', () => {
  const cluster = simulate({ seed: 14, nodeCount: 8 });
  cluster.runForMs(3_000).broadcast('n2', 'hello').runForMs(5_000);
  const hearers = cluster.nodes.filter((node) =>
    cluster.eventsAt(node.name).some((event) => event.type === 'user-message'),
  );
  expect(hearers.length).toBeGreaterThan(2);
  expect(cluster.eventsAt('n2').some((event) => event.type === 'user-message')).toBe(false);
});
