import { describe, expect, test } from 'vitest';
import { encodeNodeFilter, encodeTagFilter, matchesFilters } from '../../packages/hearsay/src/serf/query-filter.ts';
import { loadSerfVectors } from './serf-vectors.ts';
import { fromHex, toHex } from './vectors.ts';

type NodeFilter = { readonly kind: 'filterNode'; readonly value: readonly string[] | null };
type TagFilter = { readonly kind: 'filterTag'; readonly value: { readonly Expr: string; readonly Tag: string } };
type FilterVector = { readonly name: string; readonly hex: string } & (NodeFilter | TagFilter);

const { messages } = loadSerfVectors<{ readonly messages: readonly object[] }>('messages');
const { bodies } = loadSerfVectors<{ readonly bodies: readonly object[] }>('decode');

const isFilter = (vector: object): vector is FilterVector =>
  'kind' in vector && (vector.kind as string).startsWith('filter');
/** In this file `fields` is what the other calls `value`. */
const written = messages.filter(isFilter).map((vector) => ({ ...vector, value: (vector as never)['fields'] }));
/** Without the type byte. */
const unusual = bodies.filter(isFilter).map((vector) => ({
  ...vector,
  hex: (vector.kind === 'filterNode' ? '00' : '01') + vector.hex,
}));

test('there are filters of both kinds', () => {
  expect([written.length, unusual.length]).toEqual([3, 4]);
});

describe('a filter encodes to the bytes that Serf writes', () => {
  test.each(written as readonly FilterVector[])('$name', (vector) => {
    const filter =
      vector.kind === 'filterNode'
        ? encodeNodeFilter(vector.value!)
        : encodeTagFilter(vector.value.Tag, vector.value.Expr);
    expect(toHex(filter)).toBe(vector.hex);
  });
});

describe('a filter means what Serf takes it for', () => {
  test.each([...written, ...unusual] as readonly FilterVector[])('$name', (vector) => {
    const filters = [fromHex(vector.hex)];
    if (vector.kind === 'filterNode') {
      for (const name of vector.value ?? []) expect(matchesFilters(filters, name, {})).toBe(true);
      expect(matchesFilters(filters, 'nobody', {})).toBe(false);
    } else {
      const { Tag: tag, Expr: expression } = vector.value;
      expect(matchesFilters(filters, 'nobody', { [tag]: expression.replace('^', '') })).toBe(true);
      expect(matchesFilters(filters, 'nobody', { other: expression })).toBe(false);
    }
  });
});
