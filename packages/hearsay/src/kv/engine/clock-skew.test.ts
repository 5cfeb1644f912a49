import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names, type WorldNode } from '../../../../../test/support/kv-world.ts';
import type { SharedEntry } from '../entry.ts';
import type { SharedDelta } from '../messages.ts';
import type { SavedState } from '../kv-state.ts';
import { kvLimits } from '../limits.ts';
import { compareStamps, stampEpochMax } from '../stamp.ts';
import { newGeneration, streamKeyOf } from '../stream.ts';

test('writes of a node whose clock is an hour ahead are nowhere seen; it is told, stops, and makes up for it', () => {
  const world = new KvWorld();
  const nodes = world.add(names(20));
  const [wrong] = nodes;
  world.runForMs(3_000);
  wrong!.skewMs = 3_600_000;
  wrong!.put('k', 'from the future');
  wrong!.put('l', 'too');
  expect(world.runUntil(() => wrong!.eventsOf('clock-skew').length > 0, 10_000)).toBeLessThan(5_000);
  const { aheadMs, refusedBy } = wrong!.eventsOf('clock-skew')[0]!;
  expect(aheadMs).toBeGreaterThan(3_590_000);
  expect(refusedBy.length).toBe(3);
  expect(wrong!.kv.stats.nacks['clock-ahead']).toBeGreaterThanOrEqual(3);
  const refusals = nodes.slice(1).map(({ kv }) => kv.stats.refusals['clock-ahead'] ?? 0);
  expect(refusals.filter((count) => count > 0).length).toBeGreaterThanOrEqual(3);
  expect(() => wrong!.put('m', 'v')).toThrow(expect.objectContaining({ code: 'ERR_KV_CLOCK_AHEAD' }));
  expect(() => wrong!.kv.delete('k')).toThrow(expect.objectContaining({ code: 'ERR_KV_CLOCK_AHEAD' }));
  // Owned lanes carry no stamp and do not care.
  wrong!.kv.setOwn('mood', bytes('confused'));
  nodes[1]!.put('other', 'v');
  world.runForMs(10_000);
  expect(nodes.slice(1).every((node) => node.get('k') === undefined && node.get('other') === 'v')).toBe(true);
  expect(world.all((node) => node.getOwned('n0', 'mood') === 'confused')).toBe(true);

  wrong!.skewMs = 0;
  const isHealed = (): boolean => world.all((node) => node.get('k') === 'from the future' && node.get('l') === 'too');
  expect(world.runUntil(isHealed, 20_000)).toBeLessThan(10_000);
  expect(wrong!.eventsOf('clock-right')).toEqual([{ type: 'clock-right', reissuedCount: 2 }]);
  wrong!.put('m', 'v');
  world.runForMs(5_000);
  expect(world.all((node) => node.get('m') === 'v')).toBe(true);
  expect(wrong!.eventsOf('clock-skew').length).toBe(1);
  expect(nodes.slice(1).flatMap((node) => node.eventsOf('clock-skew'))).toEqual([]);
});

test('a clock that was ahead and is then too far behind is not right, and gives no stamp below what the node has seen', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6));
  const [wrong, other] = nodes;
  wrong!.skewMs = 20_000;
  wrong!.put('mine', 'v1');
  world.runForMs(3_000);
  other!.put('k', 'v1');
  other!.kv.delete('k');
  world.runForMs(3_000);
  const seen = other!.kv.state.shared.save().entries.find(({ key }) => key === 'k')!;
  wrong!.skewMs = -16_000;
  world.runForMs(6_000);
  expect(wrong!.eventsOf('clock-right')).toEqual([]);
  expect(() => wrong!.put('k', 'v2')).toThrow(expect.objectContaining({ code: 'ERR_KV_CLOCK_AHEAD' }));
  wrong!.skewMs = 0;
  world.runForMs(6_000);
  expect(wrong!.eventsOf('clock-right')).toEqual([{ type: 'clock-right', reissuedCount: 1 }]);
  wrong!.put('k', 'v2');
  expect(wrong!.kv.state.shared.get('k')!.stamp.ms).toBeGreaterThan(seen.stamp.ms);
  world.runForMs(5_000);
  expect(world.all((node) => node.get('k') === 'v2' && node.get('mine') === 'v1')).toBe(true);
});

