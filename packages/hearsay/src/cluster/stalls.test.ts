import { expect, test } from 'vitest';
import { ByteWriter } from '../util/index.ts';
import { encodeSuspect } from '../wire/index.ts';
import { formRestingCluster } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';

// A node whose event loop was blocked must not accuse others on the evidence of its own late timers.

/** No time, and what arrives meanwhile is lost, as when a socket's buffer overflows. */
function stall(world: InMemoryWorld, node: WorldNode, forMs: number): void {
  node.isUp = false;
  world.runForMs(forMs);
  node.isUp = true;
}

function deathsSaidBy(nodes: readonly WorldNode[]): string[] {
  return nodes.flatMap((node) => node.trace).flatMap((event) => (event.type === 'dead' ? [event.node] : []));
}

test('a probe in flight during a stall gets no verdict', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 3) as [WorldNode];
  const probes = (): number => a.trace.filter(({ type }) => type === 'probe-started').length;
  const before = probes();
  world.mayPass = (from, to) => from !== a && to !== a;
  world.runUntil(() => probes() > before, 2_000);
  // Its ping is lost; were the timers believed when they fire at last, the target would be accused.
  stall(world, a, 3_000);
  world.mayPass = () => true;
  world.runForMs(200);
  expect(a.trace.map(({ type }) => type)).toContain('probe-void');
  expect(a.trace.map(({ type }) => type)).toContain('stall');
  expect(a.trace.filter(({ type }) => type === 'suspect')).toEqual([]);
  expect(a.core.stats.swim.stalls).toBe(1);
  expect(a.core.stats.swim.stalledMs).toBeGreaterThan(2_000);
  expect(a.core.stats.swim.probesVoid).toBe(1);
});

test('a stall counts once, however many packets are read before the timers fire', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  const lateMs = a.core.nextDeadlineMs + 2_000;
  const ack = Uint8Array.of(2, 0x81, 0xa5, ...Buffer.from('SeqNo'), 1);
  for (let i = 0; i < 50; i++) a.core.receivePacket(lateMs + i, b.address, ack);
  a.core.advance(lateMs + 50);
  expect(a.core.stats.swim.stalls).toBe(1);
  expect(a.core.stats.healthScore).toBe(1);
});

test('timers within the tolerance are no stall', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 2) as [WorldNode];
  a.core.advance(a.core.nextDeadlineMs + 100);
  expect(a.core.stats.swim.stalls).toBe(0);
  a.core.advance(a.core.nextDeadlineMs + 100.5);
  expect(a.core.stats.swim.stalls).toBe(1);
});

test('suspicions stand still during a stall, so the suspect keeps its time to refute', () => {
  const world = new InMemoryWorld();
  const [a, , c] = formRestingCluster(world, 3) as [WorldNode, WorldNode, WorldNode];
  world.mayPass = (from, to) => from !== c && to !== c;
  expect(world.runUntil(() => a.core.memberState('n2') === 'suspect', 10_000)).toBe(true);
  const suspectedAtMs = world.nowMs;
  // The suspicion lasts 4 s; the stall is longer, and a node that stalls hears nothing of the refutation.
  stall(world, a, 6_000);
  world.runForMs(100);
  expect(a.core.memberState('n2')).toBe('suspect');
  // The suspect still has all the time that was left when the stall began.
  expect(world.runUntil(() => a.core.memberState('n2') === 'dead', 20_000)).toBe(true);
  expect(world.nowMs - suspectedAtMs).toBeGreaterThan(8_500);
});

test.each([3, 5, 12])('a node among %i that stalls for minutes kills nobody whom it suspected before', (count) => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, count);
  const a = nodes[0]!;
  const suspect = nodes.at(-1)!;
  world.mayPass = (from, to) => from !== suspect && to !== suspect;
  expect(world.runUntil(() => a.core.memberState(suspect.name) === 'suspect', 30_000)).toBe(true);
  world.mayPass = () => true;
  stall(world, a, 120_000);
  expect(world.runUntil(() => nodes.every((node) => node.core.memberCount === count), 60_000)).toBe(true);
  expect(deathsSaidBy(nodes)).not.toContain(suspect.name);
});

test('a node that is cut off, suspects, and then stalls for a minute kills nobody', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5);
  const a = nodes[0]!;
  world.mayPass = (from, to) => from !== a && to !== a;
  const suspects = (): boolean => nodes.slice(1).some(({ name }) => a.core.memberState(name) === 'suspect');
  expect(world.runUntil(suspects, 30_000)).toBe(true);
  stall(world, a, 60_000);
  world.mayPass = () => true;
  expect(world.runUntil(() => nodes.every((node) => node.core.memberCount === nodes.length), 60_000)).toBe(true);
  expect(deathsSaidBy(nodes).filter((name) => name !== a.name)).toEqual([]);
});

