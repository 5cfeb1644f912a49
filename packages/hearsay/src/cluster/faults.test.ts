import { expect, test } from 'vitest';
import { formCluster, seesAll } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeAlive, encodeDead, encodeSuspect, type Alive } from '../wire/index.ts';

// Known faults of memberlist and its relatives, each with the scenario that shows it. See docs/protocol.md.

/** Until nobody knows anything of `name` any more. */
function runUntilForgotten(world: InMemoryWorld, nodes: readonly WorldNode[], name: string): void {
  expect(world.runUntil(() => nodes.every((node) => node.core.memberState(name) === undefined), 120_000)).toBe(true);
}

function alive(node: string, incarnation: number, overrides: Partial<Alive> = {}): Uint8Array {
  const writer = new ByteWriter(128);
  const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
  const addr = Uint8Array.of(10, 0, 0, 99);
  encodeAlive(writer, { node, incarnation, addr, port: 7946, meta: null, vsn, ...overrides });
  return writer.copy();
}

function accusation(
  encode: typeof encodeSuspect,
  node: string,
  incarnation: number,
  from: string = 'stranger',
): Uint8Array {
  const writer = new ByteWriter(128);
  encode(writer, { node, incarnation, from });
  return writer.copy();
}

const stranger = { host: '10.0.0.99', port: 7946 };

test('a stale alive from a push/pull does not bring back a member that died and was forgotten (memberlist#312)', () => {
  const world = new InMemoryWorld();
  const [a, b, c, sleeper] = formCluster(world, ['a', 'b', 'c', 'sleeper']) as [
    WorldNode,
    WorldNode,
    WorldNode,
    WorldNode,
  ];
  // The sleeper stands still with `c` alive in its memory; meanwhile `c` dies and is forgotten by the others.
  sleeper.isUp = false;
  c.isUp = false;
  runUntilForgotten(world, [a, b], 'c');
  runUntilForgotten(world, [a, b], 'sleeper');
  sleeper.isUp = true;
  sleeper.join(a);
  expect(world.runUntil(() => seesAll([a, b, sleeper]), 10_000)).toBe(true);
  world.runForMs(60_000);
  expect(a.eventsOf('member-join')).toEqual(['a', 'b', 'c', 'sleeper', 'sleeper']);
  expect(b.eventsOf('member-join').filter((name) => name === 'c')).toEqual(['c']);
  expect(a.core.stats.swim.staleAlivesRefused).toBeGreaterThan(0);
  expect(sleeper.core.memberState('c')).not.toBe('alive');
});

test('a stale alive that comes by gossip does not bring a forgotten member back either', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  const c = world.nodes.get('c')!;
  c.isUp = false;
  runUntilForgotten(world, [a, b], 'c');
  const { addr } = c.core.localMember;
  a.core.receivePacket(world.nowMs, stranger, alive('c', 1, { addr }));
  expect(a.core.memberState('c')).toBe('dead');
  a.core.receivePacket(world.nowMs, stranger, alive('c', 2, { addr }));
  expect(a.core.memberState('c')).toBe('alive');
});

test('a member that was forgotten and restarts without memory is back within two seconds', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  c.isUp = false;
  runUntilForgotten(world, [a, b], 'c');
  c.restart().join(a);
  expect(world.runUntil(() => seesAll([a, b, c]), 2_000)).toBe(true);
});

test.each([
  ['sharp' as const],
  [{ reassertion: false }],
  [{ reassertion: false, promptRepair: false }],
  [{ rejoin: false }],
  ['memberlist' as const],
])('with rules %j a member that left, was forgotten and starts again is back within two seconds', (rules) => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, ['a', 'b', 'c', 'd', 'e'], { rules });
  const a = nodes[0]!;
  const e = nodes[4]!;
  e.core.leave(world.nowMs, 3_000);
  world.runForMs(3_000);
  e.isUp = false;
  runUntilForgotten(world, nodes.slice(0, 4), 'e');
  e.restart().join(a);
  expect(world.runUntil(() => seesAll(nodes), 2_000)).toBe(true);
});

test('a member that is dead to the others and restarts without memory is back within two seconds', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  c.isUp = false;
  expect(world.runUntil(() => [a, b].every((node) => node.core.memberState('c') === 'dead'), 30_000)).toBe(true);
  c.restart().join(a);
  expect(world.runUntil(() => seesAll([a, b, c]), 2_000)).toBe(true);
});