test('what is issued anew with a clock that is behind stays above what the node has seen', () => {
  const time = new KvTime();
  const [fast, other] = ['fast', 'other'].map((name) => new KvNode(name, time));
  fast!.skewMs = 20_000;
  fast!.put('mine', 'v1');
  fast!.skewMs = 0;
  time.pass(10_000);
  other!.put('k', 'v1');
  fast!.pull(other!);
  fast!.skewMs = -6_000;
  expect(fast!.state.shared.reissueAhead().map(({ key }) => key)).toEqual(['mine']);
  fast!.put('k', 'v2');
  other!.pull(fast!);
  expect([other!.get('k'), other!.get('mine')]).toEqual(['v2', 'v1']);
});

/** One entry for the key at all of them, undefined too; the test fails when they differ. */
function commonEntry(nodes: readonly WorldNode[], key: string): SharedEntry | undefined {
  const [first, ...others] = nodes.map(({ kv }) => kv.state.shared.latest(key));
  for (const other of others) expect(other).toMatchObject({ stream: first?.stream, version: first?.version });
  return first;
}

test.each([true, false])(
  'what a member whose clock was ahead as well has taken gives way to what is issued anew (it is set right too: %s)',
  (isOtherSetRight) => {
    const world = new KvWorld();
    const nodes = world.add(names(6));
    const [first, second] = nodes;
    first!.skewMs = second!.skewMs = 30_000;
    first!.put('k', 'v1');
    first!.put('l', 'v1');
    world.runUntil(() => second!.get('k') === 'v1' && second!.get('l') === 'v1', 5_000);
    const early = second!.kv.state.shared.get('k')!;
    world.runForMs(3_000);
    first!.skewMs = 0;
    if (isOtherSetRight) second!.skewMs = 0;
    expect(world.runUntil(() => world.all((node) => node.get('k') === 'v1'), 10_000)).toBeLessThan(10_000);
    world.runForMs(5_000);
    expect(commonEntry(nodes, 'k')).not.toEqual(early);
    expect(compareStamps(commonEntry(nodes, 'k')!.stamp, early.stamp)).toBeGreaterThan(0);
    commonEntry(nodes, 'l');
    // What is deleted then stays so, also when the time of the first stamp comes.
    nodes[3]!.kv.delete('k');
    for (let second = 0; second < 40; second += 1) {
      world.runForMs(1_000);
      if (second > 5) expect(world.all((node) => node.get('k') === undefined && node.get('l') === 'v1')).toBe(true);
    }
    expect(commonEntry(nodes, 'k')!.kind).toBe('del');
  },
);

test('two that were both ahead, and both wrote the key, agree with the rest', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6));
  const [first, second] = nodes;
  first!.skewMs = 20_000;
  second!.skewMs = 30_000;
  first!.put('k', 'v1');
  world.runForMs(2_000);
  second!.put('k', 'v2');
  world.runForMs(2_000);
  first!.skewMs = 0;
  world.runForMs(10_000);
  second!.skewMs = 0;
  world.runForMs(40_000);
  commonEntry(nodes, 'k');
  nodes[4]!.put('k', 'v3');
  world.runForMs(5_000);
  expect(world.all((node) => node.get('k') === 'v3')).toBe(true);
});

test('an entry that was on its way when the clock was set back gives way to the one that is issued anew', () => {
  const time = new KvTime();
  const [fast, other, third] = ['fast', 'other', 'third'].map((name) => new KvNode(name, time));
  fast!.skewMs = 8_000;
  fast!.put('k', 'v1');
  const onTheWay = fast!.state.shared.deltaFor(other!.state.shared.digest()) as SharedDelta;
  fast!.skewMs = 0;
  time.pass(1_000);
  const [again] = fast!.state.shared.reissueAhead();
  third!.pull(fast!);
  time.pass(3_000);
  expect(other!.state.shared.applyDelta(onTheWay).mergedCount).toBe(1);
  settle(fast!, other!, third!);
  for (const node of [fast!, other!, third!]) expect(node.state.shared.get('k')).toEqual(again);
});

test('what a clock that was ahead has overwritten does not come back above what is issued anew', () => {
  const time = new KvTime();
  const [fast, other, third] = ['fast', 'other', 'third'].map((name) => new KvNode(name, time));
  other!.skewMs = 4_000;
  other!.put('k', 'v1');
  third!.pull(other!);
  fast!.pull(other!);
  fast!.skewMs = 30_000;
  fast!.put('k', 'v2');
  fast!.skewMs = 0;
  fast!.state.shared.reissueAhead();
  settle(fast!, other!, third!);
  for (const node of [fast!, other!, third!]) expect(node.get('k')).toBe('v2');
});

