import { expect, test } from 'vitest';
import { formRestingCluster } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeAlive, encodeErrorReply } from '../wire/index.ts';

const nowhere = { host: '10.9.9.9', port: 1 };

test('a join tells how many addresses answered, and why the others did not', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 1) as [WorldNode];
  const b = world.add('b').start();
  const request = b.core.join(world.nowMs, [nowhere, a.address]);
  world.runForMs(100);
  expect(b.events).toContainEqual({
    type: 'join-done',
    request,
    joinedCount: 1,
    failures: [{ address: '10.9.9.9:1', reason: 'refused' }],
  });
});

test("a stranger's error is cut, and takes no more than a line, before it is a join's failure", () => {
  const world = new InMemoryWorld();
  const stranger = world.add('stranger').start();
  const b = world.add('b').start();
  const errorOf = (text: string): string => {
    const reply = new ByteWriter();
    encodeErrorReply(reply, { error: text });
    stranger.core.receiveStream = (_, stream) => stranger.writeStream(stream, reply.view());
    b.core.join(world.nowMs, [stranger.address]);
    world.runForMs(100);
    const done = b.events.findLast((event) => event.type === 'join-done');
    return done?.failures[0]?.reason ?? 'none';
  };
  expect(errorOf('wrong label: “ä”')).toBe('wrong label: “ä”');
  expect(errorOf('a\nb\r\u001b[2Jc\u009b\u202ed\u2028e\0')).toBe('a b  [2Jc  d e ');
  expect(errorOf(`${'x'.repeat(255)}😀${'y'.repeat(60_000)}`)).toBe(`${'x'.repeat(255)} `);
});

test('a join of many addresses contacts sixteen at once and ends with all of them', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 1) as [WorldNode];
  world.mayPass = (_, to, kind) => kind === 'packet' || to !== a;
  const b = world.add('b').start();
  let openCount = 0;
  const open = b.openStream.bind(b);
  b.openStream = (stream, to) => {
    openCount += 1;
    open(stream, to);
  };
  const addresses = Array.from({ length: 50 }, (_, i) => ({ host: '10.9.9.9', port: i + 1 }));
  b.core.join(world.nowMs, addresses);
  expect(openCount).toBe(16);
  world.runForMs(200);
  const done = b.events.find((event) => event.type === 'join-done');
  expect(done).toMatchObject({ joinedCount: 0 });
  expect(done!.failures.length).toBe(50);
});

test('a join whose peer says nothing ends after the stream timeout, and an abandoned one without an event', () => {
  const world = new InMemoryWorld();
  const b = world.add('b').start();
  b.openStream = () => undefined;
  b.core.join(world.nowMs, [nowhere]);
  const abandoned = b.core.join(world.nowMs, [nowhere]);
  expect(b.core.stats.streams).toBe(2);
  b.core.abandon(world.nowMs, abandoned);
  expect(b.core.stats.streams).toBe(1);
  world.runForMs(9_999);
  expect(b.events.filter(({ type }) => type === 'join-done')).toEqual([]);
  world.runForMs(1);
  const failures = [{ address: '10.9.9.9:1', reason: 'timed out' }];
  expect(b.events.filter(({ type }) => type === 'join-done')).toEqual([
    { type: 'join-done', request: 1, joinedCount: 0, failures },
  ]);
});

test('a join while no stream is free fails address by address, and all are free again after their time', () => {
  const world = new InMemoryWorld();
  const b = world.add('b').start();
  b.openStream = () => undefined;
  const addresses = Array.from({ length: 2_000 }, (_, i) => ({ host: '10.9.9.9', port: i + 1 }));
  for (let i = 0; i < 8; i++) b.core.join(world.nowMs, addresses.slice(0, 15));
  b.core.join(world.nowMs, addresses);
  expect(b.core.stats.streams).toBe(127);
  world.runForMs(10_000);
  const done = b.events.filter((event) => event.type === 'join-done').map(({ failures }) => failures.length);
  expect(done.sort((x, y) => x - y).slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 15));
  expect(b.core.stats.swim.streamsRefused).toBeGreaterThan(0);
  world.runForMs(1_500_000);
  expect(b.events.filter((event) => event.type === 'join-done').length).toBe(9);
  expect(b.core.stats.streams).toBe(0);
});

