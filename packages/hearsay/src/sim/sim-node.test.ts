import { expect, test } from 'vitest';
import type { SwimTraceEvent } from '../swim/index.ts';
import type { SimNode } from './sim-node.ts';
import { Simulator, type SimulatorOptions } from './simulator.ts';
import { formCluster } from './warm-start.ts';

interface Told {
  readonly node: string;
  readonly event: SwimTraceEvent;
}

/** Members n1, n2 and so on, at rest for a while, and what they told since. */
function cluster(nodeCount: number, options: Partial<SimulatorOptions> = {}): [Simulator, Told[]] {
  const simulator = new Simulator({ seed: 3, ...options });
  const told: Told[] = [];
  simulator.observe({ onTrace: (node, event) => told.push({ node: node.name, event }) });
  for (let i = 1; i <= nodeCount; i++) simulator.addNode(`n${i}`);
  for (const node of simulator.nodes) simulator.boot(node, { profile: 'lan', rules: 'memberlist' });
  formCluster(simulator);
  simulator.runForMs(10_000);
  for (const node of simulator.nodes) node.takeTraffic();
  told.length = 0;
  return [simulator, told];
}

function of(told: readonly Told[], node: SimNode, type: SwimTraceEvent['type']): readonly SwimTraceEvent[] {
  return told.filter((each) => each.node === node.name && each.event.type === type).map(({ event }) => event);
}

test('a blocked node sends nothing and handles nothing, and what it would have sent leaves when the block ends', () => {
  const [simulator] = cluster(5);
  const node = simulator.nodes[0]!;
  node.block();
  simulator.runForMs(3_000);
  expect(node.traffic).toMatchObject({ packetsSent: 0, packetsReceived: 0 });
  node.unblock();
  expect(node.traffic.packetsSent).toBeGreaterThan(0);
  expect(node.traffic.packetsReceived).toBeGreaterThan(0);
});

test('a block shorter than a probe harms nobody', () => {
  const [simulator, told] = cluster(5);
  const node = simulator.nodes[0]!;
  for (let i = 0; i < 20; i++) {
    node.block();
    simulator.runForMs(300);
    node.unblock();
    simulator.runForMs(700);
  }
  expect(told.filter(({ event }) => event.type === 'suspect')).toEqual([]);
});

test('a prober that is blocked before its ping accuses one member, the instant it wakes', () => {
  const [simulator, told] = cluster(5);
  const node = simulator.nodes[0]!;
  node.block();
  simulator.runForMs(6_000);
  expect(of(told, node, 'probe-started')).toHaveLength(1);
  expect(of(told, node, 'suspect')).toEqual([]);
  const nowMs = simulator.nowMs;
  node.unblock();
  expect(of(told, node, 'suspect')).toMatchObject([{ atMs: nowMs, from: 'n1' }]);
  // The tick that nobody took begins the next probe at once.
  expect(of(told, node, 'probe-started')).toHaveLength(2);
});

test('suspicion clocks go on while a node is blocked', () => {
  const [simulator, told] = cluster(5);
  const [node, crashed] = simulator.nodes;
  crashed!.crash(false);
  expect(simulator.runUntil(() => node!.core.memberState('n2') === 'suspect', 20_000)).toBe(true);
  node!.block();
  simulator.runForMs(30_000);
  expect(of(told, node!, 'dead')).toMatchObject([{ node: 'n2' }]);
});

test('streams of a blocked node wait as packets do', () => {
  const [simulator] = cluster(5);
  const [node, other] = simulator.nodes;
  node!.block();
  node!.step((core, nowMs) => core.join(nowMs, [other!.address]));
  simulator.runForMs(2_000);
  expect(node!.traffic.streamBytesSent).toBe(0);
  const { pushPullsAnswered } = other!.core.stats.swim;
  node!.unblock();
  simulator.runForMs(500);
  expect(other!.core.stats.swim.pushPullsAnswered).toBe(pushPullsAnswered + 1);
});

test('a node that is blocked, crashes and starts again is not blocked', () => {
  const [simulator] = cluster(5);
  const node = simulator.nodes[0]!;
  node.block();
  simulator.runForMs(3_000);
  node.crash(true);
  node.thaw();
  simulator.runForMs(5_000);
  expect(node.state).toBe('running');
  expect(node.traffic.packetsSent).toBeGreaterThan(0);
});

test('a node handles no more packets than its host has time for', () => {
  const [simulator] = cluster(5, { host: { packetHandlingMs: 40 } });
  const [node, sender] = simulator.nodes;
  for (let i = 0; i < 50; i++) sender!.sendPacket(node!.address, Uint8Array.of(255));
  simulator.runForMs(1_000);
  expect(node!.traffic.packetsReceived).toBeGreaterThanOrEqual(24);
  expect(node!.traffic.packetsReceived).toBeLessThanOrEqual(26);
  simulator.runForMs(1_500);
  expect(node!.traffic.packetsReceived).toBeGreaterThan(50);
});

test('what is left unread when a block begins is read on after it, at the same rate', () => {
  const [simulator] = cluster(2, { host: { packetHandlingMs: 0.02 } });
  const [node, sender] = simulator.nodes;
  node!.block();
  for (let i = 0; i < 200; i++) sender!.sendPacket(node!.address, Uint8Array.of(255));
  simulator.runForMs(100);
  const counts = [1, 2, 3].map(() => {
    node!.unblock();
    simulator.runForMs(1);
    node!.block();
    simulator.runForMs(100);
    return node!.takeTraffic().packetsReceived;
  });
  for (const count of counts) expect(Math.abs(count - 50)).toBeLessThanOrEqual(2);
});

test('a socket holds what its host gives it, and the rest is lost and counted', () => {
  const [simulator] = cluster(2, { host: { receiveBufferBytes: 7_690 } });
  const [node, sender] = simulator.nodes;
  node!.block();
  for (let i = 0; i < 30; i++) sender!.sendPacket(node!.address, Uint8Array.of(255));
  simulator.runForMs(10);
  expect(node!.traffic.packetsOverflowed).toBe(20);
});