test('a deletion that a clock ahead has made and forgotten keeps nobody from what the node has', () => {
  const time = new KvTime();
  const [fast, other] = ['fast', 'other'].map((name) => new KvNode(name, time));
  fast!.skewMs = 30_000;
  fast!.put('k', 'v1');
  fast!.state.shared.delete('k');
  fast!.state.shared.dropTombstone('k');
  fast!.skewMs = 0;
  expect(other!.pull(fast!)).toBe('refused');
  expect(fast!.state.shared.reissueAhead()).toEqual([]);
  fast!.put('l', 'v2');
  expect(other!.pull(fast!)).toBe('committed');
  expect([other!.get('k'), other!.get('l')]).toEqual([undefined, 'v2']);
});

test('a member that has only taken what clocks ahead have written can write at once when it takes its own for right', () => {
  const time = new KvTime();
  const [fast, other] = ['fast', 'other'].map((name) => new KvNode(name, time));
  fast!.skewMs = other!.skewMs = 30_000;
  fast!.put('k', 'v1');
  other!.pull(fast!);
  other!.skewMs = 0;
  expect(() => other!.put('k', 'v2')).toThrow(expect.objectContaining({ code: 'ERR_KV_CLOCK_AHEAD' }));
  expect(other!.state.shared.reissueAhead()).toEqual([]);
  other!.put('k', 'v2');
  settle(fast!, other!);
  expect([fast!.get('k'), other!.get('k')]).toEqual(['v2', 'v2']);
});

test('clocks that are right begin no epoch', () => {
  const node = new KvNode('a', new KvTime());
  node.put('k', 'v1');
  expect(node.state.shared.reissueAhead()).toEqual([]);
  node.put('k', 'v2');
  expect(node.state.shared.get('k')!.stamp.epoch).toBe(0);
});

test('a clock that is two seconds ahead is nobody’s business', () => {
  const world = new KvWorld();
  const nodes = world.add(names(10));
  nodes[0]!.skewMs = 2_000;
  nodes[0]!.put('k', 'v');
  expect(world.runUntil(() => world.all((node) => node.get('k') === 'v'), 10_000)).toBeLessThan(5_000);
  expect(nodes.flatMap((node) => node.eventsOf('clock-skew'))).toEqual([]);
});

test('of a node whose clock is an hour behind, the others are not told that theirs is wrong', () => {
  const world = new KvWorld();
  const nodes = world.add(names(10));
  nodes[0]!.skewMs = -3_600_000;
  for (const node of nodes.slice(1)) node.put(`of ${node.name}`, 'v');
  world.runForMs(20_000);
  expect(nodes.slice(1).flatMap((node) => node.eventsOf('clock-skew'))).toEqual([]);
  expect(nodes.slice(1).every((node) => node.get('of n1') === 'v')).toBe(true);
});

test('of three nodes, both others must refuse', () => {
  const world = new KvWorld();
  const [a] = world.add(names(3));
  a!.skewMs = 3_600_000;
  a!.put('k', 'v');
  world.runForMs(5_000);
  expect(a!.eventsOf('clock-skew').map(({ refusedBy }) => refusedBy)).toEqual([['n1', 'n2']]);
});

test.each([true, false])(
  'a clock that was set right while the node was down is no trouble (clean stop: %s)',
  (isCleanStop) => {
    const world = new KvWorld();
    const nodes = world.add(names(5));
    world.runForMs(3_000);
    nodes[0]!.skewMs = 3_600_000;
    nodes[0]!.put('k', 'from the future');
    nodes[0]!.stop();
    const saved = { state: nodes[0]!.kv.state.save(), isCleanStop, atMs: world.wallMs };
    const [again] = world.add(['n0'], { saved });
    expect(world.runUntil(() => world.all((node) => node.get('k') === 'from the future'), 20_000)).toBeLessThan(10_000);
    again!.put('l', 'v');
    world.runForMs(5_000);
    expect(world.all((node) => node.get('l') === 'v')).toBe(true);
  },
);

const dayMs = 86_400_000;

