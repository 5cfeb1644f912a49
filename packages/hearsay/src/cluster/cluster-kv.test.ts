import { expect, test } from 'vitest';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';
import { ClusterNode, SeededRng, type ClusterOptions } from './index.ts';

const text = new TextEncoder();
const bytes = (value: string): Uint8Array => text.encode(value);
const mark = Uint8Array.of(0xe7, 0x47, 0x53, 0x01);

const serf: Partial<ClusterOptions> = { serf: {} };
const pools: [string, Partial<ClusterOptions>][] = [
  ['Serf', serf],
  ['plain', {}],
];

/** Nodes that take part in state, and strangers that do not, in one pool. */
function formPool(
  world: InMemoryWorld,
  names: readonly string[],
  strangers: readonly string[],
  options: Partial<ClusterOptions>,
): Map<string, WorldNode> {
  for (const name of names) world.add(name, { ...options, kv: {} }).start();
  for (const name of strangers) world.add(name, options).start();
  const nodes = [...world.nodes.values()];
  for (const node of nodes.slice(1)) node.join(nodes[0]!);
  expect(world.runUntil(() => nodes.every((node) => node.core.memberCount === nodes.length), 10_000)).toBe(true);
  world.runForMs(5_000);
  return world.nodes;
}

function valueAt(node: WorldNode, key: string): string | undefined {
  const entry = node.core.kv!.get(key);
  return entry && new TextDecoder().decode(entry.value);
}

/** How many packets that `from` sent to `to` have the mark of state in them. Nothing is compressed or encrypted here. */
function statePackets(from: WorldNode, to: WorldNode): number {
  return from.sent.filter(
    (sent) => sent.to.host === to.address.host && Buffer.from(sent.packet).includes(Buffer.from(mark)),
  ).length;
}

test.each(pools)('in a %s pool a write reaches those that take part, and not one byte the others', (_, options) => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a', 'b', 'c'], ['x', 'y'], { ...options, swim: { compression: false } });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => nodes.get(name)!) as [WorldNode, WorldNode, WorldNode];
  a.core.kv!.put(world.nowMs, 'flag', bytes('on'));
  a.core.kv!.setOwn(world.nowMs, 'version', bytes('1.2'));
  const isThere = (node: WorldNode): boolean =>
    valueAt(node, 'flag') === 'on' && node.core.kv!.getOwned('a', 'version') !== undefined;
  expect(world.runUntil(() => isThere(b) && isThere(c), 2_500)).toBe(true);
  world.runForMs(10_000);
  for (const from of [a, b, c]) {
    for (const to of ['x', 'y']) {
      // In a plain pool a member's metadata has the mark too, in rumors of membership, which all may read.
      const marksOfMembers = options.serf === undefined;
      if (!marksOfMembers) expect(statePackets(from, nodes.get(to)!)).toBe(0);
    }
    expect(from.core.kv!.capableNames).toEqual(['a', 'b', 'c']);
    expect(from.events.some(({ type }) => type === 'user-message')).toBe(false);
  }
  for (const name of ['x', 'y']) {
    const { core, events } = nodes.get(name)!;
    expect(core.kv).toBeUndefined();
    expect(events.some(({ type }) => type === 'user-message')).toBe(false);
    if (options.serf !== undefined) expect(core.serfStats!.counters['messagesUnknown']).toBe(0);
  }
  expect(statePackets(a, b)).toBeGreaterThan(0);
});

test('a member says that it takes part by a tag, which is not among those that it was given', () => {
  const world = new InMemoryWorld();
  const options = { serf: { tags: { role: 'web' } } };
  const nodes = formPool(world, ['a'], ['x'], options);
  const [a, x] = [nodes.get('a')!.core, nodes.get('x')!.core];
  expect(a.tags).toEqual({ role: 'web' });
  expect({ ...x.serfMember('a')?.tags }).toEqual({ role: 'web', gs: '1' });
  a.setTags(world.nowMs, { role: 'db' }, 5_000);
  world.runForMs(5_000);
  expect({ ...x.serfMember('a')?.tags }).toEqual({ role: 'db', gs: '1' });
  expect(a.tags).toEqual({ role: 'db' });
  expect(() => a.setTags(world.nowMs, { gs: '0' }, 5_000)).toThrow("the tag 'gs' is reserved");
  expect(() => x.setTags(world.nowMs, { gs: '1' }, 5_000)).toThrow("the tag 'gs' is reserved");
  expect(() => world.add('z', { serf: { tags: { gs: '1' } } })).toThrow("the tag 'gs' is reserved");
});

