import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime } from '../../../../test/support/kv-node.ts';
import { emptyRow, withCoverage, withVersion, type StreamRow } from './coverage.ts';
import type { OwnedEntry, SharedEntry } from './entry.ts';

/** Each law is tried with so many cases. */
const cases = { numRuns: 10_000 };

const row: fc.Arbitrary<StreamRow> = fc
  .uniqueArray(fc.integer({ min: 1, max: 24 }), { maxLength: 12 })
  .map((versions) => versions.reduce((row, version) => withVersion(row, version), emptyRow));

test('to join coverage is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(row, row, row, (a, b, c) => {
      expect(withCoverage(a, b)).toEqual(withCoverage(b, a));
      expect(withCoverage(withCoverage(a, b), c)).toEqual(withCoverage(a, withCoverage(b, c)));
      expect(withCoverage(withCoverage(a, b), b)).toEqual(withCoverage(a, b));
    }),
    cases,
  );
});

/** Writes of three nodes that had seen what the numbers say, and an order in which they arrive elsewhere, some twice. */
const history = fc.record({
  writes: fc.array(
    fc.record({
      author: fc.nat(2),
      key: fc.constantFrom('x', 'y'),
      isDeletion: fc.boolean(),
      skewMs: fc.constantFrom(-2_000, 0, 2_000),
      seen: fc.option(fc.nat(2), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  orders: fc.tuple(fc.array(fc.nat(5), { maxLength: 10 }), fc.array(fc.nat(5), { maxLength: 10 })),
});

test('the same writes in any order, some of them twice, leave every node with the same shared map', () => {
  fc.assert(
    fc.property(history, ({ writes, orders }) => {
      const time = new KvTime();
      const authors = ['a', 'b', 'c'].map((name) => new KvNode(name, time));
      const made: [SharedEntry, KvNode][] = [];
      for (const [index, { author, key, isDeletion, skewMs, seen }] of writes.entries()) {
        const node = authors[author]!;
        node.skewMs = skewMs;
        if (seen !== undefined && seen !== author) node.pull(authors[seen]!);
        const entry = isDeletion ? node.state.shared.delete(key) : node.state.shared.put(key, bytes(`${index}`));
        if (entry !== undefined) made.push([entry, node]);
      }
      const views = orders.map((order, index) => {
        const reader = new KvNode('reader', time);
        const arrivals = [...order.flatMap((which) => made.slice(which, which + 1)), ...made];
        for (const [entry, { state }] of index === 0 ? arrivals : arrivals.toReversed()) {
          reader.state.shared.applyRumor(entry, state.own);
        }
        return reader.state.shared.save();
      });
      expect(views[0]!.rows).toEqual(views[1]!.rows);
      expect(byKey(views[0]!.entries)).toEqual(byKey(views[1]!.entries));
    }),
    cases,
  );
});

test('the same writes of one owner in any order, some of them twice, leave every node with the same owned keys', () => {
  fc.assert(
    fc.property(history, ({ writes, orders }) => {
      const time = new KvTime();
      const owner = new KvNode('owner', time);
      const made: OwnedEntry[] = [];
      for (const [index, { key, isDeletion }] of writes.entries()) {
        const { owned } = owner.state;
        const entry = isDeletion ? owned.delete(key) : owned.set(key, bytes(`${index}`));
        if (entry !== undefined) made.push(entry);
      }
      const views = orders.map((order, index) => {
        const reader = new KvNode('reader', time);
        const arrivals = [...order.flatMap((which) => made.slice(which, which + 1)), ...made];
        for (const entry of index === 0 ? arrivals : arrivals.toReversed()) {
          reader.state.owned.applyRumor(entry, owner.state.own);
        }
        return [...reader.state.owned.list('owner')];
      });
      expect(byKey(views[0]!)).toEqual(byKey(views[1]!));
      expect(byKey(views[0]!)).toEqual(byKey([...owner.state.owned.list('owner')]));
    }),
    cases,
  );
});

function byKey<Entry extends { readonly key: string }>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