test('a node that is alone tries its seeds again after one, two, four seconds and so on', () => {
  const world = new InMemoryWorld();
  const node = world.add('node', { seeds: [nowhere] }).start();
  world.runForMs(120_000);
  const triedAtMs = node.trace.flatMap((event) => (event.type === 'heal-attempt' ? [event.atMs] : []));
  expect(triedAtMs[0]).toBeLessThan(1_500);
  expect(triedAtMs[1]! - triedAtMs[0]!).toBeLessThan(3_000);
  const last = triedAtMs.at(-1)! - triedAtMs.at(-2)!;
  expect(last).toBeGreaterThanOrEqual(15_000);
  expect(last).toBeLessThanOrEqual(45_000);
});

test('a node that left can start and join again, as a new life of the same member', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  b.core.leave(world.nowMs, 5_000);
  expect(world.runUntil(() => a.core.memberState('n1') === 'left', 2_000)).toBe(true);
  expect(() => b.core.join(world.nowMs, [a.address])).toThrow(/has left/);
  b.start().join(a);
  expect(world.runUntil(() => a.core.memberState('n1') === 'alive', 2_000)).toBe(true);
  expect(a.eventsOf('member-join')).toEqual(['n0', 'n1', 'n1']);
  expect(b.core.localMember).toMatchObject({ state: 'alive', incarnation: 2 });
  world.runForMs(60_000);
  expect(a.core.memberState('n1')).toBe('alive');
  expect(b.trace.filter(({ type }) => type === 'probe-acked').length).toBeGreaterThan(30);
});

test('a leave with nobody to tell is done at once, and one that nobody hears after its time', () => {
  const world = new InMemoryWorld();
  const lone = world.add('lone').start();
  const request = lone.core.leave(world.nowMs, 5_000);
  expect(lone.events).toContainEqual({ type: 'leave-done', request, spread: true });
  const [, b] = formRestingCluster(new InMemoryWorld(), 2) as [WorldNode, WorldNode];
  b.sendPacket = () => undefined;
  const unheard = b.core.leave(20_000, 100);
  b.core.advance(20_050);
  b.core.advance(20_100);
  expect(b.events).toContainEqual({ type: 'leave-done', request: unheard, spread: false });
});

test('a node that left answers pings and exchanges, and accuses nobody', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formRestingCluster(world, 3) as [WorldNode, WorldNode, WorldNode];
  b.core.leave(world.nowMs, 5_000);
  world.runForMs(5_000);
  c.isUp = false;
  const answeredBefore = b.core.stats.swim.pingsAnswered;
  const probesBefore = b.core.stats.swim.probes;
  a.sendPacket(b.address, Uint8Array.of(0, 0x81, 0xa5, ...Buffer.from('SeqNo'), 1));
  world.runForMs(30_000);
  expect(b.core.stats.swim.pingsAnswered).toBe(answeredBefore + 1);
  expect(b.core.stats.swim.probes).toBe(probesBefore);
  expect(b.trace.filter(({ type }) => type === 'suspect').length).toBeLessThanOrEqual(1);
});

test('a join or a healing that ends after the leave is not followed up', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 2) as [WorldNode];
  const healing = world.add('healing', { seeds: [a.address] }).start();
  expect(world.runUntil(() => healing.core.stats.streams > 0, 2_000)).toBe(true);
  const joining = world.add('joining').start().join(a);
  for (const node of [joining, healing]) node.core.leave(world.nowMs, 5_000);
  world.runForMs(60_000);
  expect(healing.core.stats.swim.heals).toBe(1);
  expect(joining.events).toContainEqual(expect.objectContaining({ type: 'join-done', joinedCount: 1 }));
  for (const node of [joining, healing]) expect(node.core.stats.swim.pushPullsInitiated).toBe(1);
});

test('new metadata reaches everybody and raises one update event', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 4);
  const request = nodes[2]!.core.updateMeta(world.nowMs, Uint8Array.of(1, 2, 3), 5_000);
  world.runForMs(5_000);
  for (const node of nodes) {
    expect(node.core.member('n2')!.meta).toEqual(Uint8Array.of(1, 2, 3));
    expect(node.eventsOf('member-update')).toEqual(['n2']);
  }
  expect(nodes[2]!.events).toContainEqual({ type: 'update-done', request, spread: true });
  expect(() => nodes[2]!.core.updateMeta(world.nowMs, new Uint8Array(513), 1)).toThrow(/513 bytes, the limit is 512/);
});

