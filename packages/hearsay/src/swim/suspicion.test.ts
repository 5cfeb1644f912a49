import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Suspicion, type Pause } from './suspicion.ts';

test('it runs for the longest time alone and for the shortest when enough have confirmed', () => {
  const suspicion = new Suspicion(3, 4_000, 24_000, 'a', 1_000);
  expect(suspicion.deadlineMs).toBe(25_000);
  expect(suspicion.confirm('b')).toBe(true);
  expect(suspicion.deadlineMs).toBe(1_000 + 14_000);
  expect(suspicion.confirm('c')).toBe(true);
  expect(suspicion.deadlineMs).toBe(1_000 + Math.floor(24_000 - 20_000 * (Math.log(3) / Math.log(4))));
  expect(suspicion.confirm('d')).toBe(true);
  expect(suspicion.deadlineMs).toBe(5_000);
  expect(suspicion.accusers).toEqual(['a', 'b', 'c', 'd']);
});

test('nobody counts twice, the first accuser not at all, and those who come late are no news', () => {
  const suspicion = new Suspicion(2, 4_000, 24_000, 'a', 0);
  expect(suspicion.confirm('a')).toBe(false);
  expect(suspicion.confirm('b')).toBe(true);
  expect(suspicion.confirm('b')).toBe(false);
  expect(suspicion.confirm('c')).toBe(true);
  expect(suspicion.confirm('d')).toBe(false);
  expect(suspicion.confirmationCount).toBe(2);
});

test('without anybody who could confirm it runs for the shortest time', () => {
  const suspicion = new Suspicion(0, 4_000, 24_000, 'a', 0);
  expect(suspicion.deadlineMs).toBe(4_000);
  expect(suspicion.confirm('b')).toBe(false);
  expect(suspicion.deadlineMs).toBe(4_000);
});

test('time in which this node heard nothing does not count against the suspect, up to the longest timeout', () => {
  const suspicion = new Suspicion(2, 4_000, 24_000, 'a', 0);
  suspicion.pushBack('silence', 3_000, 5_000);
  expect(suspicion.deadlineMs).toBe(27_000);
  suspicion.confirm('b');
  suspicion.confirm('c');
  expect(suspicion.deadlineMs).toBe(7_000);
  suspicion.pushBack('silence', 1_000_000, 1_000_000);
  expect(suspicion.deadlineMs).toBe(4_000 + 24_000);
  suspicion.pushBack('silence', 1, 1_000_001);
  suspicion.pushBack('stall', 1, 1_000_001);
  expect(suspicion.deadlineMs).toBe(4_000 + 24_000);
});

test('a stall does not count against the suspect however long it was, but none that comes after the longest timeout', () => {
  const suspicion = new Suspicion(0, 4_000, 24_000, 'a', 0);
  suspicion.pushBack('stall', 3_600_000, 3_601_000);
  expect(suspicion.deadlineMs).toBe(3_604_000);
  suspicion.pushBack('stall', 1_000, 3_603_000);
  suspicion.pushBack('silence', 1_000, 3_603_000);
  expect(suspicion.deadlineMs).toBe(3_604_000);
});

test('a pause that began before the suspicion holds it up from its start only', () => {
  const suspicion = new Suspicion(0, 4_000, 24_000, 'a', 1_000);
  suspicion.pushBack('stall', 5_000, 1_500);
  expect(suspicion.pushedBackMs).toBe(500);
  expect(suspicion.deadlineMs).toBe(5_500);
});

test('whatever happens, the deadline lies between the shortest and the longest time, and only a pause moves it away', () => {
  const pause = fc.record({
    pause: fc.constantFrom<Pause>('stall', 'silence'),
    spanMs: fc.oneof(fc.integer({ min: 0, max: 9_999 }), fc.integer({ min: 0, max: 99_999 })),
  });
  const event = fc.oneof(fc.integer({ min: 0, max: 9 }).map(String), pause);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.array(event), (confirmationsMax, events) => {
      const suspicion = new Suspicion(confirmationsMax, 4_000, 24_000, '0', 500);
      let pausedMs = 0;
      let deadlineMs = suspicion.deadlineMs;
      for (const event of events) {
        if (typeof event === 'string') {
          const isNews = suspicion.confirm(event);
          expect(suspicion.deadlineMs < deadlineMs).toBe(isNews);
        } else {
          suspicion.pushBack(event.pause, event.spanMs, 500 + 99_999);
          const pausedBeforeMs = pausedMs;
          pausedMs = suspicion.pushedBackMs;
          if (event.pause === 'silence') expect(pausedMs).toBeLessThanOrEqual(Math.max(pausedBeforeMs, 24_000));
          if (pausedBeforeMs >= 24_000) expect(pausedMs).toBe(pausedBeforeMs);
          else if (pausedMs < 24_000) expect(pausedMs).toBe(pausedBeforeMs + event.spanMs);
          expect(suspicion.deadlineMs).toBeGreaterThanOrEqual(deadlineMs);
        }
        deadlineMs = suspicion.deadlineMs;
        expect(deadlineMs - pausedMs).toBeGreaterThanOrEqual(500 + 4_000);
        expect(deadlineMs - pausedMs).toBeLessThanOrEqual(500 + 24_000);
      }
      expect(suspicion.confirmationCount).toBeLessThanOrEqual(confirmationsMax);
    }),
  );
});