test('after a mass restart without memory all are alive to all, whatever the dead certificates say (memberlist#311)', () => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, ['a', 'b', 'c', 'd', 'e', 'f']);
  // High incarnations, so that the new lives begin far below the old ones.
  for (let i = 1; i <= 5; i++) for (const node of nodes) node.core.updateMeta(world.nowMs, Uint8Array.of(i), 1_000);
  world.runForMs(5_000);
  const [witness, ...others] = nodes as [WorldNode, ...WorldNode[]];
  for (const node of others) node.isUp = false;
  expect(world.runUntil(() => witness.core.memberCount === 1, 120_000)).toBe(true);
  for (const node of others) node.restart().join(others[0]!, witness);
  expect(world.runUntil(() => seesAll(nodes), 5_000)).toBe(true);
  for (const node of others) expect(node.core.localMember.incarnation).toBeGreaterThan(5);
  // And what they say in their new life counts.
  others[0]!.core.updateMeta(world.nowMs, Uint8Array.of(77), 1_000);
  const isHeard = (): boolean => nodes.every((node) => node.core.member(others[0]!.name)!.meta[0] === 77);
  expect(world.runUntil(isHeard, 3_000)).toBe(true);
});

test('a node that lost its memory while alive to the others learns of its old record and speaks above it', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  for (let i = 1; i <= 5; i++) c.core.updateMeta(world.nowMs, Uint8Array.of(i), 1_000);
  world.runForMs(3_000);
  c.restart().join(a);
  c.core.updateMeta(world.nowMs, Uint8Array.of(88), 1_000);
  const isHeard = (): boolean => [a, b].every((node) => node.core.member('c')!.meta[0] === 88);
  expect(world.runUntil(isHeard, 2_000)).toBe(true);
  expect(a.core.memberState('c')).toBe('alive');
});

test('nobody is declared dead by an incarnation that its owner could never refute', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode];
  for (const node of [a, b]) {
    node.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', 0xffff_ffff));
    node.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, 'c', 0xffff_ffff));
    node.core.receivePacket(world.nowMs, stranger, alive('c', 0xffff_ffff, { addr: Uint8Array.of(10, 0, 0, 3) }));
    expect(node.core.stats.swim.incarnationJumpsRefused).toBe(3);
  }
  world.runForMs(30_000);
  expect(seesAll([...world.nodes.values()])).toBe(true);
  expect(a.core.member('c')!.incarnation).toBe(1);
});

test('who was accused far ahead is what it says to its peers and to newcomers, and can be cut off and come back', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  const half = 2 ** 31;
  for (const incarnation of [half + 1, half]) {
    c.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', incarnation));
  }
  expect(c.core.localMember.incarnation).toBe(half + 1);
  const isFollowed = (): boolean => [a, b].every((node) => node.core.member('c')!.incarnation === half + 1);
  expect(world.runUntil(isFollowed, 5_000)).toBe(true);
  const d = world.add('d').start().join(a);
  expect(world.runUntil(() => seesAll([a, b, c, d]), 5_000)).toBe(true);
  world.mayPass = (from, to) => from !== c && to !== c;
  expect(world.runUntil(() => a.core.memberState('c') === 'dead', 120_000)).toBe(true);
  world.mayPass = () => true;
  expect(world.runUntil(() => seesAll([a, b, c, d]), 60_000)).toBe(true);
});

test('a member far ahead is not buried by what it could not deny, nor immune when it stops, nor away for good', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  c.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', 2 ** 31));
  world.runForMs(5_000);
  for (const incarnation of [2 ** 32 - 2, 2 ** 32 - 1]) {
    a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', incarnation));
    a.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, 'c', incarnation));
  }
  expect(a.core.stats.swim.incarnationJumpsRefused).toBe(4);
  expect(a.core.memberState('c')).toBe('alive');
  // The last accusation that it can deny.
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, 'c', 2 ** 32 - 3));
  expect(world.runUntil(() => seesAll([a, b, c]), 5_000)).toBe(true);
  world.runForMs(5_000);
  expect([a, b].map((node) => node.core.member('c')!.incarnation)).toEqual([2 ** 32 - 2, 2 ** 32 - 2]);
  b.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, 'c', 2 ** 32 - 2));
  expect(b.core.memberState('c')).toBe('alive');
  c.isUp = false;
  const isGone = (): boolean => [a, b].every((node) => node.core.memberState('c') === 'dead');
  expect(world.runUntil(isGone, 120_000)).toBe(true);
  // Without memory it begins where it could not deny that, and comes back when it is forgotten.
  c.restart().join(a);
  expect(world.runUntil(() => seesAll([a, b, c]), 120_000)).toBe(true);
  expect(a.core.member('c')!.incarnation).toBe(1);
});

test('whoever is declared dead before it begins, far ahead, comes in when that is forgotten', () => {
  const world = new InMemoryWorld();
  const nodes = formCluster(world, ['a', 'b', 'c']);
  const d = world.add('d').start();
  const { addr } = d.core.localMember;
  for (const node of nodes) {
    node.core.receivePacket(world.nowMs, stranger, alive('d', 3e9, { addr }));
    node.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, 'd', 3e9));
  }
  d.join(nodes[0]!);
  expect(world.runUntil(() => seesAll([...nodes, d]), 120_000)).toBe(true);
});

