import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { Histogram } from './histogram.ts';
import { telemetryLimits } from './limits.ts';

const finite = fc.oneof(
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  fc.constant(0),
);
const values = fc.array(finite, { minLength: 1, maxLength: 300 });
const quantiles = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 1];

describe('a histogram', () => {
  test('is within its error of the exact quantile, whatever the values', () => {
    fc.assert(
      fc.property(values, (all) => {
        const histogram = histogramOf(all);
        for (const q of quantiles) expectNear(histogram.quantile(q)!, exact(all, q), histogram.alpha);
      }),
    );
  });

  test('of all members is the same in whatever order and grouping they are merged', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), fc.integer(), (groups, seed) => {
        const whole = histogramOf(groups.flat());
        const shuffled = groups.toSorted((a, b) => ((a.length * seed) % 7) - ((b.length * seed) % 7));
        const merged = new Histogram();
        for (const group of shuffled) merged.merge(histogramOf(group));
        for (const q of quantiles) expect(merged.quantile(q)).toBe(whole.quantile(q));
        expect(merged.count).toBe(whole.count);
      }),
    );
  });

  test('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(values, (all) => {
        const histogram = histogramOf(all);
        const copy = new Histogram();
        copy.mergeEncoded(new ByteReader(encode(histogram, 100_000)));
        for (const q of quantiles) expect(copy.quantile(q)).toBe(histogram.quantile(q));
        expect([copy.count, copy.sum]).toEqual([histogram.count, histogram.sum]);
      }),
    );
  });

  test('keeps its error over five decades, at the lowest quantiles too', () => {
    const all = Array.from({ length: 20_000 }, (_, index) => 10 ** (-2 + (5 * ((index * 7_919) % 20_000)) / 20_000));
    const histogram = histogramOf(all);
    expect(histogram.alpha).toBeCloseTo(0.01, 10);
    for (const q of [0, 0.0001, 0.001, 0.01, 0.5, 0.999]) expectNear(histogram.quantile(q)!, exact(all, q), 0.01);
  });

  test('that needs more bins than it may have becomes coarser everywhere, and says so', () => {
    const all = Array.from({ length: 600 }, (_, index) => 10 ** (index / 10 - 8));
    const histogram = histogramOf(all);
    expect(histogram.binCount).toBeLessThanOrEqual(telemetryLimits.binsMax);
    expect(histogram.alpha).toBeGreaterThan(0.01);
    for (const q of quantiles) expectNear(histogram.quantile(q)!, exact(all, q), histogram.alpha);
  });

  test('is written in as many bytes as it may be, coarser if it must, and its error is told', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 1_000 }), fc.integer({ min: 1, max: 4_000 }), (maxBytes, count) => {
        const all = Array.from({ length: count }, (_, index) => Math.exp(((index * 7_919) % count) / (count / 9)));
        const bytes = encode(histogramOf(all), maxBytes);
        expect(bytes.length).toBeLessThanOrEqual(maxBytes);
        const copy = new Histogram();
        copy.mergeEncoded(new ByteReader(bytes));
        for (const q of quantiles) expectNear(copy.quantile(q)!, exact(all, q), copy.alpha);
      }),
      { numRuns: 40 },
    );
  });

  test('merges finer and coarser ones', () => {
    const coarse = histogramOf(Array.from({ length: 600 }, (_, index) => 10 ** (index / 10 - 8)));
    const fine = histogramOf([1, 2, 3, 4]);
    const [a, b] = [new Histogram(), new Histogram()];
    for (const each of [coarse, fine]) a.mergeEncoded(new ByteReader(encode(each, 100_000)));
    for (const each of [fine, coarse]) b.merge(each);
    for (const q of quantiles) expect(a.quantile(q)).toBe(b.quantile(q));
    expect([a.alpha, a.count]).toEqual([coarse.alpha, 604]);
  });

  test('takes nothing of bytes that are bad', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const histogram = histogramOf([1, 2, 3]);
        const reader = new ByteReader(bytes);
        histogram.mergeEncoded(reader);
        if (reader.failure !== undefined) expect(histogram.count).toBe(3);
        expect(histogram.binCount).toBeLessThanOrEqual(telemetryLimits.binsMax);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of numbers 300 decades apart it tells numbers, and what claims to be coarser is refused', () => {
    const widest = histogramOf([-1e290, -1e-9, 1e-9, 1e290]);
    for (let value = 1e-9; value < 1e290; value *= 1.02) widest.record(value, 2 ** 40);
    const bytes = encode(widest, telemetryLimits.metricMaxBytes);
    expect(bytes.length).toBeLessThanOrEqual(telemetryLimits.metricMaxBytes);
    const read = new Histogram();
    read.mergeEncoded(new ByteReader(bytes));
    expect(read.count).toBe(widest.count);
    for (const q of [0, 0.5, 1]) expect(Number.isFinite(read.quantile(q))).toBe(true);
    const { collapsesMax } = telemetryLimits;
    for (const collapses of [collapsesMax, collapsesMax + 1]) {
      const histogram = new Histogram();
      histogram.mergeEncoded(new ByteReader(Uint8Array.of(collapses, 0, 2, 2, 1, 5, 0, 0)));
      expect(histogram.count).toBe(collapses > collapsesMax ? 0 : 5);
      expect(histogram.alpha).not.toBeNaN();
    }
  });

  test('records only finite numbers', () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      expect(() => new Histogram().record(value)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
    }
  });
});

function histogramOf(all: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of all) histogram.record(value);
  return histogram;
}

function encode(histogram: Histogram, maxBytes: number): Uint8Array {
  const writer = new ByteWriter();
  histogram.encode(writer, maxBytes);
  return writer.copy();
}

function exact(all: readonly number[], q: number): number {
  return all.toSorted((a, b) => a - b)[Math.floor(q * (all.length - 1))]!;
}

/** Within the error, and a little for rounding; what is tiny counts as zero. */
function expectNear(value: number, truth: number, alpha: number): void {
  expect(Math.abs(value - truth)).toBeLessThanOrEqual(Math.abs(truth) * alpha * (1 + 1e-9) + 1e-9);
}
