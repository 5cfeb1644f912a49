import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, murmur3 } from './bucket.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);

test('the hash is MurmurHash3, 32 bit, with seed 0', () => {
  // Known answers of other implementations, one for every length of the tail.
  expect(murmur3(Uint8Array.of())).toBe(0);
  expect(murmur3(Uint8Array.of(0x21))).toBe(0x72661cf4);
  expect(murmur3(Uint8Array.of(0x21, 0x43))).toBe(0xa0f7b07a);
  expect(murmur3(Uint8Array.of(0x21, 0x43, 0x65))).toBe(0x7e4a8634);
  expect(murmur3(Uint8Array.of(0x21, 0x43, 0x65, 0x87))).toBe(0xf55b516b);
  expect(murmur3(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toBe(0x76293b50);
  expect(murmur3(bytesOf('hello, world'))).toBe(0x149bbb7f);
  expect(murmur3(bytesOf('The quick brown fox jumps over the lazy dog'))).toBe(0x2e4ff723);
});

test('a bucket never changes: whoever is in a roll-out today is in it after an upgrade', () => {
  expect(['a', 'user-1', 'ö', '🙂', ''].map((value) => bucketOf('new-ui', value))).toMatchInlineSnapshot(`
    [
      29368,
      93270,
      9868,
      78685,
      83121,
    ]
  `);
});

test('every text has a bucket from 0 to 99,999', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (salt, value) => {
      const bucket = bucketOf(salt, value);
      expect(Number.isInteger(bucket) && bucket >= 0 && bucket < 100_000).toBe(true);
    }),
  );
});

test('a percentage takes in about that part of all users, however their names look', () => {
  for (const percent of [1, 10, 50]) {
    const inside = users.filter((user) => bucketOf('new-ui', user) < percent * 1_000).length / users.length;
    // Four standard deviations of the share of 20,000 fair draws.
    const tolerance = 4 * Math.sqrt(((percent / 100) * (1 - percent / 100)) / users.length);
    expect(Math.abs(inside - percent / 100)).toBeLessThan(tolerance);
  }
});

test('flags with different salts take in different users', () => {
  const isHalf = (salt: string, user: string): boolean => bucketOf(salt, user) < 50_000;
  for (const [a, b] of [
    ['flag-a', 'flag-b'],
    ['x', 'y'],
    ['checkout', 'checkout2'],
  ] as const) {
    const both = users.filter((user) => isHalf(a, user) && isHalf(b, user)).length / users.length;
    expect(Math.abs(both - 0.25)).toBeLessThan(0.015);
  }
});