test('an unknown member that is refused for its incarnation is not listed, and nobody is told of it', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b']) as [WorldNode, WorldNode];
  a.core.receivePacket(world.nowMs, stranger, alive('c', 0xffff_ffff));
  expect(a.core.stats.swim.incarnationJumpsRefused).toBe(1);
  expect(a.core.allMembers.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  world.runForMs(5_000);
  a.core.receivePacket(world.nowMs, b.address, accusation(encodeSuspect, 'c', 1, 'b'));
  expect(a.core.stats.swim.directMessagesSent).toBe(0);
});

test('an outdated accusation makes a node say its record again, at a limited rate, and tell the accuser', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a', 'b', 'c']) as [WorldNode];
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'a', 1));
  expect(a.core.localMember.incarnation).toBe(2);
  world.runForMs(10_000);
  a.sent.length = 0;
  for (let i = 0; i < 100; i++) a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'a', 1));
  expect(a.core.localMember.incarnation).toBe(2);
  expect(a.core.stats.swim.reassertions).toBe(1);
  expect(a.core.stats.rumorQueue.count).toBe(1);
  expect(a.sent.filter(({ to }) => to.host === stranger.host).length).toBe(1);
});

test('of an accusation older than what it has just said, a node tells the accuser alone', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode];
  const told = (): number => a.sent.filter(({ to }) => to.host === b.address.host).length;
  world.runForMs(10_000);
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'a', 1));
  a.sent.length = 0;
  a.core.receivePacket(world.nowMs, b.address, accusation(encodeSuspect, 'a', 1, 'c'));
  expect(told()).toBe(0);
  a.core.receivePacket(world.nowMs, b.address, accusation(encodeSuspect, 'a', 1, 'b'));
  expect(told()).toBe(1);
  expect(a.core.stats.swim.reassertions).toBe(0);
});

test('a node whose own record comes back long after it was told passes it on, as others do who believed otherwise', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a', 'b', 'c']) as [WorldNode];
  const echo = (): void => {
    const { addr, port, incarnation, meta } = a.core.localMember;
    a.core.receivePacket(world.nowMs, stranger, alive('a', incarnation, { addr, port, meta }));
  };
  world.runForMs(10_000);
  echo();
  expect(a.core.stats.rumorQueue.count).toBe(1);
  world.runForMs(1_500);
  expect(a.core.stats.rumorQueue.count).toBe(0);
  echo();
  expect(a.core.stats.rumorQueue.count).toBe(0);
  expect(a.core.stats.swim.reassertions).toBe(1);
});

test('who knows that a death was refuted tells that to whom spreads it, and to the others again', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode];
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', 1));
  expect(world.runUntil(() => a.core.member('c')!.incarnation === 2, 5_000)).toBe(true);
  expect(world.runUntil(() => a.core.stats.rumorQueue.count === 0, 5_000)).toBe(true);
  a.sent.length = 0;
  a.core.receivePacket(world.nowMs, b.address, accusation(encodeDead, 'c', 1));
  expect(a.core.memberState('c')).toBe('alive');
  expect(a.sent.some(({ to }) => to.host === b.address.host)).toBe(true);
  expect(a.core.stats.rumorQueue.count).toBe(1);
});

test('who accuses a member that has long been given up is told the verdict', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  c.isUp = false;
  const isGone = (): boolean => [a, b].every((node) => node.core.memberState('c') === 'dead');
  expect(world.runUntil(isGone, 60_000)).toBe(true);
  const accuse = (): number => {
    const before = a.core.stats.swim.directMessagesSent;
    a.core.receivePacket(world.nowMs, b.address, accusation(encodeSuspect, 'c', 1, 'b'));
    return a.core.stats.swim.directMessagesSent - before;
  };
  // As long as the verdict is on its way by gossip it need not be told.
  expect(accuse()).toBe(0);
  world.runForMs(5_000);
  expect(accuse()).toBe(1);
});

test('what is told directly is limited, however many stale rumors come', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a', 'b']) as [WorldNode];
  for (let i = 0; i < 500; i++) a.core.receivePacket(world.nowMs, stranger, alive(`n${i}`, 5));
  for (let i = 0; i < 500; i++) a.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, `n${i}`, 5));
  a.sent.length = 0;
  for (let i = 0; i < 500; i++) a.core.receivePacket(world.nowMs, stranger, alive(`n${i}`, 4));
  expect(a.sent.length).toBe(32);
  expect(a.core.stats.swim.directMessagesHeldBack).toBe(468);
});

