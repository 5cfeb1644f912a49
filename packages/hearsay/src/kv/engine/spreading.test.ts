import { expect, test } from 'vitest';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';

test('a member that takes no part is sent nothing at all', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6));
  const strangers = world.add(['s1', 's2', 's3'], { isCapable: false });
  nodes[0]!.kv.put('k', bytes('v'), { track: true });
  nodes[1]!.kv.put('large', new Uint8Array(5_000));
  nodes[2]!.kv.setOwn('k', bytes('v'));
  world.runForMs(20_000);
  expect(world.all((node) => node.get('k') === 'v')).toBe(true);
  expect(world.sent.filter(({ to, from }) => to.startsWith('s') || from.startsWith('s'))).toEqual([]);
  expect(nodes[0]!.kv.capableNames()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
  expect(strangers[0]!.kv.stats.receivedMessages).toEqual({});
});

test('a large value is announced, and everybody gets it once', () => {
  const world = new KvWorld();
  const nodes = world.add(names(20), { gossip: { periodMs: 600_000 } });
  world.runForMs(1);
  nodes[3]!.put('large', 'x'.repeat(8_000));
  nodes[4]!.kv.setOwn('profile', new Uint8Array(3_000));
  const hasAll = (): boolean =>
    world.all((node) => node.get('large')?.length === 8_000 && node.getOwned('n4', 'profile')?.length === 3_000);
  expect(world.runUntil(hasAll, 10_000)).toBeLessThan(4_000);
  const rumors = world.sent.filter(({ message }) => message.type === 'rumor');
  expect(rumors.every(({ channel }) => channel === 'stream')).toBe(true);
  // One for each of the others.
  expect(rumors.length).toBe(2 * 19);
});

test('when an announced value does not come, comparing brings it', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6), { gossip: { periodMs: 5_000 } });
  let lostCount = 0;
  world.passes = ({ from, message }) => {
    const isLost = from === 'n0' && message.type === 'rumor' && lostCount < 2;
    if (isLost) lostCount += 1;
    return !isLost;
  };
  nodes[0]!.put('large', 'x'.repeat(8_000));
  expect(world.runUntil(() => world.all((node) => node.get('large') !== undefined), 30_000)).toBeLessThan(15_000);
  expect(lostCount).toBe(2);
});

test('a rumor of an entry with a limited life is as old as it is', () => {
  const world = new KvWorld();
  const nodes = world.add(names(10), { gossip: { periodMs: 600_000 } });
  const beganAtMs = world.clock.nowMs;
  nodes[0]!.kv.put('k', bytes('v'), { ttlMs: 10_000 });
  expect(world.runUntil(() => world.all((node) => node.get('k') === 'v'), 5_000)).toBeLessThan(3_000);
  world.runForMs(beganAtMs + 9_900 - world.clock.nowMs);
  expect(world.all((node) => node.get('k') === 'v')).toBe(true);
  // One transit of 1 ms for each hop is not counted.
  world.runForMs(200);
  expect(world.all((node) => node.get('k') === undefined)).toBe(true);
});

test('of a key written many times, only the newest value is sent', () => {
  const world = new KvWorld();
  const [a, b] = world.add(names(2), { gossip: { periodMs: 600_000 } });
  for (let count = 0; count < 100; count += 1) a!.put('k', `v${count}`);
  world.runForMs(3_000);
  expect(b!.get('k')).toBe('v99');
  expect(a!.kv.stats.sentMessages['rumor']).toBeLessThan(10);
});

test('a node alone queues nothing, and one that comes later gets everything at once', () => {
  const world = new KvWorld();
  const [a] = world.add(['a']);
  a!.put('k', 'v');
  world.runForMs(60_000);
  expect(a!.kv.stats).toMatchObject({ rumorsQueued: 0, lagMs: 0 });
  expect(a!.kv.hasBroadcasts()).toBe(false);
  const [b] = world.add(['b']);
  expect(world.runUntil(() => b!.get('k') === 'v', 5_000)).toBeLessThan(2_000);
});

test.each(['suspect', 'failed', 'leave'] as const)(
  'nothing goes to a member that is gone (%s), until it is back',
  (how) => {
    const world = new KvWorld();
    const nodes = world.add(names(4), { gossip: { seeds: ['n3'], seedIntervalMs: 1_000 } });
    const [n0, , , n3] = nodes;
    n0!.put('large', 'x'.repeat(8_000));
    n0!.put('small', 'v');
    for (let index = 0; index < 40; index += 1) n3!.put(`theirs-${index}`, 'x'.repeat(500));
    world.runForMs(30);
    // In the midst of all that, and it does not know: it goes on asking, pulling and refusing.
    if (how === 'suspect') n3!.member.state = 'suspect';
    else world.tell(how, 'n3');
    const goneAtMs = world.clock.nowMs;
    n0!.put('later', 'v');
    for (const { kv } of nodes.slice(0, 3)) {
      const out: Uint8Array[] = [];
      kv.takeBroadcasts(n3!.member, 3, 1_390, out);
      expect(out).toEqual([]);
    }
    const [{ stream }] = [n0!.kv.state.shared.get('large')!];
    const dot = { stream, version: 1 };
    world.deliver('n0', { type: 'pull', from: 'n3', lane: 0, dots: [dot] });
    world.deliver('n0', { type: 'announce', from: 'n3', lane: 0, stream, version: 99, bytes: 5_000 });
    world.runForMs(10_000);
    expect(world.sent.filter(({ to, atMs }) => to === 'n3' && atMs >= goneAtMs)).toEqual([]);
    expect(world.sent.some(({ from, atMs }) => from === 'n3' && atMs >= goneAtMs)).toBe(true);
    world.tell('join', 'n3');
    expect(world.runUntil(() => n3!.get('later') === 'v' && n3!.get('large') !== undefined, 10_000)).toBeLessThan(
      4_000,
    );
  },
);

test('every so often a seed is asked, by name or by address', () => {
  const world = new KvWorld();
  const nodes = world.add(names(20), { gossip: { seeds: ['n7', '10.0.0.1:9'], peersPerPeriod: 1, periodMs: 10_000 } });
  world.runForMs(300_000);
  const asked = world.sent.filter(({ from, message }) => from === 'n0' && message.type === 'summary');
  const ofSeeds = asked.filter(({ to }) => to === 'n7' || to === nodes[8]!.name);
  // Thirty periods; a seed in each third of them, beside the chosen one.
  expect(ofSeeds.length).toBeGreaterThanOrEqual(7);
  expect(ofSeeds.length).toBeLessThan(16);
});

test('rumors tell how long they took to come, by the clocks of the two', () => {
  const world = new KvWorld();
  const nodes = world.add(names(10), { gossip: { periodMs: 600_000 } });
  nodes[9]!.skewMs = 2_000;
  for (const key of ['a', 'b', 'c']) nodes[0]!.put(key, 'v');
  world.runForMs(5_000);
  expect(nodes[0]!.kv.stats.rumorSpreadMs).toBe(undefined);
  const { p50, p99, count } = nodes[1]!.kv.stats.rumorSpreadMs!;
  expect(count).toBe(3);
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(p99).toBeLessThan(3_000);
  expect(nodes[9]!.kv.stats.rumorSpreadMs!.p50).toBeGreaterThan(2_000);
});