test('a member of a plain pool says so before its metadata, which all read without it', () => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a'], ['x'], { meta: bytes('hello') });
  const [a, x] = [nodes.get('a')!, nodes.get('x')!];
  expect(x.core.member('a')?.meta).toEqual(bytes('hello'));
  expect(a.core.localMember.meta).toEqual(bytes('hello'));
  expect(a.core.announcedMember.meta).toEqual(Uint8Array.of(...mark, ...bytes('hello')));
  a.core.updateMeta(world.nowMs, bytes('again'), 5_000);
  world.runForMs(5_000);
  expect(x.core.member('a')?.meta).toEqual(bytes('again'));
  expect(x.events).toContainEqual(
    expect.objectContaining({
      type: 'member-update',
      member: expect.objectContaining({ meta: bytes('again') }) as unknown,
    }),
  );
  expect(() => a.core.updateMeta(world.nowMs, new Uint8Array(509), 5_000)).toThrow(
    'meta is 509 bytes, the limit is 508',
  );
});

test('messages of the application and state share a plain pool, and each comes to its own', () => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a', 'b'], [], {});
  const [a, b] = [nodes.get('a')!, nodes.get('b')!];
  a.core.sendUserMessage(world.nowMs, 'b', bytes('hello'), 'packet');
  a.core.broadcast(world.nowMs, bytes('all'));
  a.core.kv!.put(world.nowMs, 'k', bytes('v'));
  world.runForMs(3_000);
  const texts = b.events.flatMap((event) =>
    event.type === 'user-message' ? [new TextDecoder().decode(event.payload)] : [],
  );
  expect([...new Set(texts)].toSorted()).toEqual(['all', 'hello']);
  expect(valueAt(b, 'k')).toBe('v');
  // Also of a version that does not exist yet.
  const forged = Uint8Array.of(0xe7, 0x47, 0x53, 2);
  expect(() => a.core.sendUserMessage(world.nowMs, 'b', forged, 'packet')).toThrow('begins with the three bytes');
  expect(() => a.core.broadcast(world.nowMs, forged)).toThrow('begins with the three bytes');
});

test('a layer above a plain pool says its metadata and hears its messages as it would without state', () => {
  const world = new InMemoryWorld();
  const limits = new Set<number>();
  const heard: string[] = [];
  const delegate: ClusterOptions['delegate'] = {
    nodeMeta: (limitBytes) => {
      limits.add(limitBytes);
      return bytes('mine');
    },
    onUserMessage: (message) => heard.push(new TextDecoder().decode(message)),
  };
  const nodes = formPool(world, ['a', 'b'], [], { delegate });
  const [a, b] = [nodes.get('a')!, nodes.get('b')!];
  expect(b.core.member('a')?.meta).toEqual(bytes('mine'));
  expect([...limits]).toEqual([508]);
  a.core.kv!.put(world.nowMs, 'k', bytes('v'));
  a.core.sendUserMessage(world.nowMs, 'b', bytes('hello'), 'stream');
  world.runForMs(3_000);
  expect(valueAt(b, 'k')).toBe('v');
  expect(heard).toEqual(['hello']);
});

test('a flood of user events does not keep a write from spreading, and writes do not keep events', () => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a', 'b', 'c', 'd'], [], serf);
  const a = nodes.get('a')!;
  const { core } = a;
  const payload = new Uint8Array(400);
  for (let i = 0; i < 400; i += 1) core.fireEvent(world.nowMs, `e${i}`, payload, false);
  for (let i = 0; i < 400; i += 1) core.kv!.put(world.nowMs, `k${i}`, new Uint8Array(600).fill(i));
  const others = ['b', 'c', 'd'].map((name) => nodes.get(name)!);
  const eventCount = (node: WorldNode): number => node.events.filter(({ type }) => type === 'user').length;
  const keyCount = (node: WorldNode): number => [...node.core.kv!.list()].length;
  world.runForMs(3_000);
  for (const node of others) {
    expect(eventCount(node), 'user events that came while state waited too').toBeGreaterThan(10);
    expect(keyCount(node), 'keys that came while user events waited too').toBeGreaterThan(10);
  }
  expect(world.runUntil(() => others.every((node) => keyCount(node) === 400), 30_000)).toBe(true);
  expect(world.runUntil(() => others.every((node) => eventCount(node) === 400), 60_000)).toBe(true);
});

