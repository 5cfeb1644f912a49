import { expect, test } from 'vitest';
import { formCluster, seesAll } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';

test('two halves that have forgotten each other find each other with no operator (serf#605)', () => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, ['a', 'b', 'c', 'd', 'e', 'f']);
  const isLeft = (node: WorldNode): boolean => nodes.indexOf(node) < 3;
  world.mayPass = (from, to) => isLeft(from) === isLeft(to);
  world.runForMs(5 * 60_000);
  for (const node of nodes) expect(node.core.allMembers.length).toBe(3);
  world.mayPass = () => true;
  expect(world.runUntil(() => seesAll(nodes), 120_000)).toBe(true);
  const heals = nodes.reduce((sum, node) => sum + node.core.stats.swim.heals, 0);
  expect(heals).toBeGreaterThan(0);
  expect(nodes.flatMap((node) => node.trace).some(({ type }) => type === 'heal-attempt')).toBe(true);
});

test('with healing switched off they do not', () => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, ['a', 'b', 'c', 'd'], { swim: { healIntervalMs: 0 } });
  const isLeft = (node: WorldNode): boolean => nodes.indexOf(node) < 2;
  world.mayPass = (from, to) => isLeft(from) === isLeft(to);
  world.runForMs(3 * 60_000);
  world.mayPass = () => true;
  expect(world.runUntil(() => seesAll(nodes), 10 * 60_000)).toBe(false);
});

test('a node that is alone keeps trying its seeds and joins when one comes up', () => {
  const world = new InMemoryWorld();
  const seed = world.add('seed');
  seed.isUp = false;
  const node = world.add('node', { seeds: [seed.address] }).start();
  world.runForMs(5 * 60_000);
  expect(node.core.stats.swim.healAttempts).toBeGreaterThan(4);
  seed.isUp = true;
  seed.start();
  expect(world.runUntil(() => seesAll([seed, node]), 60_000)).toBe(true);
  const joins = node.trace.filter((event) => event.type === 'push-pull' && event.join);
  expect(joins.length).toBeGreaterThan(4);
});

test('the cluster as a whole makes a few attempts in each interval, whatever its size', () => {
  const world = new InMemoryWorld();
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
  const nodes = formCluster(world, names);
  const lost = nodes[11]!;
  lost.isUp = false;
  world.runForMs(2 * 60_000);
  const attempts = (): number => nodes.reduce((sum, node) => sum + node.core.stats.swim.healAttempts, 0);
  const before = attempts();
  world.runForMs(10 * 60_000);
  // 20 intervals of three attempts each; five standard deviations leave one false alarm in a million.
  expect(attempts() - before).toBeGreaterThan(60 - 39);
  expect(attempts() - before).toBeLessThan(60 + 39);
});

test('a node that gets no answers tries at each interval, however many it takes for alive', () => {
  const world = new InMemoryWorld();
  const names = Array.from({ length: 40 }, (_, i) => `n${i}`);
  const nodes = formCluster(world, names, { seeds: [{ host: '10.9.9.9', port: 7946 }] });
  const cutOff = nodes[7]!;
  const attempts = (): number => cutOff.core.stats.swim.healAttempts;
  world.mayPass = (from, to) => (from === cutOff) === (to === cutOff);
  world.runForMs(30_000);
  const before = attempts();
  world.runForMs(90_000);
  expect(cutOff.core.memberCount).toBeGreaterThan(20);
  expect(attempts() - before).toBeGreaterThanOrEqual(2);
  world.mayPass = () => true;
  expect(world.runUntil(() => seesAll(nodes), 60_000)).toBe(true);
  world.runForMs(45_000);
  const healed = attempts();
  world.runForMs(5 * 60_000);
  // Three in an interval among forty: less than one is expected here.
  expect(attempts() - healed).toBeLessThanOrEqual(4);
});

test('members that left are not looked for', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode];
  const c = world.nodes.get('c')!;
  c.core.leave(world.nowMs, 5_000);
  world.runForMs(5_000);
  c.core.stop(world.nowMs);
  c.isUp = false;
  world.runForMs(20 * 60_000);
  expect(a.core.stats.departed).toBe(1);
  expect(a.core.stats.swim.healAttempts + b.core.stats.swim.healAttempts).toBe(0);
});

test('a cluster at rest with all its seeds alive makes no attempt', () => {
  const world = new InMemoryWorld();
  const a = world.add('a').start();
  const b = world
    .add('b', { seeds: [a.address] })
    .start()
    .join(a);
  world.runForMs(20 * 60_000);
  expect(b.core.stats.swim.healAttempts).toBe(0);
});

test('what is remembered of the departed ends after its time', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a', 'b', 'c'], { swim: { departedMemoryMs: 10 * 60_000 } }) as [WorldNode];
  world.nodes.get('c')!.isUp = false;
  world.runForMs(2 * 60_000);
  expect(a.core.stats.departed).toBe(1);
  world.runForMs(10 * 60_000);
  expect(a.core.stats.departed).toBe(0);
});
