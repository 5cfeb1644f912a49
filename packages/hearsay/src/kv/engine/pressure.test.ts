import { expect, test } from 'vitest';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';

test('lag is the age of the oldest write that no other is known to have', () => {
  const world = new KvWorld();
  const [a] = world.add(names(5), { gossip: { periodMs: 1_000 } });
  world.runForMs(2_000);
  expect(a!.kv.lagMs).toBe(0);
  world.passes = () => false;
  a!.put('k', 'v');
  world.runForMs(500);
  a!.kv.setOwn('k', bytes('v'));
  world.runForMs(1_500);
  expect(a!.kv.lagMs).toBe(2_000);
  world.passes = () => true;
  expect(world.runUntil(() => a!.kv.lagMs === 0, 10_000)).toBeLessThan(4_000);
});

test('a node that nobody answers says so, still writes, and refuses what must be passed on', () => {
  const world = new KvWorld();
  const [a] = world.add(names(5));
  world.runForMs(2_000);
  world.passes = () => false;
  a!.put('k', 'v');
  world.runForMs(7_000);
  expect(a!.eventsOf('backpressure').length).toBe(1);
  expect(a!.eventsOf('backpressure')[0]!.lagMs).toBeGreaterThanOrEqual(5_000);
  expect(a!.kv.isReady).toBe(false);
  let isDrained = false;
  a!.kv.whenDrained(() => (isDrained = true));
  a!.put('k', 'w');
  expect(() => a!.kv.put('k', bytes('x'), { mustQueue: true })).toThrow(
    expect.objectContaining({
      code: 'ERR_KV_BACKPRESSURE',
      message: expect.stringMatching(/has waited for 7\d\d\d ms, the limit is 5000 ms/) as string,
    }),
  );
  expect(a!.get('k')).toBe('w');
  world.passes = () => true;
  world.runForMs(6_000);
  expect([isDrained, a!.kv.isReady, a!.eventsOf('drained').length]).toEqual([true, true, 1]);
  a!.kv.put('k', bytes('x'), { mustQueue: true });
});

test('too many rumors are pressure too, until half of them have gone', () => {
  const world = new KvWorld();
  const [a] = world.add(names(3), { gossip: { rumorQueueMax: 20 } });
  world.runForMs(2_000);
  for (let count = 0; count < 20; count += 1) a!.put(`k${count}`, 'v');
  expect(a!.eventsOf('backpressure')).toMatchObject([{ queuedCount: 20 }]);
  expect(() => a!.kv.put('more', bytes('v'), { mustQueue: true })).toThrow(/20 rumors wait, the limit is 20/);
  let isDrained = false;
  a!.kv.whenDrained(() => (isDrained = true));
  a!.put('more', 'v');
  expect(a!.kv.stats.rumorsDropped).toBe(1);
  world.runForMs(5_000);
  expect(isDrained).toBe(true);
  // What found no room among the rumors came by comparing.
  expect(world.all((node) => node.get('k0') === 'v' && node.get('more') === 'v')).toBe(true);
});

test('a node alone has no lag, and begins to count when somebody comes', () => {
  const world = new KvWorld();
  const [a] = world.add(['a']);
  a!.put('k', 'v');
  world.runForMs(3_600_000);
  expect([a!.kv.lagMs, a!.kv.isReady]).toEqual([0, true]);
  world.passes = () => false;
  world.add(['b']);
  world.runForMs(3_000);
  expect(a!.kv.lagMs).toBe(3_000);
});
