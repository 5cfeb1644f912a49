import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatAddress, SeededRng, type Address } from '../util/index.ts';
import { silentLogger } from './logger.ts';
import { SeedKeeper } from './seed-keeper.ts';
import { parseSeed } from './seeds.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A keeper in a world that the test changes: what the names mean, who is known, whether a join works. */
function keep(seeds: string[]) {
  const world = {
    hosts: {} as Record<string, string[]>,
    known: [] as Address[],
    isAlone: true,
    joins: [] as string[],
  };
  const keeper = new SeedKeeper({
    seeds: seeds.map((text) => parseSeed(text)),
    lookup: (host) => Promise.resolve(world.hosts[host] ?? []),
    rng: new SeededRng(1),
    logger: silentLogger,
    knownAddresses: () => world.known,
    isAlone: () => world.isAlone,
    join: (addresses) => {
      world.joins.push(addresses.map(formatAddress).join(' '));
      return world.isAlone ? Promise.reject(new Error('nobody there')) : Promise.resolve({ joinedCount: 1 });
    },
  });
  return { keeper, world };
}

const forMs = (durationMs: number): Promise<unknown> => vi.advanceTimersByTimeAsync(durationMs);

test('seeds are tried at once, and ever more rarely while the node is alone', async () => {
  const { keeper, world } = keep(['10.0.0.1']);
  keeper.start();
  await forMs(0);
  expect(world.joins).toHaveLength(1);
  await forMs(10_000);
  expect(world.joins.length).toBeGreaterThan(3);
  const before = world.joins.length;
  await forMs(600_000);
  // Every 15 to 45 seconds now.
  expect(world.joins.length - before).toBeGreaterThan(12);
  expect(world.joins.length - before).toBeLessThan(45);
});

test('once others are known, seeds that are addresses are left to the core', async () => {
  const { keeper, world } = keep(['10.0.0.1']);
  keeper.start();
  world.isAlone = false;
  await forMs(3_600_000);
  expect(world.joins.length).toBeLessThanOrEqual(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('a name whose addresses have all changed is found again, also by a node that is not alone', async () => {
  const { keeper, world } = keep(['db:7']);
  world.hosts['db'] = ['10.0.0.1'];
  world.isAlone = false;
  keeper.start();
  await forMs(0);
  world.known = [{ host: '10.0.0.1', port: 7 }];
  world.hosts['db'] = ['10.0.9.1', '10.0.9.2'];
  await forMs(100_000);
  expect(world.joins[0]).toBe('10.0.0.1:7');
  expect(world.joins[1]).toBe('10.0.9.1:7 10.0.9.2:7');
});

test('members that are known and the node itself are not joined again', async () => {
  const { keeper, world } = keep(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  world.known = [
    { host: '10.0.0.1', port: 7946 },
    { host: '10.0.0.3', port: 7946 },
  ];
  keeper.start();
  await forMs(0);
  expect(world.joins).toEqual(['10.0.0.2:7946']);
});

test('after the stop nothing is tried', async () => {
  const { keeper, world } = keep(['10.0.0.1']);
  keeper.start();
  keeper.stop();
  await forMs(600_000);
  expect(world.joins).toEqual([]);
});

test('without seeds there is nothing to wait for', () => {
  const { keeper } = keep([]);
  keeper.start();
  expect(vi.getTimerCount()).toBe(0);
});
