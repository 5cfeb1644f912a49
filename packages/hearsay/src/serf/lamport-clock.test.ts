import { expect, test } from 'vitest';
import { LamportClock } from './lamport-clock.ts';

test('a clock moves past what it sees, and never back', () => {
  const clock = new LamportClock();
  expect(clock.witness(5)).toBe(true);
  expect(clock.time).toBe(6);
  expect(clock.witness(6)).toBe(true);
  expect(clock.time).toBe(7);
  expect(clock.witness(3)).toBe(true);
  expect(clock.time).toBe(7);
});

test('a leap that no real cluster makes is refused, and the clock stands still', () => {
  const clock = new LamportClock();
  expect(clock.witness(2 ** 32 + 1)).toBe(true);
  expect(clock.time).toBe(2 ** 32 + 2);
  expect(clock.witness(clock.time + 2 ** 32 + 1)).toBe(false);
  expect(clock.time).toBe(2 ** 32 + 2);
});

test('a clock that is driven as far as it goes can still be raised', () => {
  const clock = new LamportClock();
  let leaps = 0;
  while (leaps < 2 ** 22 && clock.witness(clock.time + 2 ** 32)) leaps += 1;
  expect(leaps).toBeLessThan(2 ** 22);
  clock.witness(Number.MAX_SAFE_INTEGER - 2 ** 32);
  expect(clock.time).toBe(Number.MAX_SAFE_INTEGER - 2 ** 32 + 1);
  for (let count = 0; count < 1_000; count += 1) clock.increment();
  expect(Number.isSafeInteger(clock.time)).toBe(true);
});
