import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  covers,
  emptyRow,
  isCoveredBy,
  lastCovered,
  withCoverage,
  withGcLine,
  withVersion,
  type StreamRow,
} from './coverage.ts';

const top = 40;
const versions = fc.uniqueArray(fc.integer({ min: 1, max: top }));
const rowOf = (list: readonly number[]): StreamRow =>
  list.reduce((row, version) => withVersion(row, version), emptyRow);
const listOf = (row: StreamRow): number[] =>
  Array.from({ length: top + 2 }, (_, index) => index + 1).filter((version) => covers(row, version));
const ascending = (list: Iterable<number>): number[] => [...list].toSorted((a, b) => a - b);

test('a row covers exactly the versions that were added, in any order', () => {
  fc.assert(
    fc.property(versions, (list) => {
      expect(listOf(rowOf(list))).toEqual(ascending(list));
    }),
  );
});

test('the same versions make the same row, whatever their order, with ranges apart from one another', () => {
  fc.assert(
    fc.property(versions, (list) => {
      const row = rowOf(list);
      expect(rowOf(list.toReversed())).toEqual(row);
      const bounds = [row.prefix, ...row.extras];
      for (let index = 1; index < bounds.length; index += 1) {
        const gap = bounds[index]! - bounds[index - 1]!;
        expect(gap).toBeGreaterThanOrEqual(index % 2 === 1 ? 2 : 0);
      }
    }),
  );
});

test('joining two rows is the union, and subset is judged as with sets', () => {
  fc.assert(
    fc.property(versions, versions, (left, right) => {
      const joined = withCoverage(rowOf(left), rowOf(right));
      expect(listOf(joined)).toEqual(ascending(new Set([...left, ...right])));
      expect(isCoveredBy(rowOf(left), joined)).toBe(true);
      expect(isCoveredBy(rowOf(left), rowOf(right))).toBe(left.every((version) => right.includes(version)));
      expect(lastCovered(joined)).toBe(Math.max(0, ...left, ...right));
    }),
  );
});

test('what goes beyond the bound is forgotten from the top, and never the prefix', () => {
  const row = [2, 4, 6, 8].reduce((row, version) => withVersion(row, version, 2), withVersion(emptyRow, 10, 2));
  expect(row).toEqual({ prefix: 0, extras: [2, 2, 4, 4], gcLine: 0 });
  expect(withVersion(withVersion(row, 1, 2), 3, 2)).toEqual({ prefix: 4, extras: [], gcLine: 0 });
});

test('a row that does not change stays the same object', () => {
  const row = withVersion(withVersion(emptyRow, 1), 5);
  expect(withVersion(row, 5)).toBe(row);
  expect(withCoverage(row, { prefix: 1, extras: [] })).toBe(row);
  expect(withGcLine(row, 0)).toBe(row);
  expect(withGcLine(row, 1).gcLine).toBe(1);
  const full = withVersion(emptyRow, 3, 1);
  expect(withVersion(full, 5, 1)).toBe(full);
});

test('a gc line is not above the prefix, however high others say that it is', () => {
  const row = withVersion(withVersion(emptyRow, 1), 5);
  expect(withGcLine(row, 5)).toEqual({ prefix: 1, extras: [5, 5], gcLine: 1 });
  expect(withGcLine(withGcLine(row, 1), Number.MAX_SAFE_INTEGER)).toEqual({ prefix: 1, extras: [5, 5], gcLine: 1 });
});
