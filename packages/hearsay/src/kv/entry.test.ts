import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareEntries, isConcurrent, type Dot, type SharedEntry } from './entry.ts';

const stamp = fc.record({
  epoch: fc.integer({ min: 0, max: 1 }),
  ms: fc.integer({ min: 1, max: 3 }),
  counter: fc.integer({ min: 0, max: 1 }),
});
const dot = fc.record({ stream: fc.constantFrom('a', 'b', 'c'), version: fc.integer({ min: 1, max: 4 }) });
const entry: fc.Arbitrary<SharedEntry> = fc
  .record({ dot, stamp, orig: fc.option(stamp, { nil: undefined }), adopt: fc.integer({ min: 0, max: 2 }) })
  .map(({ dot, stamp, orig, adopt }) => entryAt(dot, { stamp, orig, adopt }));
const join = (a: SharedEntry, b: SharedEntry): SharedEntry => (compareEntries(a, b) >= 0 ? a : b);
const cases = { numRuns: 10_000 };

function entryAt({ stream, version }: Dot, more: Partial<SharedEntry> = {}): SharedEntry {
  const base = { lane: 0, key: 'k', kind: 'put', value: new Uint8Array(0), ttlMs: 0, ageMs: 0 } as const;
  return {
    ...base,
    stream,
    version,
    stamp: { epoch: 0, ms: 1, counter: 0 },
    orig: undefined,
    adopt: 0,
    parent: undefined,
    ...more,
  };
}

test('joining is commutative: both sides keep the same entry', () => {
  fc.assert(
    fc.property(entry, entry, (a, b) => {
      fc.pre(a.stream !== b.stream || a.version !== b.version);
      expect(join(a, b)).toBe(join(b, a));
    }),
    cases,
  );
});

test('joining is associative: order of arrival does not matter', () => {
  fc.assert(
    fc.property(entry, entry, entry, (a, b, c) => {
      const left = join(join(a, b), c);
      const right = join(a, join(b, c));
      expect(compareEntries(left, right)).toBe(0);
    }),
    cases,
  );
});

test('joining is idempotent: to hear the same twice changes nothing', () => {
  fc.assert(
    fc.property(entry, entry, (a, b) => {
      const once = join(a, b);
      expect(join(once, b)).toBe(once);
      expect(join(once, a)).toBe(once);
    }),
    cases,
  );
});

test('the later stamp wins, then the later first stamp, then the copy, then the stream and its version', () => {
  const rising = [
    entryAt({ stream: 'c', version: 9 }, { stamp: { epoch: 0, ms: 1, counter: 0 } }),
    entryAt(
      { stream: 'b', version: 9 },
      { stamp: { epoch: 0, ms: 2, counter: 0 }, orig: { epoch: 0, ms: 1, counter: 0 } },
    ),
    entryAt({ stream: 'a', version: 1 }, { stamp: { epoch: 0, ms: 2, counter: 0 } }),
    entryAt({ stream: 'a', version: 2 }, { stamp: { epoch: 0, ms: 2, counter: 0 } }),
    entryAt({ stream: 'b', version: 1 }, { stamp: { epoch: 0, ms: 2, counter: 0 } }),
    entryAt({ stream: 'a', version: 1 }, { stamp: { epoch: 0, ms: 2, counter: 0 }, adopt: 1 }),
    entryAt({ stream: 'a', version: 1 }, { stamp: { epoch: 0, ms: 2, counter: 1 } }),
    entryAt({ stream: 'a', version: 1 }, { stamp: { epoch: 1, ms: 1, counter: 0 } }),
  ];
  for (let index = 1; index < rising.length; index += 1) {
    expect(compareEntries(rising[index]!, rising[index - 1]!)).toBeGreaterThan(0);
    expect(compareEntries(rising[index - 1]!, rising[index]!)).toBeLessThan(0);
  }
});

test('an author who replaced a write, or a later one of its stream, had seen it', () => {
  const loser = entryAt({ stream: 'a', version: 5 });
  const winner = (parent: Dot | undefined): SharedEntry => entryAt({ stream: 'b', version: 1 }, { parent });
  expect(isConcurrent(winner({ stream: 'a', version: 5 }), loser)).toBe(false);
  expect(isConcurrent(winner({ stream: 'a', version: 6 }), loser)).toBe(false);
  expect(isConcurrent(entryAt({ stream: 'a', version: 7 }), loser)).toBe(false);
  expect(isConcurrent(winner({ stream: 'a', version: 4 }), loser)).toBe(true);
  expect(isConcurrent(winner({ stream: 'c', version: 9 }), loser)).toBe(true);
  expect(isConcurrent(winner(undefined), loser)).toBe(true);
});

test('an author who had seen a write by way of a third one that never came here is taken for one who had not', () => {
  const first = entryAt({ stream: 'a', version: 1 });
  const second = entryAt({ stream: 'b', version: 1 }, { parent: first });
  const third = entryAt({ stream: 'c', version: 1 }, { parent: second });
  expect(isConcurrent(second, first)).toBe(false);
  expect(isConcurrent(third, second)).toBe(false);
  // Where the second is missing, nothing says that the third follows from the first.
  expect(isConcurrent(third, first)).toBe(true);
});
