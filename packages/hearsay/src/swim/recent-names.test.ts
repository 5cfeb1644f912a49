import { expect, test } from 'vitest';
import { StepClock } from '../util/index.ts';
import { RecentNames } from './recent-names.ts';

test('a name is recent for the span after it was last noted', () => {
  const clock = new StepClock();
  const recent = new RecentNames(clock, 1_000, 10);
  recent.note('a');
  clock.advanceTo(600);
  recent.note('a');
  recent.note('b');
  clock.advanceTo(1_599);
  expect([recent.has('a'), recent.has('b'), recent.has('c')]).toEqual([true, true, false]);
  clock.advanceTo(1_600);
  expect([recent.has('a'), recent.has('b')]).toEqual([false, false]);
});

test('of more names than it may hold those noted longest ago are forgotten', () => {
  const clock = new StepClock();
  const recent = new RecentNames(clock, 1_000, 2);
  for (const name of ['a', 'b', 'a', 'c']) recent.note(name);
  expect([recent.has('a'), recent.has('b'), recent.has('c')]).toEqual([true, false, true]);
});