test('when clocks of all were a day ahead and are set right, all write at once, and whoever is new gets everything', () => {
  const world = new KvWorld();
  const nodes = world.add(names(12), { skewMs: dayMs });
  for (const node of nodes) node.put(`of ${node.name}`, 'v1');
  nodes[0]!.put('deleted', 'v1');
  nodes[0]!.kv.delete('deleted');
  world.runForMs(5_000);
  for (const node of nodes) node.skewMs = 0;
  expect(() => nodes[0]!.put('k', 'v2')).toThrow(expect.objectContaining({ code: 'ERR_KV_CLOCK_AHEAD' }));
  world.runForMs(10_000);
  for (const node of nodes) node.put(`of ${node.name}`, 'v2');
  nodes[1]!.kv.delete('of n1');
  const [late] = world.add(['late']);
  world.runForMs(10_000);
  for (const node of [...nodes, late!]) {
    expect(nodes.map(({ name }) => node.get(`of ${name}`))).toEqual(
      nodes.map(({ name }) => (name === 'n1' ? undefined : 'v2')),
    );
  }
  expect(late!.kv.stats.refusals).toEqual({});
  // One epoch for the one fault, however many saw it.
  const epochs = nodes.flatMap(({ kv }) => kv.state.shared.save().entries.map(({ stamp }) => stamp.epoch));
  expect(new Set(epochs)).toEqual(new Set([1]));
  expect(nodes.flatMap((node) => node.eventsOf('clock-right')).map(({ reissuedCount }) => reissuedCount)).toEqual(
    nodes.map(({ name }) => (name === 'n0' ? 2 : 1)),
  );
});

test('what was written ahead gives way to what others wrote while its author was away', () => {
  const world = new KvWorld();
  const nodes = world.add(names(5), { skewMs: dayMs });
  nodes[0]!.put('k', 'old');
  nodes[0]!.put('l', 'old');
  world.runForMs(5_000);
  nodes[0]!.stop();
  world.tell('failed', 'n0');
  for (const node of nodes) node.skewMs = 0;
  world.runForMs(15_000);
  nodes[1]!.put('k', 'new');
  world.runForMs(5_000);
  const saved = { state: nodes[0]!.kv.state.save(), isCleanStop: false, atMs: world.wallMs };
  const [again] = world.add(['n0'], { saved });
  world.tell('join', 'n0');
  // It hears the others' clocks earlier than what they have.
  world.passes = ({ to, message }) => to !== 'n0' || message.type === 'summary';
  world.runForMs(5_000);
  world.passes = () => true;
  world.runForMs(15_000);
  expect(world.all((node) => node.get('k') === 'new' && node.get('l') === 'old')).toBe(true);
  again!.put('k', 'newer');
  world.runForMs(5_000);
  expect(world.all((node) => node.get('k') === 'newer')).toBe(true);
});

test.each([true, false])(
  'a node that is alone writes on a minute after its clock was set right (in a new process: %s)',
  (isRestarted) => {
    const world = new KvWorld();
    const [first] = world.add(['a'], { skewMs: 365 * dayMs });
    first!.put('k', 'v1');
    first!.put('l', 'v1');
    first!.skewMs = 0;
    let alone = first!;
    if (isRestarted) {
      first!.stop();
      const saved = { state: first!.kv.state.save(), isCleanStop: false, atMs: world.wallMs };
      [alone] = world.add(['a'], { saved }) as [WorldNode];
    } else {
      world.add(['b']);
      world.tell('failed', 'b');
      world.nodes.get('b')!.stop();
    }
    world.runForMs(50_000);
    const refused = expect.objectContaining({ code: 'ERR_KV_CLOCK_AHEAD' });
    expect(() => alone.put('k', 'v2')).toThrow(refused);
    world.runForMs(10_000);
    alone.put('k', 'v2');
    alone.kv.delete('k');
    alone.put('m', 'v2');
    expect(alone.kv.state.shared.get('m')!.stamp).toMatchObject({ epoch: 1, ms: world.wallMs });
    expect(alone.kv.state.shared.get('l')!.stamp.epoch, 'what it wrote before stays').toBe(0);
    const peers = world.add(['c', 'd']);
    world.runForMs(15_000);
    for (const peer of peers) expect(['k', 'l', 'm'].map((key) => peer.get(key))).toEqual([undefined, 'v1', 'v2']);
  },
);