test('the time between a stop and a start is no stall, and does not count against a suspect', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 3);
  const [a, , c] = nodes as [WorldNode, WorldNode, WorldNode];
  world.mayPass = (from, to) => from !== c && to !== c;
  expect(world.runUntil(() => a.core.memberState(c.name) === 'suspect', 30_000)).toBe(true);
  world.mayPass = () => true;
  a.core.stop(world.nowMs);
  world.runForMs(40_000);
  a.core.start(world.nowMs);
  world.runForMs(100);
  expect(a.core.stats.swim.stalls).toBe(0);
  expect(a.core.memberState(c.name)).not.toBe('dead');
  // It dies now, and is declared dead for all the stop.
  c.isUp = false;
  expect(world.runUntil(() => a.core.memberState(c.name) === 'dead', 60_000)).toBe(true);
});

test('who stalled for more than a protocol period catches up, whether or not its suspicions stood still', () => {
  for (const frozenSuspicions of [true, false]) {
    const world = new InMemoryWorld();
    const nodes = formRestingCluster(world, 5, { rules: { frozenSuspicions } });
    const exchanges = (): number => nodes[0]!.core.stats.swim.pushPullsInitiated;
    const before = exchanges();
    stall(world, nodes[0]!, 3_000);
    world.runForMs(1_500);
    expect(exchanges()).toBeGreaterThan(before);
  }
});

test('a node that stalls again and again still declares a dead member dead', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  b.isUp = false;
  expect(world.runUntil(() => a.core.memberState('n1') === 'suspect', 10_000)).toBe(true);
  const suspectedAtMs = world.nowMs;
  while (a.core.memberState('n1') === 'suspect') {
    stall(world, a, 2_000);
    world.runForMs(50);
    expect(world.nowMs - suspectedAtMs).toBeLessThan(60_000);
  }
  // Shortest time of 4 s, held up by at most the longest, 24 s.
  expect(world.nowMs - suspectedAtMs).toBeGreaterThan(20_000);
});

test.each([300, 1_000, 3_000, 10_000, 30_000])('no node that stalls for %i ms kills a healthy one', (stallMs) => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5);
  for (const stalled of nodes) {
    for (const node of nodes) node.trace.length = 0;
    stall(world, stalled, stallMs);
    expect(world.runUntil(() => nodes.every((node) => node.core.memberCount === nodes.length), 60_000)).toBe(true);
    // The others may have given up a node that was silent for so long; nobody may have given up one of them.
    expect(deathsSaidBy(nodes).filter((name) => name !== stalled.name)).toEqual([]);
  }
});

test('a relay that stalled sends no late nack', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formRestingCluster(world, 3) as [WorldNode, WorldNode, WorldNode];
  c.isUp = false;
  expect(world.runUntil(() => b.core.stats.swim.indirectPingsRelayed > 0, 20_000)).toBe(true);
  const nacksBefore = b.core.stats.swim.nacksSent;
  stall(world, b, 1_500);
  world.runForMs(10);
  expect(b.core.stats.swim.nacksSent).toBe(nacksBefore);
  expect(a.core.stats.swim.probesFailed).toBeGreaterThan(0);
});

test('a confirmation that makes a suspicion overdue is no stall', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 7);
  const [a, , c] = nodes as [WorldNode, WorldNode, WorldNode];
  // Cut off alone, it suspects the others one by one, each for the longest time, as nobody confirms.
  world.mayPass = (from, to) => from !== a && to !== a;
  expect(world.runUntil(() => nodes.slice(1).some(({ name }) => a.core.memberState(name) === 'suspect'), 20_000)).toBe(
    true,
  );
  world.runForMs(9_000);
  const suspect = nodes.slice(1).find(({ name }) => a.core.memberState(name) === 'suspect')!;
  for (const from of ['x', 'y', 'z']) {
    const writer = new ByteWriter();
    encodeSuspect(writer, { incarnation: suspect.core.localMember.incarnation, node: suspect.name, from });
    a.core.receivePacket(world.nowMs, c.address, writer.copy());
  }
  world.runForMs(100);
  expect(a.core.memberState(suspect.name)).toBe('dead');
  expect(a.core.stats.swim.stalls).toBe(0);
});
