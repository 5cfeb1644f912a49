import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { Counter } from './counter.ts';
import { Distinct } from './distinct.ts';
import { Gauge } from './gauge.ts';
import { writeNumber } from './numbers.ts';
import type { Sketch } from './sketch.ts';
import { TopK } from './top-k.ts';

describe('a count of different texts', () => {
  test.each([0, 1, 10, 100, 1_000, 10_000, 200_000])('is within three standard errors of %d', (count) => {
    const distinct = new Distinct();
    for (let index = 0; index < count; index += 1) for (const _ of [1, 2]) distinct.add(`user-${index}`);
    expect(Math.abs(distinct.estimate() - count)).toBeLessThanOrEqual(3 * distinct.standardError * count);
  });

  test('has an error of the size that it tells, and no bias', () => {
    const errors = Array.from({ length: 200 }, (_, run) => {
      const distinct = new Distinct();
      for (let index = 0; index < 3_000; index += 1) distinct.add(`${run}/${index}`);
      return distinct.estimate() / 3_000 - 1;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(deviation).toBeGreaterThan(0.025);
    expect(deviation).toBeLessThan(0.04);
  });

  test('of several members counts what both have seen once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string(), { maxLength: 400 }), { maxLength: 5 }), (groups) => {
        const whole = new Distinct();
        const merged = new Distinct();
        for (const group of groups) {
          const part = new Distinct();
          for (const text of group) {
            part.add(text);
            whole.add(text);
          }
          merged.merge(part);
          merged.mergeEncoded(new ByteReader(encode(part)));
        }
        expect(merged.estimate()).toBe(whole.estimate());
      }),
    );
  });

  test('takes at most 769 bytes', () => {
    const distinct = new Distinct();
    for (let index = 0; index < 50_000; index += 1) {
      distinct.add(`${index}`);
      if (index % 97 === 0) expect(encode(distinct).length).toBeLessThanOrEqual(769);
    }
  });
});

describe('the most frequent keys', () => {
  const stream = fc.array(fc.nat({ max: 200 }), { maxLength: 800 });

  test('are counted within the bounds that each tells', () => {
    fc.assert(
      fc.property(fc.array(stream, { minLength: 1, maxLength: 4 }), (groups) => {
        const merged = new TopK();
        for (const group of groups) merged.mergeEncoded(new ByteReader(encode(topOf(group))));
        const exact = countsOf(groups.flat());
        const listed = merged.top(1_000);
        for (const { key, count, overcount } of listed) {
          const truth = exact.get(key) ?? 0;
          expect(count).toBeGreaterThanOrEqual(truth);
          expect(count - overcount).toBeLessThanOrEqual(truth);
        }
        const names = new Set(listed.map(({ key }) => key));
        for (const [key, truth] of exact) if (!names.has(key)) expect(truth).toBeLessThanOrEqual(merged.unseenMax);
      }),
    );
  });

  test('are exact as long as there are no more than there are places', () => {
    const keys = [1, 1, 1, 2, 2, 3];
    expect(topOf(keys).top(2)).toEqual([
      { key: 'k1', count: 3, overcount: 0 },
      { key: 'k2', count: 2, overcount: 0 },
    ]);
  });

  test('come out alike in whatever order they are merged', () => {
    fc.assert(
      fc.property(fc.array(stream, { maxLength: 5 }), (groups) => {
        const [a, b] = [new TopK(), new TopK()];
        for (const group of groups) a.merge(topOf(group));
        for (const group of groups.toReversed()) b.merge(topOf(group));
        expect(a.top(100)).toEqual(b.top(100));
      }),
    );
  });

  test('are cut to the room there is, and what is left out is within what is told of it', () => {
    const top = topOf(Array.from({ length: 2_000 }, (_, index) => Math.floor(Math.sqrt(index))));
    const bytes = encode(top, 400);
    expect(bytes.length).toBeLessThanOrEqual(400);
    const read = new TopK();
    read.mergeEncoded(new ByteReader(bytes));
    const left = top.top(64).slice(read.top(64).length);
    expect(left.length).toBeGreaterThan(0);
    for (const { count } of left) expect(count).toBeLessThanOrEqual(read.unseenMax);
  });
});

test('a counter only counts up, and the sum of its parts is exact', () => {
  const counter = new Counter();
  counter.add(3);
  const before = counter.total;
  counter.add(0.5);
  const merged = new Counter();
  for (const _ of [1, 2]) merged.mergeEncoded(new ByteReader(encode(counter.since(before))));
  expect([merged.total, merged.recent]).toEqual([7, 1]);
  for (const wrong of [-1, Number.NaN, Infinity]) {
    expect(() => counter.add(wrong)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  }
});

test('a counter stands still at 2^53, and one that tells of more is not read', () => {
  const counter = new Counter();
  for (const _ of [1, 2]) counter.add(1e308);
  expect(counter.total).toBe(2 ** 53);
  const merged = new Counter();
  merged.mergeEncoded(new ByteReader(encode(counter.since(0))));
  expect([merged.total, merged.recent]).toEqual([2 ** 53, 2 ** 53]);
  for (const [total, recent] of [
    [2 ** 53 + 2, 0],
    [1, 1e308],
  ] as const) {
    const writer = new ByteWriter();
    for (const number of [total, recent]) writeNumber(writer, number);
    const reader = new ByteReader(writer.copy());
    merged.mergeEncoded(reader);
    expect(reader.failure).toBe('counter');
  }
  expect([merged.total, merged.recent]).toEqual([2 ** 53, 2 ** 53]);
});

test('gauges merge into their sum, least and greatest, exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 })), (values) => {
      const merged = new Gauge();
      for (const value of values) {
        const gauge = new Gauge();
        gauge.set(value);
        merged.mergeEncoded(new ByteReader(encode(gauge)));
      }
      const sum = values.reduce((total, value) => total + value, 0);
      expect(merged.count).toBe(values.length);
      expect(merged.sum).toBe(sum);
      expect([merged.min, merged.max]).toEqual([Math.min(...values), Math.max(...values)]);
    }),
  );
});

test('no bytes make a summary throw, hang or grow', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const sketch of [new Counter(), new Gauge(), new Distinct(), new TopK()]) {
        sketch.mergeEncoded(new ByteReader(bytes));
      }
    }),
    { numRuns: 2_000 },
  );
});

function topOf(keys: readonly number[]): TopK {
  const top = new TopK();
  for (const key of keys) top.add(`k${key}`);
  return top;
}

function countsOf(keys: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(`k${key}`, (counts.get(`k${key}`) ?? 0) + 1);
  return counts;
}

function encode(sketch: Pick<Sketch<never>, 'encode'>, maxBytes: number = 100_000): Uint8Array {
  const writer = new ByteWriter();
  sketch.encode(writer, maxBytes);
  return writer.copy();
}
