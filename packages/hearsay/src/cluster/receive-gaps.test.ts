import { expect, test } from 'vitest';
import { swimPresets } from '../swim/index.ts';
import { suspicionMaxMs, suspicionMinMs } from '../swim/timing.ts';
import { formRestingCluster } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';

// A node that receives nothing must not hold that against others, as long as others may be well.

const { lan } = swimPresets;
const stranger = { host: '127.0.0.1', port: 40_000 };

function formCluster(world: InMemoryWorld, count: number, rules?: 'memberlist'): WorldNode[] {
  const nodes = formRestingCluster(world, count, rules && { rules });
  for (const node of nodes) node.trace.length = 0;
  return nodes;
}

/** Its clocks go on, but nothing leaves it and nothing reaches it. */
function cutOff(world: InMemoryWorld, node: WorldNode, forMs: number): void {
  world.mayPass = (from, to) => from !== node && to !== node;
  world.runForMs(forMs);
  world.mayPass = () => true;
}

function deathsBy(node: WorldNode): string[] {
  return node.trace.flatMap((event) => (event.type === 'dead' && event.from === node.name ? [event.node] : []));
}

/** As a load balancer does that wants to see the port open. */
function checkHealth(world: InMemoryWorld, { core }: WorldNode): void {
  core.streamClosed(world.nowMs, core.acceptStream(world.nowMs, stranger)!, 'ECONNRESET');
}

/** When the node declared the last of the others dead, from now on. */
function decideMs(world: InMemoryWorld, node: WorldNode): number {
  const startedAtMs = world.nowMs;
  expect(world.runUntil(() => node.core.memberCount === 1, 1_000_000)).toBe(true);
  return world.nowMs - startedAtMs;
}

test.each([2_000, 8_000, 30_000])('who was cut off for %i ms declares nobody dead', (spanMs) => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, 12);
  cutOff(world, nodes[0]!, spanMs);
  world.runForMs(20_000);
  expect(deathsBy(nodes[0]!)).toEqual([]);
  expect(nodes.map((node) => node.core.memberCount)).toEqual(nodes.map(() => 12));
});

test.each<[string, (world: InMemoryWorld, node: WorldNode) => void]>([
  ['a connection that says nothing', checkHealth],
  [
    'bytes that are no packet',
    (world, node) => node.core.receivePacket(world.nowMs, stranger, Uint8Array.of(200, 1, 2)),
  ],
])('who is cut off and gets %s every 750 ms declares nobody dead either', (_, bother) => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, 12);
  const [a] = nodes as [WorldNode];
  world.mayPass = (from, to) => from !== a && to !== a;
  for (let spentMs = 0; spentMs < 30_000; spentMs += 750) {
    world.runForMs(750);
    bother(world, a);
  }
  world.mayPass = () => true;
  world.runForMs(20_000);
  expect(deathsBy(a)).toEqual([]);
});

test('with the rules of memberlist the same node declares others dead', () => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, 12, 'memberlist');
  cutOff(world, nodes[0]!, 30_000);
  expect(deathsBy(nodes[0]!).length).toBeGreaterThan(0);
});

test('a probe during which nothing at all was heard gets no verdict', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, 12) as [WorldNode];
  cutOff(world, a, suspicionMinMs(lan.suspicionMult, 12, lan.probeIntervalMs));
  const types = a.trace.map(({ type }) => type);
  expect(types).toContain('probe-void');
  expect(types).not.toContain('probe-failed');
  expect(types).not.toContain('suspect');
});

test('a suspicion stands still while nothing is heard, and ages by the time in which something is', () => {
  const world = new InMemoryWorld();
  const [a, b, ...others] = formCluster(world, 12) as [WorldNode, WorldNode, ...WorldNode[]];
  b.isUp = false;
  expect(world.runUntil(() => a.core.memberState('n1') === 'suspect', 20_000)).toBe(true);
  const suspectedAtMs = world.nowMs;
  cutOff(world, a, 20_000);
  // The others have buried it meanwhile; this node goes by its own clock alone.
  world.mayPass = (from, to) => from !== a && to !== a;
  for (const other of others) other.isUp = false;
  world.mayPass = () => true;
  expect(a.core.memberState('n1')).toBe('suspect');
  expect(world.runUntil(() => a.core.memberState('n1') === 'dead', 100_000)).toBe(true);
  const lastedMs = world.nowMs - suspectedAtMs;
  expect(lastedMs).toBeGreaterThan(20_000 + suspicionMinMs(lan.suspicionMult, 12, lan.probeIntervalMs));
  expect(lastedMs).toBeLessThanOrEqual(2 * suspicionMaxMs(lan, 12) + 1_000);
  a.core.why(world.nowMs, 'n1');
  expect(world.runUntil(() => a.events.some(({ type }) => type === 'why-done'), 10_000)).toBe(true);
  const texts = a.events.flatMap((event) => (event.type === 'why-done' ? event.report.timeline : []));
  const death = texts.find(({ text }) => text.startsWith('dead, declared by n0'));
  expect(death?.text).toMatch(/, the clock of the suspicion had stood still for \d\d s/);
});

test.each([8, 12])('the last of %i decides in the end', (count) => {
  const world = new InMemoryWorld();
  const [a, ...others] = formCluster(world, count) as [WorldNode, ...WorldNode[]];
  for (const other of others) other.isUp = false;
  const maxMs = suspicionMaxMs(lan, count);
  const roundMs = (2 * count - 1) * lan.awarenessMaxMultiplier * lan.probeIntervalMs;
  expect(decideMs(world, a)).toBeLessThan(suspicionMinMs(lan.suspicionMult, count, 1_000) + roundMs + 2 * maxMs);
});

test.each([2, 3, 7])('the last of only %i decides as soon as with the rules of memberlist', (count) => {
  const [sharpMs, plainMs] = ([undefined, 'memberlist'] as const).map((rules) => {
    const world = new InMemoryWorld();
    const [a, ...others] = formCluster(world, count, rules) as [WorldNode, ...WorldNode[]];
    for (const other of others) other.isUp = false;
    return decideMs(world, a);
  }) as [number, number];
  // Chance differs from run to run: by a round of probes of a node that doubts itself most.
  expect(sharpMs).toBeLessThan(plainMs + count * 8_000);
});

test('the clocks of a quiet cluster run as fast as with the rules of memberlist', () => {
  for (const rules of [undefined, 'memberlist'] as const) {
    const world = new InMemoryWorld();
    const nodes = formCluster(world, 12, rules);
    nodes.at(-1)!.isUp = false;
    world.runForMs(40_000);
    const frozen = nodes.flatMap(({ trace }) => trace.filter(({ type }) => type === 'suspicions-frozen'));
    expect(frozen).toEqual([]);
    expect(nodes[0]!.core.memberCount).toBe(11);
  }
});