test.each(pools)(
  'in a %s pool a node that left takes part again when it starts anew, with what it had',
  (_, options) => {
    const world = new InMemoryWorld();
    const nodes = formPool(world, ['a', 'b'], [], { ...options, swim: { compression: false } });
    const [a, b] = [nodes.get('a')!, nodes.get('b')!];
    b.core.kv!.put(world.nowMs, 'before', bytes('1'));
    world.runForMs(2_000);
    b.core.kv!.put(world.nowMs, 'last', bytes('words'));
    b.core.leave(world.nowMs, 5_000);
    world.runForMs(15_000);
    expect(valueAt(a, 'last')).toBe('words');
    expect(() => b.core.kv!.put(world.nowMs, 'k', bytes('v'))).toThrow('the node has left');
    expect(valueAt(b, 'before')).toBe('1');
    a.core.kv!.put(world.nowMs, 'missed', bytes('2'));
    const count = statePackets(b, a);
    world.runForMs(60_000);
    expect(statePackets(b, a), 'who has left says nothing more of state').toBe(count);
    b.start();
    b.join(a);
    expect(world.runUntil(() => valueAt(b, 'missed') === '2', 20_000)).toBe(true);
    b.core.kv!.put(world.nowMs, 'k', bytes('v'));
    expect(world.runUntil(() => valueAt(a, 'k') === 'v', 20_000)).toBe(true);
  },
);

test('a node that is stopped refuses writes, does nothing, and goes on when it starts again', () => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a', 'b'], [], serf);
  const [a, b] = [nodes.get('a')!, nodes.get('b')!];
  b.core.kv!.put(world.nowMs, 'k', bytes('v'));
  b.core.stop(world.nowMs);
  expect(b.core.nextDeadlineMs).toBe(Infinity);
  expect(() => b.core.kv!.put(world.nowMs, 'k', bytes('w'))).toThrow('the node is not running');
  expect(() => b.core.kv!.setOwn(world.nowMs, 'k', bytes('w'))).toThrow('the node is not running');
  expect(valueAt(b, 'k')).toBe('v');
  b.start().join(a);
  b.core.kv!.put(world.nowMs, 'k', bytes('w'));
  expect(world.runUntil(() => valueAt(a, 'k') === 'w', 20_000)).toBe(true);
});

test('what a member owned is shown until a Serf pool forgets the member, although membership does so before', () => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a', 'b'], [], { serf: { config: { reconnectTimeoutMs: 120_000 } } });
  const [a, b] = [nodes.get('a')!, nodes.get('b')!];
  b.core.kv!.setOwn(world.nowMs, 'version', bytes('1.2'));
  world.runForMs(5_000);
  b.isUp = false;
  const shows = (): boolean => a.core.kv!.getOwned('b', 'version') !== undefined;
  expect(world.runUntil(() => a.core.memberState('b') === undefined, 100_000)).toBe(true);
  expect(shows()).toBe(true);
  expect(world.runUntil(() => a.core.serfMember('b') === undefined, 200_000)).toBe(true);
  world.runForMs(1_000);
  expect(shows()).toBe(false);
});

test('a write that is refused changes nothing and does not spoil the node', () => {
  const world = new InMemoryWorld();
  const a = world.add('a', { kv: { config: { sharedValueMaxBytes: 10 } } }).start();
  expect(() => a.core.kv!.put(world.nowMs, 'k', new Uint8Array(11))).toThrow(
    'value of "k" is 11 bytes, the limit is 10',
  );
  a.core.kv!.put(world.nowMs, 'k', new Uint8Array(10));
  expect(a.core.kv!.get('k')?.value.length).toBe(10);
});

test('a node with state needs wall time, and settings that its state can have', () => {
  const world = new InMemoryWorld();
  const node = world.add('a');
  const env = { rng: new SeededRng(1, 0), fillRandom: () => {} };
  const options = { name: 'b', advertise: node.address, kv: {} };
  expect(() => new ClusterNode(options, env, node)).toThrow('the environment has no wallMs');
  expect(() => world.add('c', { kv: { gossip: { peersPerPeriod: 0 } } })).toThrow('peersPerPeriod');
  expect(() => world.add('d', { kv: { config: { keyMaxBytes: 513 } } })).toThrow('kv.keyMaxBytes is 513');
});

test('the stats of a node have those of its state', () => {
  const world = new InMemoryWorld();
  const nodes = formPool(world, ['a', 'b'], [], serf);
  expect(nodes.get('a')!.core.stats.kv).toMatchObject({ capableCount: 2 });
  expect(world.add('x').start().core.stats.kv).toBeUndefined();
});
