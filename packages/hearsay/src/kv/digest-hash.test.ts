import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamRow } from './coverage.ts';
import { bucketHashes, bucketOf, digestBucketCount, laneHash } from './digest-hash.ts';
import { streamKey, type StreamKey } from './stream.ts';

const row: fc.Arbitrary<StreamRow> = fc.record({
  prefix: fc.nat(5),
  extras: fc.constantFrom([], [8, 8], [8, 9]),
  gcLine: fc.nat(2),
});
const key = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)).map(([high, low]) => streamKey(high, low));
const rows = fc.uniqueArray(fc.tuple(key, row), { selector: ([key]) => key, maxLength: 20 });
const hashOf = (list: readonly (readonly [StreamKey, StreamRow])[]): unknown => laneHash(bucketHashes(new Map(list)));

test('the order in which streams are known does not matter, and unknown ones are absent', () => {
  fc.assert(
    fc.property(rows, key, (list, other) => {
      fc.pre(!list.some(([key]) => key === other));
      expect(hashOf(list.toReversed())).toEqual(hashOf(list));
      expect(hashOf([...list, [other, { prefix: 0, extras: [], gcLine: 0 }]])).toEqual(hashOf(list));
    }),
  );
});

test('different coverage changes the hash of its bucket, and of no other', () => {
  fc.assert(
    fc.property(rows, fc.nat(), row, (list, which, changed) => {
      fc.pre(list.length > 0);
      const index = which % list.length;
      const [key, before] = list[index]!;
      fc.pre(JSON.stringify({ ...before, gcLine: 0 }) !== JSON.stringify({ ...changed, gcLine: 0 }));
      const [left, right] = [list, list.with(index, [key, changed])].map((each) => bucketHashes(new Map(each)));
      const different = left!.flatMap((hash, bucket) =>
        JSON.stringify(hash) === JSON.stringify(right![bucket]) ? [] : [bucket],
      );
      expect(different).toEqual([bucketOf(key)]);
      expect(laneHash(left!)).not.toEqual(laneHash(right!));
    }),
  );
});

test('a gc line does not count: who covers the same is not behind', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const withoutLines = list.map(([key, row]): [StreamKey, StreamRow] => [key, { ...row, gcLine: 0 }]);
      expect(hashOf(withoutLines)).toEqual(hashOf(list));
    }),
  );
});

test('the hashes never change, since all nodes must agree on them', () => {
  const buckets = bucketHashes(
    new Map([
      [streamKey(0x12345678, 0x9abcdef0), { prefix: 2 ** 40 + 5, extras: [2 ** 40 + 9, 2 ** 40 + 9], gcLine: 3 }],
    ]),
  );
  expect(buckets.length).toBe(digestBucketCount);
  expect(buckets[4]).toMatchInlineSnapshot(`
    {
      "high": 4045994290,
      "low": 1930589960,
    }
  `);
  expect(laneHash(buckets)).toMatchInlineSnapshot(`
    {
      "high": 2177070327,
      "low": 2705241671,
    }
  `);
});