test('a message goes to one member by packet or stream, a broadcast to all', () => {
  const world = new InMemoryWorld();
  const [a, b, c] = formRestingCluster(world, 3) as [WorldNode, WorldNode, WorldNode];
  const received = (node: WorldNode): string[] =>
    node.events.flatMap((event) =>
      event.type === 'user-message' ? [`${event.payload.join()} from ${event.from}`] : [],
    );
  a.core.sendUserMessage(world.nowMs, 'n1', Uint8Array.of(1), 'packet');
  a.core.sendUserMessage(world.nowMs, 'n1', Uint8Array.of(2), 'stream');
  world.runForMs(100);
  expect(received(b)).toEqual(['1 from 10.0.0.1:7946', '2 from 10.0.0.1:7946']);
  expect(received(c)).toEqual([]);
  a.core.broadcast(world.nowMs, Uint8Array.of(3));
  world.runForMs(3_000);
  expect(new Set(received(c))).toEqual(new Set(['3 from 10.0.0.1:7946']));
  expect(() => a.core.sendUserMessage(world.nowMs, 'nobody', Uint8Array.of(1), 'packet')).toThrow(/nobody/);
  expect(() => a.core.sendUserMessage(world.nowMs, 'n1', new Uint8Array(1_396), 'packet')).toThrow(
    /1396 bytes, the limit is 1395/,
  );
});

test('two nodes of one name: both hear of the conflict, the others keep the first', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  const impostor = world.add('n1-again', { name: 'n1' }).start().join(a);
  world.runForMs(3_000);
  expect(a.eventsOf('name-conflict')).toContain('n1');
  expect(b.eventsOf('name-conflict')).toContain('n1');
  expect(impostor.eventsOf('name-conflict')).toContain('n1');
  expect(a.core.member('n1')!.address).toEqual(b.address);
  expect(a.core.stats.swim.nameConflicts).toBeGreaterThan(0);
  const conflict = a.events.find((event) => event.type === 'name-conflict')!;
  expect(conflict.other).toMatchObject({ state: 'alive', address: impostor.address });
});

test('a member that left may come back from another address at once', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  b.core.leave(world.nowMs, 1_000);
  world.runForMs(2_000);
  b.isUp = false;
  const moved = world.add('moved', { name: 'n1' }).start().join(a);
  expect(world.runUntil(() => a.core.memberState('n1') === 'alive', 2_000)).toBe(true);
  expect(a.core.member('n1')!.address).toEqual(moved.address);
});

test('a member learns in an exchange that it was declared dead, and refutes', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2, { swim: { gossipToTheDeadMs: 600_000 } }) as [WorldNode, WorldNode];
  world.mayPass = (_, __, kind) => kind === 'stream';
  const dead = (): boolean => a.core.memberState('n1') === 'dead' || b.core.memberState('n0') === 'dead';
  a.openStream = (stream) => world.later(1, () => a.core.streamClosed(world.nowMs, stream, 'refused'));
  expect(world.runUntil(dead, 30_000)).toBe(true);
  // From now on only streams pass: gossip cannot have told it.
  b.core.join(world.nowMs, [a.address]);
  world.runForMs(100);
  b.core.join(world.nowMs, [a.address]);
  world.runForMs(100);
  expect(b.core.stats.swim.refutations).toBeGreaterThan(0);
  expect(a.core.memberState('n1')).toBe('alive');
});

test('the 128th stream of others is refused and counted, and each ends after its time', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 1) as [WorldNode];
  const accepted = Array.from({ length: 200 }, () => a.core.acceptStream(world.nowMs, nowhere));
  expect(accepted.filter((stream) => stream !== undefined).length).toBe(127);
  expect(a.core.stats.swim.streamsRefused).toBe(73);
  // One byte now and then does not keep a stream open.
  for (let i = 0; i < 9; i++) {
    world.runForMs(1_000);
    a.core.receiveStream(world.nowMs, accepted[0]!, Uint8Array.of(6));
  }
  world.runForMs(1_000);
  expect(a.core.stats.streams).toBe(0);
  expect(a.core.acceptStream(world.nowMs, nowhere)).toBeDefined();
});