test('a node that starts with a clock in 1970 and meets the others writes nothing anew', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4));
  nodes[0]!.put('k', 'old');
  world.runForMs(5_000);
  nodes[0]!.stop();
  world.tell('failed', 'n0');
  nodes[1]!.put('k', 'new');
  const saved = { state: nodes[0]!.kv.state.save(), isCleanStop: true, atMs: world.wallMs };
  const [again] = world.add(['n0'], { saved, skewMs: -world.wallMs });
  world.runForMs(90_000);
  world.tell('join', 'n0');
  world.runForMs(20_000);
  expect(nodes.slice(1).map((node) => node.get('k'))).toEqual(['new', 'new', 'new']);
  again!.skewMs = 0;
  world.runForMs(20_000);
  expect(world.all((node) => node.get('k') === 'new')).toBe(true);
  const epochs = nodes.flatMap(({ kv }) => kv.state.shared.save().entries.map(({ stamp }) => stamp.epoch));
  expect(new Set(epochs)).toEqual(new Set([0]));
});

/** Of a cluster in which so many clocks were set right before. */
function savedAt(
  name: string,
  epoch: number,
  world: KvWorld,
): { state: SavedState; isCleanStop: boolean; atMs: number } {
  const before = new KvNode(name, new KvTime()).state.save();
  const lastStamp = { epoch, ms: world.wallMs - 1, counter: 0 };
  const state = { ...before, shared: { ...before.shared, lastStamp } };
  return { state, isCleanStop: true, atMs: world.wallMs };
}

test.each([kvLimits.epochAheadMax + 1, stampEpochMax])(
  'a rumor of epoch %i is taken by nobody, and clocks can be set right as before',
  (epoch) => {
    const world = new KvWorld();
    const nodes = world.add(names(5));
    world.runForMs(2_000);
    const owner = { node: 'ghost', generation: newGeneration(world.wallMs, 1) };
    const stamp = { epoch, ms: world.wallMs, counter: 0 };
    const dot = { stream: streamKeyOf(owner, 0), version: 1 };
    const rest = { stamp, orig: undefined, adopt: 0, parent: undefined, ttlMs: 0, ageMs: 0 };
    const entry = { lane: 0, key: 'k', kind: 'put', value: bytes('x'), ...dot, ...rest } as const;
    for (const { name } of nodes) world.deliver(name, { type: 'rumor', owner, entry });
    world.runForMs(5_000);
    for (const { kv } of nodes) {
      expect(kv.state.shared.get('k')).toBeUndefined();
      expect(kv.state.shared.covers(dot)).toBe(false);
      expect(kv.stats.refusals).toEqual({ 'clock-ahead': 1 });
    }
    nodes[0]!.skewMs = 3_600_000;
    nodes[0]!.put('k', 'v');
    world.runForMs(5_000);
    nodes[0]!.skewMs = 0;
    expect(world.runUntil(() => world.all((node) => node.get('k') === 'v'), 20_000)).toBeLessThan(10_000);
  },
);

test.each([
  [1, 75_000],
  [2, 75_000],
  [8, 10_000],
])('whoever is new or was cut off takes an epoch that %i others have, and nobody is accused', (count, withinMs) => {
  const world = new KvWorld();
  const nodes = names(count).map((name) => world.add([name], { saved: savedAt(name, 40, world) })[0]!);
  for (const node of nodes) node.put(`of ${node.name}`, 'v');
  nodes[0]!.put('deleted', 'v');
  nodes[0]!.kv.delete('deleted');
  world.runForMs(3_000);
  // All are ahead of the newcomers in deletions too, so that these need a whole state and its floor.
  for (const { kv } of nodes) kv.state.shared.dropTombstone('deleted');
  const late = world.add(['new', 'cut off', 'other', 'another']);
  late[1]!.put('mine', 'v');
  const isKnown = (node: WorldNode): boolean => nodes.every(({ name }) => node.get(`of ${name}`) === 'v');
  expect(world.runUntil(() => late.every(isKnown), withinMs)).toBeLessThan(withinMs);
  late[0]!.put('from new', 'v');
  world.runForMs(5_000);
  expect(world.all((node) => node.get('from new') === 'v' && node.get('mine') === 'v')).toBe(true);
  expect([...world.nodes.values()].flatMap((node) => node.eventsOf('clock-skew'))).toEqual([]);
});
