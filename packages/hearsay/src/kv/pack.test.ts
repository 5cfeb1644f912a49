import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OwnedEntry } from './entry.ts';
import { packedBytes, packInTurn } from './pack.ts';

const entry = (key: string, bytes: number): OwnedEntry => ({
  lane: 1,
  key,
  kind: 'put',
  value: new Uint8Array(bytes),
  stream: '',
  version: 1,
  ttlMs: 0,
  ageMs: 0,
});

test('a stream of large values gets no more bytes than one of small ones', () => {
  const small = Array.from({ length: 200 }, (_, index) => entry(`s${index}`, 20));
  const large = Array.from({ length: 200 }, (_, index) => entry(`l${index}`, 2_000));
  for (const firstIndex of [0, 1]) {
    const { entries, isComplete } = packInTurn([small, large], 10_000, firstIndex);
    expect(isComplete).toBe(false);
    const bytesOf = (letter: string): number =>
      entries.filter(({ key }) => key.startsWith(letter)).reduce((sum, each) => sum + packedBytes(each), 0);
    expect(bytesOf('s')).toBeGreaterThan(3_500);
    expect(bytesOf('l')).toBeGreaterThan(3_500);
  }
});

test('a hot stream leaves each of the others its turn', () => {
  const hot = Array.from({ length: 1_000 }, (_, index) => entry(`h${index}`, 50));
  const quiet = Array.from({ length: 20 }, (_, index) => [entry(`q${index}`, 50)]);
  const { entries } = packInTurn([hot, ...quiet], 40 * 110, 0);
  expect(entries.filter(({ key }) => key.startsWith('q')).length).toBe(20);
});

test('whatever the sizes: nothing twice, each list in order, within the budget but for one entry', () => {
  const list = fc.array(fc.nat(600), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(list, { maxLength: 6 }), fc.nat(3_000), fc.nat(5), (sizes, budgetBytes, firstIndex) => {
      const lists = sizes.map((bytes, which) => bytes.map((each, index) => entry(`${which}/${index}`, each)));
      const { entries, isComplete } = packInTurn(lists, budgetBytes, firstIndex);
      const total = lists.flat().length;
      expect(isComplete).toBe(entries.length === total);
      expect(entries.length > 0 || total === 0 || lists[firstIndex % lists.length]!.length === 0).toBe(true);
      const bytes = entries.reduce((sum, each) => sum + packedBytes(each), 0);
      expect(bytes <= budgetBytes || entries.length === 1).toBe(true);
      for (const [which, each] of lists.entries()) {
        const taken = entries.filter(({ key }) => key.startsWith(`${which}/`));
        expect(taken).toEqual(each.slice(0, taken.length));
      }
    }),
  );
});