test('acks that come twice, late, or for nobody change nothing', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  const send = b.sendPacket.bind(b);
  b.sendPacket = (to, packet) => {
    for (let i = 0; i < 3; i++) send(to, packet);
    const copy = packet.slice();
    world.later(1_500, () => a.core.receivePacket(world.nowMs, b.address, copy));
  };
  const { probes, probesAcked } = a.core.stats.swim;
  world.runForMs(20_000);
  const after = a.core.stats.swim;
  expect(after.probesAcked - probesAcked).toBeGreaterThanOrEqual(after.probes - probes - 1);
  expect(after.probesAcked).toBeLessThanOrEqual(after.probes);
  expect(a.core.stats.healthScore).toBe(0);
});

test('a cluster at rest sends one ping and one ack a node and second, and nothing else', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5);
  world.runForMs(25_000);
  for (const node of nodes) node.sent.length = 0;
  world.runForMs(20_000);
  const packets = nodes.flatMap((node) => node.sent).filter(({ packet }) => packet[0] !== 0 && packet[0] !== 2);
  expect(packets).toEqual([]);
  for (const node of nodes) expect(node.sent.filter(({ packet }) => packet[0] === 0).length).toBeLessThanOrEqual(20);
});

test('adopted members are known without events or rumors, and probed like any other', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  const c = world.add('c').start();
  c.core.adopt(world.nowMs, a.core.members);
  expect(c.core.memberCount).toBe(3);
  expect(c.eventsOf('member-join')).toEqual(['c']);
  b.isUp = false;
  expect(world.runUntil(() => c.core.memberState('n1') === 'dead', 40_000)).toBe(true);
});

test('a stopped node says nothing and hears nothing until it starts again', () => {
  const world = new InMemoryWorld();
  const [a, b] = formRestingCluster(world, 2) as [WorldNode, WorldNode];
  b.core.stop(world.nowMs);
  expect(b.core.nextDeadlineMs).toBe(Infinity);
  const writer = new ByteWriter();
  encodeAlive(writer, { node: 'x', incarnation: 1, addr: null, port: 1, meta: null, vsn: null });
  b.core.receivePacket(world.nowMs, nowhere, writer.copy());
  expect(b.core.member('x')).toBe(undefined);
  expect(() => b.core.broadcast(world.nowMs, Uint8Array.of(1))).toThrow(/not running/);
  expect(world.runUntil(() => a.core.memberState('n1') === 'dead', 30_000)).toBe(true);
  b.start();
  expect(world.runUntil(() => a.core.memberState('n1') === 'alive', 60_000)).toBe(true);
});

test('a member that waits for the stable view when the node stops is in it after the next start', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 2, { stableView: {} }) as [WorldNode];
  world.add('late').start().join(a);
  const namesInView = (): string[] => a.core.stableView!.members.map(({ name }) => name).toSorted();
  expect(world.runUntil(() => a.core.memberState('late') === 'alive', 1_000)).toBe(true);
  expect(namesInView()).toEqual(['n0', 'n1']);
  a.core.stop(world.nowMs);
  a.start();
  world.runForMs(10_000);
  expect(namesInView()).toEqual(['late', 'n0', 'n1']);
});

test('a step that fails says why, and the next one is a step of its own', () => {
  const world = new InMemoryWorld();
  const [a] = formRestingCluster(world, 2) as [WorldNode];
  const userMessage = Uint8Array.of(8, 1);
  const inputs: ((nowMs: number) => void)[] = [
    (nowMs) => a.core.advance(nowMs),
    (nowMs) => a.core.receivePacket(nowMs, nowhere, userMessage),
    (nowMs) => a.core.sendUserMessage(nowMs, 'n1', userMessage, 'packet'),
  ];
  const works = { sendPacket: a.sendPacket.bind(a), emit: a.emit.bind(a) };
  const fail = (): never => {
    throw new Error('an invariant is broken');
  };
  for (const input of inputs) {
    Object.assign(a, { sendPacket: fail, emit: fail });
    expect(() => input(world.nowMs + 1_000)).toThrow('an invariant is broken');
    Object.assign(a, works);
    expect(() => input(world.nowMs + 1_000)).not.toThrow();
  }
});
