import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HybridClock } from './hybrid-clock.ts';
import { compareStamps, stampAfter, stampCounterMax, stampEpochMax, type Stamp } from './stamp.ts';

test('every stamp is later than all that were given or seen before, whatever wall time does', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ wallMs: fc.integer({ min: 0, max: 100 }) }),
      fc.record({
        seen: fc.record({
          epoch: fc.integer({ min: 0, max: 2 }),
          ms: fc.integer({ min: 0, max: 100 }),
          counter: fc.integer({ min: 0, max: 3 }),
        }),
      }),
    ),
  );
  fc.assert(
    fc.property(steps, (list) => {
      const clock = new HybridClock(1_000);
      let last: Stamp = clock.last;
      for (const step of list) {
        if ('seen' in step) {
          clock.witness(step.seen);
          if (compareStamps(step.seen, last) > 0) last = step.seen;
        } else {
          const next = clock.next(step.wallMs);
          expect(compareStamps(next, last)).toBeGreaterThan(0);
          last = next;
        }
      }
    }),
  );
});

test('it follows wall time while that goes on', () => {
  const clock = new HybridClock(5_000);
  expect(clock.next(1_000.7)).toEqual({ epoch: 0, ms: 1_000, counter: 0 });
  expect(clock.next(1_000.7)).toEqual({ epoch: 0, ms: 1_000, counter: 1 });
  expect(clock.next(2_000)).toEqual({ epoch: 0, ms: 2_000, counter: 0 });
});

test('in a new epoch it begins with wall time again, and is later than before', () => {
  const clock = new HybridClock(5_000);
  const ahead = clock.next(9_000);
  expect(clock.beginEpoch(1_000.7)).toBe(true);
  const next = clock.next(1_000.7);
  expect(next).toEqual({ epoch: 1, ms: 1_000, counter: 1 });
  expect(compareStamps(next, ahead)).toBeGreaterThan(0);
  clock.witness({ epoch: 3, ms: 900, counter: 7 });
  expect(clock.next(1_000.7)).toEqual({ epoch: 3, ms: 1_000, counter: 0 });
});

test('after the last epoch none is begun', () => {
  const clock = new HybridClock(5_000);
  const last = { epoch: stampEpochMax, ms: 9_000, counter: 0 };
  clock.witness(last);
  expect(clock.beginEpoch(1_000)).toBe(false);
  expect(clock.last).toEqual(last);
});

test('a full counter moves on to the next millisecond', () => {
  expect(stampAfter({ epoch: 2, ms: 7, counter: stampCounterMax })).toEqual({ epoch: 2, ms: 8, counter: 0 });
});

test('a stamp may be just so far ahead, and a write beyond it is refused with both numbers', () => {
  const clock = new HybridClock(5_000);
  expect(clock.isAhead({ epoch: 0, ms: 6_000, counter: 9 }, 1_000)).toBe(false);
  expect(clock.isAhead({ epoch: 0, ms: 6_001, counter: 0 }, 1_000)).toBe(true);
  clock.witness({ epoch: 0, ms: 6_000, counter: stampCounterMax });
  expect(() => clock.next(1_000)).toThrow(
    expect.objectContaining({
      code: 'ERR_KV_CLOCK_AHEAD',
      message: "the latest stamp is 5001 ms ahead of this node's clock, the limit is 5000 ms",
    }),
  );
  expect(clock.next(1_001)).toEqual({ epoch: 0, ms: 6_001, counter: 0 });
});