test('the queue of an isolated node is bounded, and what is dropped is counted (alertmanager#1409)', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b']) as [WorldNode, WorldNode];
  world.mayPass = () => false;
  for (let i = 0; i < 20_000; i++) {
    a.core.broadcast(world.nowMs, Uint8Array.of(i >> 8, i));
    if (i % 200 === 0) world.runForMs(1_000);
  }
  const { broadcastQueue, rumorQueue } = a.core.stats;
  expect(broadcastQueue.count).toBeLessThanOrEqual(8_192);
  expect(broadcastQueue.dropped).toBeGreaterThan(0);
  expect(rumorQueue.count).toBeLessThanOrEqual(2);
  expect(b.core.stats.rumorQueue.count).toBeLessThanOrEqual(2);
});

test('a node that left is forgotten like any other, so short-lived members do not pile up (memberlist#253)', () => {
  const world = new InMemoryWorld();
  const [a, b] = formCluster(world, ['a', 'b']) as [WorldNode, WorldNode];
  for (let i = 0; i < 50; i++) {
    const addr = Uint8Array.of(10, 0, 1, i);
    a.core.receivePacket(world.nowMs, stranger, alive(`guest${i}`, 1, { addr }));
    const writer = new ByteWriter(128);
    encodeDead(writer, { node: `guest${i}`, incarnation: 1, from: `guest${i}` });
    a.core.receivePacket(world.nowMs, stranger, writer.copy());
  }
  expect(a.core.allMembers.length).toBe(52);
  world.runForMs(40_000);
  expect(a.core.allMembers.length).toBe(2);
  expect(b.core.allMembers.length).toBe(2);
});

test('addresses that everybody would take for itself are refused', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a', 'b']) as [WorldNode];
  a.core.receivePacket(world.nowMs, stranger, alive('zero4', 1, { addr: new Uint8Array(4) }));
  a.core.receivePacket(world.nowMs, stranger, alive('zero6', 1, { addr: new Uint8Array(16) }));
  expect(a.core.allMembers.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  expect(a.core.stats.swim.alivesRefused).toBe(2);
});

test('what would fit into no packet when it is passed on is refused and counted, and the queue comes to rest', () => {
  const world = new InMemoryWorld();
  const [a, , c] = formCluster(world, ['a', 'b', 'c']) as [WorldNode, WorldNode, WorldNode];
  world.runForMs(5_000);
  const { addr } = c.core.localMember;
  const name = 'x'.repeat(256);
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', 1, name));
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeDead, 'c', 1, 'ä'.repeat(128)));
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'a', 1, name));
  expect(a.core.stats.swim.accusationsRefused).toBe(3);
  a.core.receivePacket(world.nowMs, stranger, alive('c', 2, { addr, meta: new Uint8Array(513) }));
  a.core.receivePacket(world.nowMs, stranger, alive('d', 1, { meta: new Uint8Array(513) }));
  expect(a.core.stats.swim.alivesRefused).toBe(2);
  expect(seesAll([...world.nodes.values()])).toBe(true);
  expect(a.core.stats.rumorQueue.count).toBe(0);
  a.core.receivePacket(world.nowMs, stranger, accusation(encodeSuspect, 'c', 1, 'x'.repeat(255)));
  a.core.receivePacket(world.nowMs, stranger, alive('d', 1, { meta: new Uint8Array(512) }));
  expect(a.core.stats.rumorQueue.count).toBe(2);
  world.runForMs(5_000);
  expect(a.core.stats.rumorQueue.count).toBe(0);
});

test('a node denies what claims too long metadata for it, as others may have believed that', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a', 'b']) as [WorldNode];
  const { addr } = a.core.localMember;
  a.core.receivePacket(world.nowMs, stranger, alive('a', 5, { addr, meta: new Uint8Array(513) }));
  expect(a.core.localMember.incarnation).toBe(6);
});

test('more members than the bound, and names longer than theirs, are refused and counted', () => {
  const world = new InMemoryWorld();
  const [a] = formCluster(world, ['a']) as [WorldNode];
  a.core.receivePacket(world.nowMs, stranger, alive('x'.repeat(256), 1));
  a.core.receivePacket(world.nowMs, stranger, alive('ä'.repeat(128), 1));
  expect(a.core.allMembers.length).toBe(1);
  a.core.receivePacket(world.nowMs, stranger, alive('x'.repeat(255), 1));
  const one = a.core.members[0]!;
  const many = Array.from({ length: 99_998 }, (_, i) => ({ ...one, name: `n${i}` }));
  a.core.adopt(world.nowMs, many);
  for (let i = 0; i < 10; i++) a.core.receivePacket(world.nowMs, stranger, alive(`late${i}`, 1));
  expect(a.core.allMembers.length).toBe(100_000);
  expect(a.core.stats.swim.membersRefused).toBe(2 + 10);
});
