import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryLimits } from './query-limits.ts';
import { QueryStats } from './query-stats.ts';
import { QueryWindow } from './query-window.ts';

test('while the clock is no larger than the window nothing is too old', () => {
  const window = new QueryWindow(16, 0, new QueryStats());
  expect(window.take(0, 1, 16)).toBe(true);
  expect(window.take(0, 2, 17)).toBe(false);
  expect(window.take(1, 2, 17)).toBe(true);
});

test('queries before the minimum are refused', () => {
  const stats = new QueryStats();
  const window = new QueryWindow(16, 5, stats);
  expect(window.take(4, 1, 6)).toBe(false);
  expect(window.take(5, 1, 6)).toBe(true);
  expect(stats.queriesTooOld).toBe(1);
});

test('a query is taken once, however often and in whatever order copies come', () => {
  const message = fc.record({ ltime: fc.integer({ min: 0, max: 40 }), id: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 200 }), (messages) => {
      const window = new QueryWindow(8, 0, new QueryStats());
      const taken = new Set<string>();
      let clockTime = 1;
      for (const { ltime, id } of messages) {
        clockTime = Math.max(clockTime, ltime + 1);
        const isTaken = window.take(ltime, id, clockTime);
        const key = `${ltime}/${id}`;
        const isInWindow = clockTime <= 8 || ltime >= clockTime - 8;
        expect(isTaken).toBe(isInWindow && !taken.has(key));
        if (isTaken) taken.add(key);
      }
    }),
  );
});

test('one Lamport time holds so many ids and no more, and the next one is free again', () => {
  const stats = new QueryStats();
  const window = new QueryWindow(16, 0, stats);
  for (let id = 0; id < queryLimits.idsPerTimeMax; id += 1) expect(window.take(3, id, 4)).toBe(true);
  expect(window.take(3, -1, 4)).toBe(false);
  expect(stats.queriesOverflowed).toBe(1);
  expect(window.take(19, -1, 20)).toBe(true);
});
