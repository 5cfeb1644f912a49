import { expect, test } from 'vitest';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';

/** When the node asked others, each time with how many. */
function periodsOf(world: KvWorld, name: string): { readonly atMs: number; readonly count: number }[] {
  const asked = world.sent.filter(({ from, message }) => from === name && message.type === 'summary');
  const instants = [...new Set(asked.map(({ atMs }) => atMs))];
  return instants.map((atMs) => ({ atMs, count: asked.filter((one) => one.atMs === atMs).length }));
}

test.each([
  [1, 500, 0],
  [2, 1_000, 0.2],
  [3, 2_000, 0.5],
])('K = %d members are asked every T = %d ms, more or less by %d of it', (peersPerPeriod, periodMs, periodJitter) => {
  const world = new KvWorld();
  world.add(names(12), { gossip: { peersPerPeriod, periodMs, periodJitter, beacon: false } });
  world.runForMs(60 * periodMs);
  const starts = names(12).map((name) => periodsOf(world, name)[0]!.atMs);
  // Not all at once.
  expect(new Set(starts).size).toBe(12);
  expect(Math.max(...starts)).toBeLessThanOrEqual(periodMs);
  const periods = periodsOf(world, 'n3');
  expect(new Set(periods.map(({ count }) => count))).toEqual(new Set([peersPerPeriod]));
  const gaps = periods.slice(1).map(({ atMs }, index) => atMs - periods[index]!.atMs);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(periodMs * (1 - periodJitter) - 1e-6);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(periodMs * (1 + periodJitter) + 1e-6);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  expect(mean / periodMs).toBeCloseTo(1, 0.9);
  if (periodJitter > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(periodMs * periodJitter);
});

test('after as many periods as there are members, all have been compared with, by asking or being asked', () => {
  const world = new KvWorld();
  world.add(names(60), { gossip: { beacon: false, peersPerPeriod: 2 } });
  world.runForMs(65_000);
  const summaries = world.sent.filter(({ message }) => message.type === 'summary');
  const peers = summaries.flatMap(({ from, to }) => (from === 'n0' ? [to] : to === 'n0' ? [from] : []));
  expect(new Set(peers).size).toBe(59);
});
