import { expect, test } from 'vitest';
import { StepClock } from '../util/index.ts';
import { RecentIntents } from './intents.ts';

function intentsOf(maxCount: number): { intents: RecentIntents; clock: StepClock } {
  const clock = new StepClock();
  return { intents: new RecentIntents(maxCount, clock), clock };
}

test('only a later intent replaces what is remembered of a name, whatever its kind', () => {
  const { intents } = intentsOf(10);
  expect(intents.remember('b', 'join', 5)).toBe(true);
  expect(intents.remember('b', 'leave', 5)).toBe(false);
  expect(intents.remember('b', 'join', 4)).toBe(false);
  expect(intents.get('b')).toMatchObject({ kind: 'join', ltime: 5 });
  expect(intents.remember('b', 'leave', 6)).toBe(true);
  expect(intents.get('b')).toMatchObject({ kind: 'leave', ltime: 6 });
});

test('a flood of made-up names makes the oldest one go, and never more than the limit stay', () => {
  const { intents } = intentsOf(100);
  for (let index = 0; index < 10_000; index += 1) {
    intents.remember(`name-${index}`, 'join', 1);
    expect(intents.count).toBeLessThanOrEqual(100);
  }
  expect(intents.get('name-9899')).toBeUndefined();
  expect(intents.get('name-9900')).toBeDefined();
});

test('what made room is remembered when it comes again, and is no news; what is later than it is', () => {
  const { intents } = intentsOf(2);
  for (const name of ['a', 'b', 'c', 'd']) intents.remember(name, 'join', 5);
  expect(intents.remember('a', 'join', 5)).toBe(false);
  expect(intents.get('a')).toMatchObject({ kind: 'join', ltime: 5 });
  expect(intents.remember('e', 'join', 4)).toBe(false);
  expect(intents.remember('f', 'join', 6)).toBe(true);
});

test('when all that made room would be too old by now, what comes is news again', () => {
  const { intents, clock } = intentsOf(1);
  for (const name of ['a', 'b']) intents.remember(name, 'join', 5);
  intents.forgetOlderThan(300_000);
  expect(intents.remember('a', 'join', 5)).toBe(false);
  clock.advanceTo(300_001);
  intents.forgetOlderThan(300_000);
  expect(intents.remember('b', 'join', 5)).toBe(true);
});

test('a name that is heard of again is not the oldest any more', () => {
  const { intents } = intentsOf(2);
  intents.remember('a', 'join', 1);
  intents.remember('b', 'join', 1);
  intents.remember('a', 'join', 2);
  intents.remember('c', 'join', 1);
  expect(['a', 'b', 'c'].map((name) => intents.get(name) !== undefined)).toEqual([true, false, true]);
});

test('names that no member can have are not remembered', () => {
  const { intents } = intentsOf(10);
  expect(intents.remember('', 'join', 1)).toBe(false);
  expect(intents.remember('x'.repeat(256), 'join', 1)).toBe(false);
  expect(intents.remember('ä'.repeat(128), 'join', 1)).toBe(false);
  expect(intents.remember('x'.repeat(255), 'join', 1)).toBe(true);
});

test('what is older than asked is forgotten, to the millisecond', () => {
  const { intents, clock } = intentsOf(10);
  intents.remember('a', 'join', 1);
  clock.advanceTo(1);
  intents.remember('b', 'join', 1);
  clock.advanceTo(301_000 - 1_000);
  intents.forgetOlderThan(300_000);
  expect(intents.count).toBe(2);
  clock.advanceTo(300_001);
  intents.forgetOlderThan(300_000);
  expect([intents.get('a'), intents.get('b')]).toEqual([undefined, expect.anything()]);
});
