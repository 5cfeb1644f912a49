import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RosterView } from './roster.ts';
import { SeenBits } from './seen-bits.ts';

const all = Array.from({ length: 20 }, (_, index) => `n${index}`);
const some = fc.subarray(all);

function bitsOf(names: readonly string[], view: RosterView): SeenBits {
  const bits = new SeenBits();
  for (const name of names) bits.add(name, view);
  return bits;
}

test('two nodes that join what they know come to the union, by bits as by names', () => {
  fc.assert(
    fc.property(some, some, fc.boolean(), (mine, theirs, isByName) => {
      const view = new RosterView(all);
      const bits = bitsOf(mine, view);
      const other = bitsOf(theirs, view);
      const isNew = bits.merge(isByName ? other.toNames(view, 1_000) : other.toBitmap(view), view);
      expect(isNew).toBe(theirs.some((name) => !mine.includes(name)));
      expect(bits.missing(view)).toEqual(view.names.filter((name) => !mine.includes(name) && !theirs.includes(name)));
      expect(bits.isComplete(view)).toBe(bits.missing(view).length === 0);
    }),
  );
});

test('when members come and go, what is known of the others stays', () => {
  fc.assert(
    fc.property(some, some, some, (before, after, seen) => {
      const view = new RosterView(before);
      const bits = bitsOf(seen, view);
      const next = new RosterView(after);
      const known = seen.filter((name) => before.includes(name));
      expect(bits.missing(next)).toEqual(next.names.filter((name) => !known.includes(name)));
    }),
  );
});

test('bits in another order, of another length, or that stand for nobody are passed over', () => {
  const view = new RosterView(['a', 'b', 'c']);
  const bits = new SeenBits();
  const ones = Uint8Array.of(0xff);
  expect(bits.merge({ kind: 'bitmap', rosterHash: view.hash + 1, bits: ones }, view)).toBe(false);
  expect(bits.merge({ kind: 'bitmap', rosterHash: view.hash, bits: Uint8Array.of(1, 1) }, view)).toBe(false);
  expect(bits.missing(view)).toEqual(['a', 'b', 'c']);
  expect(bits.merge({ kind: 'bitmap', rosterHash: view.hash, bits: ones }, view)).toBe(true);
  expect(bits.toBitmap(view).bits).toEqual(Uint8Array.of(7));
  expect(bits.merge({ kind: 'names', nameHashes: [1, 2, 3] }, view)).toBe(false);
});

test('as many names are told as there is room for, and others the next time', () => {
  const view = new RosterView(all);
  const bits = bitsOf(all, view);
  const told = new Set(Array.from({ length: 20 }, (_, turn) => bits.toNames(view, 20, turn * 13).nameHashes).flat());
  expect(bits.toNames(view, 20).nameHashes.length).toBe(5);
  expect(told.size).toBe(20);
});
