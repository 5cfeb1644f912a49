import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StepClock } from '../../util/index.ts';
import { exchangeLimits } from '../exchange/limits.ts';
import { kvGossipDefaults } from '../gossip-config.ts';
import { ByteBudget, type BudgetShare } from './byte-budget.ts';

const config = { bytesPerSecond: 10_000, burstBytes: 40_000, transferBytesPerSecond: 100_000 };
const shares: readonly BudgetShare[] = ['rumors', 'shared', 'owned', 'telemetry'];

/** What each of them gets in some seconds when it always wants more. */
function drain(wanting: readonly BudgetShare[], seconds: number): Record<string, number> {
  const clock = new StepClock();
  const budget = new ByteBudget(clock, config);
  const taken: Record<string, number> = Object.fromEntries(shares.map((share) => [share, 0]));
  for (const share of wanting) while (budget.take(share, 100));
  for (let step = 0; step < seconds * 100; step += 1) {
    clock.advanceTo(clock.nowMs + 10);
    for (let isAny = true; isAny;) {
      isAny = false;
      for (const share of wanting) {
        if (!budget.take(share, 100)) continue;
        taken[share]! += 100;
        isAny = true;
      }
    }
  }
  return taken;
}

test('when all want more, each has its share', () => {
  const taken = drain(shares, 10);
  expect(taken['rumors']).toBeCloseTo(40_000, -3);
  expect(taken['shared']).toBeCloseTo(25_000, -3);
  expect(taken['owned']).toBeCloseTo(20_000, -3);
  expect(taken['telemetry']).toBeCloseTo(15_000, -3);
});

test('what a share does not use, others may', () => {
  // The quiet ones first save up to a second of theirs.
  expect(drain(['telemetry'], 20)['telemetry']).toBeCloseTo(200_000, -3);
  const two = drain(['rumors', 'owned'], 20);
  expect(two['rumors']! + two['owned']!).toBeCloseTo(200_000, -3);
  expect(two['rumors']).toBeGreaterThan(80_000);
  expect(two['owned']).toBeGreaterThan(40_000);
});

test('a share that comes late has a second of its own saved, however busy the others are', () => {
  const clock = new StepClock();
  const budget = new ByteBudget(clock, config);
  for (let step = 0; step < 1_000; step += 1) {
    clock.advanceTo(clock.nowMs + 10);
    while (budget.take('rumors', 100));
  }
  expect(budget.take('telemetry', 1_500)).toBe(true);
  expect(budget.take('telemetry', 100)).toBe(false);
  expect(budget.take('shared', 2_500)).toBe(true);
});

test('in no span is more taken than the burst and what accrues in it', () => {
  const take = fc.record({
    share: fc.constantFrom(...shares),
    bytes: fc.integer({ min: 1, max: 3_000 }),
    waitMs: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(take, { maxLength: 200 }), (takes) => {
      const clock = new StepClock();
      const budget = new ByteBudget(clock, config);
      const log: (readonly [number, number])[] = [];
      for (const { share, bytes, waitMs } of takes) {
        clock.advanceTo(clock.nowMs + waitMs);
        if (budget.take(share, bytes)) log.push([clock.nowMs, bytes]);
      }
      for (const [first, [fromMs]] of log.entries()) {
        let bytes = 0;
        for (const [atMs, taken] of log.slice(first)) {
          bytes += taken;
          expect(bytes).toBeLessThanOrEqual(
            config.burstBytes + ((atMs - fromMs) / 1_000) * config.bytesPerSecond + 1e-6,
          );
        }
      }
    }),
  );
});

test('streams have a budget of their own, and what is larger than a second of it leaves a debt', () => {
  const clock = new StepClock();
  const budget = new ByteBudget(clock, config);
  expect(budget.take('transfer', 250_000)).toBe(true);
  expect(budget.take('rumors', 1_000)).toBe(true);
  clock.advanceTo(1_400);
  expect(budget.take('transfer', 1)).toBe(false);
  clock.advanceTo(1_600);
  expect(budget.take('transfer', 1)).toBe(true);
});

test('by default, ten seconds never hold 5 % more than the rate, and an answer about the shared map finds room at once', () => {
  const { bytesPerSecond, burstBytes } = kvGossipDefaults;
  expect(burstBytes + 10 * bytesPerSecond).toBeLessThanOrEqual(1.05 * 10 * bytesPerSecond);
  // Rows, and entries, in packets.
  expect(new ByteBudget(new StepClock(), kvGossipDefaults).available('shared')).toBeGreaterThan(
    2 * exchangeLimits.packetsMaxBytes,
  );
});
