import { expect, test } from 'vitest';
import { formRestingCluster } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';

function deaths(nodes: readonly WorldNode[]): string[] {
  return nodes.flatMap((node) => node.eventsOf('member-failed'));
}

function between(a: WorldNode, b: WorldNode, from: WorldNode, to: WorldNode): boolean {
  return (from === a && to === b) || (from === b && to === a);
}

test('a crash among ten is known to all within twelve seconds, and the crashed one alone is accused', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 10);
  const crashed = nodes[4]!;
  const survivors = nodes.filter((node) => node !== crashed);
  crashed.isUp = false;
  // Up to 9 periods until somebody probes it, one period to the suspicion, 4 s with the confirmations of others.
  expect(world.runUntil(() => survivors.every((node) => node.core.memberState('n4') === 'dead'), 12_000)).toBe(true);
  expect(new Set(deaths(survivors))).toEqual(new Set(['n4']));
  expect(deaths(survivors).length).toBe(9);
});

test('two nodes that cannot reach each other are kept alive by those that see both', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 4);
  const [a, b] = nodes as [WorldNode, WorldNode];
  world.mayPass = (from, to) => !between(a, b, from, to);
  world.runForMs(5 * 60_000);
  expect(deaths(nodes)).toEqual([]);
  expect(a.trace.some((event) => event.type === 'probe-acked' && event.via === 'indirect')).toBe(true);
});

test('where UDP is blocked and TCP is open, members stay alive by pings over streams, and that is counted', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 2);
  world.mayPass = (_, __, kind) => kind === 'stream';
  world.runForMs(5 * 60_000);
  expect(deaths(nodes)).toEqual([]);
  expect(nodes[0]!.core.stats.swim.probesSavedByStream).toBeGreaterThan(10);
});

test('with pings over streams switched off the same blockade is fatal', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 2, { swim: { streamPings: false } });
  world.mayPass = (_, __, kind) => kind === 'stream';
  world.runForMs(60_000);
  expect(deaths(nodes).length).toBeGreaterThan(0);
});

test('a node that cannot send is removed by all, and comes back when it can', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5);
  const mute = nodes[2]!;
  const others = nodes.filter((node) => node !== mute);
  world.mayPass = (from) => from !== mute;
  expect(world.runUntil(() => others.every((node) => node.core.memberState('n2') === 'dead'), 60_000)).toBe(true);
  world.mayPass = () => true;
  const isBack = (): boolean => others.every((node) => node.core.memberState('n2') === 'alive');
  expect(world.runUntil(isBack, 60_000)).toBe(true);
  expect(deaths(others).every((name) => name === 'n2')).toBe(true);
});

test('a node that cannot receive kills nobody', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 6);
  const deaf = nodes[2]!;
  world.mayPass = (_, to) => to !== deaf;
  world.runForMs(3 * 60_000);
  const others = nodes.filter((node) => node !== deaf);
  for (const node of others) {
    for (const other of others) expect(node.core.memberState(other.name)).toBe('alive');
  }
  expect(deaf.core.stats.healthScore).toBe(7);
});

test('a suspect is told what it is accused of, and its denial comes back directly', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 3);
  const [a, b, c] = nodes as [WorldNode, WorldNode, WorldNode];
  world.mayPass = (from, to) => from !== c && to !== c;
  expect(world.runUntil(() => a.core.memberState('n2') === 'suspect', 15_000)).toBe(true);
  // From now on only `a` and `c` hear each other, and not by gossip of others.
  world.mayPass = (from, to) => between(a, c, from, to);
  expect(world.runUntil(() => a.core.memberState('n2') === 'alive', 5_000)).toBe(true);
  expect(c.core.stats.swim.refutations).toBe(1);
  expect(b.core.memberState('n0')).not.toBe('dead');
});

test('a port that is closed is known before the timeout: the others are asked at once', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 3) as [WorldNode, WorldNode];
  b.isUp = false;
  const send = a.sendPacket.bind(a);
  a.sendPacket = (to, packet) => {
    send(to, packet);
    if (to.host === b.address.host) world.later(1, () => a.core.sendFailed(world.nowMs, to, 'ECONNREFUSED'));
  };
  const at = (type: string): number => a.trace.find((event) => event.type === type && event.atMs > 6_000)?.atMs ?? NaN;
  expect(world.runUntil(() => !Number.isNaN(at('probe-timeout')), 10_000)).toBe(true);
  const started = a.trace.findLast((event) => event.type === 'probe-started')!;
  expect(at('probe-timeout') - started.atMs).toBeLessThan(5);
  expect(a.core.stats.swim.sendFailures).toBeGreaterThan(0);
});
