import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameBytes } from './bytes.ts';

test('bytes are the same when each is, however long they are and wherever they stand', () => {
  const length = fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 1_020, max: 1_100 }));
  fc.assert(
    fc.property(length, fc.nat({ max: 5 }), fc.nat({ max: 5 }), fc.nat(), (size, offsetA, offsetB, at) => {
      const a = new Uint8Array(size + offsetA).subarray(offsetA);
      const b = new Uint8Array(size + offsetB).subarray(offsetB);
      for (let index = 0; index < size; index += 1) a[index] = b[index] = index * 7;
      expect(isSameBytes(a, b)).toBe(true);
      expect(isSameBytes(a, b.subarray(0, size - 1))).toBe(size === 0);
      if (size === 0) return;
      b[at % size]! ^= 1;
      expect(isSameBytes(a, b)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('null and empty are the same', () => {
  expect(isSameBytes(null, new Uint8Array(0))).toBe(true);
  expect(isSameBytes(null, Uint8Array.of(0))).toBe(false);
});
