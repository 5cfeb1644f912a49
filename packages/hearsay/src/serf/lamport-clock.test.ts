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

/** Ahead by as many messages, or to the end. */
function drive(clock: LamportClock, messagesMax: number): void {
  let leap = 2 ** 32;
  for (let messages = 0; messages < messagesMax; messages += 1) {
    while (!clock.witness(clock.time + leap)) {
      if (leap === 0) return;
      leap = Math.floor(leap / 2);
    }
  }
}

test('a clock that a flood of messages drives ahead is still raised by the times of others', () => {
  const [own, other] = [new LamportClock(), new LamportClock()];
  for (const clock of [own, other]) drive(clock, 2 ** 22);
  for (let count = 0; count < 1_000; count += 1) {
    expect(other.witness(own.time)).toBe(true);
    own.increment();
  }
  expect(other.time).toBe(own.time);
});

test('at the end of the times that a clock takes from others it goes on by itself, and nothing of its own is refused', () => {
  const clock = new LamportClock();
  clock.restore(Number.MAX_SAFE_INTEGER);
  drive(clock, Infinity);
  expect(clock.witness(clock.time)).toBe(false);
  for (let count = 0; count < 1_000; count += 1) {
    const own = clock.time;
    clock.increment();
    expect([clock.witness(own), clock.time]).toEqual([true, own + 1]);
  }
});

test('nodes that begin with the latest time that can be written down hear each other', () => {
  const [own, other] = [new LamportClock(), new LamportClock()];
  for (const clock of [own, other]) clock.restore(Number.MAX_SAFE_INTEGER);
  for (let count = 0; count < 1_000; count += 1) own.increment();
  expect(other.witness(own.time)).toBe(true);
});
