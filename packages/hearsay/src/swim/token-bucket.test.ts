import { expect, test } from 'vitest';
import { StepClock } from '../util/index.ts';
import { TokenBucket } from './token-bucket.ts';

test('a bucket gives its burst at once, and then its rate', () => {
  const clock = new StepClock();
  const bucket = new TokenBucket(clock, 3, 2);
  const take = (): number => Array.from({ length: 10 }, () => bucket.tryTake()).filter(Boolean).length;
  expect(take()).toBe(3);
  clock.advanceTo(499);
  expect(take()).toBe(0);
  clock.advanceTo(500);
  expect(take()).toBe(1);
  clock.advanceTo(60_000);
  expect(take()).toBe(3);
});
