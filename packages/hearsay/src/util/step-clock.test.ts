import { expect, test } from 'vitest';
import { AssertionError } from './assert.ts';
import { StepClock } from './step-clock.ts';

test('time stands still within a step and never goes back', () => {
  const clock = new StepClock();
  clock.advanceTo(5);
  clock.advanceTo(5);
  expect(clock.nowMs).toBe(5);
  expect(() => clock.advanceTo(4)).toThrow(AssertionError);
});
