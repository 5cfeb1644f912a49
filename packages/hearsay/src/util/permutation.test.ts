import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { permuted } from './permutation.ts';
import { SeededRng } from './rng.ts';

function orderOf(count: number, key: number): number[] {
  return Array.from({ length: count }, (_, index) => permuted(index, count, key));
}

test('every key gives an order in which each number stands once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat({ max: 0xffff_ffff }), (count, key) => {
      expect(orderOf(count, key).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
    }),
  );
});

test('keys differ in their orders', () => {
  const orders = new Set(Array.from({ length: 1_000 }, (_, key) => orderOf(40, key).join()));
  expect(orders.size).toBe(1_000);
});

describe('over many keys', () => {
  const keyCount = 40_000;

  test.each([3, 4, 5, 10, 16, 50])('each of %i numbers is as often at each place', (count) => {
    const counts = Array.from({ length: count }, () => Array.from({ length: count }, () => 0));
    const rng = new SeededRng(count);
    for (let run = 0; run < keyCount; run++) {
      orderOf(count, rng.nextUint32()).forEach((number, place) => (counts[place]![number]! += 1));
    }
    const expected = keyCount / count;
    for (const [place, row] of counts.entries()) {
      for (const [number, times] of row.entries()) {
        expect(Math.abs(times - expected), `${number} at ${place}`).toBeLessThan(5 * Math.sqrt(expected));
      }
    }
  });

  test('who comes first says nothing about who comes second', () => {
    const count = 8;
    const counts = new Map<string, number>();
    const rng = new SeededRng(1);
    for (let run = 0; run < keyCount; run++) {
      const key = rng.nextUint32();
      const pair = `${permuted(0, count, key)},${permuted(1, count, key)}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    const expected = keyCount / (count * (count - 1));
    expect(counts.size).toBe(count * (count - 1));
    for (const [pair, times] of counts) {
      expect(Math.abs(times - expected), pair).toBeLessThan(5 * Math.sqrt(expected));
    }
  });
});
