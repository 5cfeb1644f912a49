import { expect, test } from 'vitest';
import { hopsOf } from './tree.ts';

test('a hop is one more than that of the one who told it', () => {
  const parents = new Map([
    ['d', 'c'],
    ['c', 'b'],
    ['b', 'a'],
    ['e', 'a'],
  ]);
  expect(Object.fromEntries(hopsOf('a', parents))).toEqual({ a: 0, b: 1, c: 2, d: 3, e: 1 });
});

test('behind a hole no hop is known, and a circle of claims ends', () => {
  const parents = new Map([
    ['b', 'stock'],
    ['c', 'b'],
    ['d', undefined],
    ['x', 'z'],
    ['y', 'x'],
    ['z', 'y'],
    ['s', 's'],
    ['e', 'a'],
  ]);
  const hops = hopsOf('a', parents);
  expect(['b', 'c', 'd', 'x', 'y', 'z', 's'].map((name) => hops.get(name))).toEqual(Array(7).fill(undefined));
  expect(hops.get('e')).toBe(1);
});

test('a chain of ten thousand is counted', () => {
  const parents = new Map(Array.from({ length: 10_000 }, (_, index) => [`n${index + 1}`, `n${index}`]));
  expect(hopsOf('n0', parents).get('n10000')).toBe(10_000);
});
