import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';

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
  expect(fast!.state.shared.reissueAhead()).toEqual([]);
  fast!.skewMs = 0;
  expect(fast!.state.shared.reissueAhead().map(({ key }) => key)).toEqual(['mine']);
  fast!.put('k', 'v2');
  other!.pull(fast!);
  expect([other!.get('k'), other!.get('mine')]).toEqual(['v2', 'v1']);
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
