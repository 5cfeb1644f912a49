import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeNodeFilter, encodeTagFilter, matchesFilters } from './query-filter.ts';

const tags = { role: 'web server', dc: 'east', empty: '', ['__proto__']: 'odd' };
const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const passes = (...filters: readonly Uint8Array[]): boolean => matchesFilters(filters, 'n1', tags);

test('without filters everybody is meant', () => {
  expect(passes()).toBe(true);
});

describe('a node filter is passed by those it names', () => {
  test.each([
    { names: ['n1'], isPassed: true },
    { names: ['n0', 'n1', 'n2'], isPassed: true },
    { names: ['n', 'n11', 'N1'], isPassed: false },
    { names: [], isPassed: false },
  ])('$names', ({ names, isPassed }) => expect(passes(encodeNodeFilter(names))).toBe(isPassed));

  test('a thousand of them', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
    expect(passes(encodeNodeFilter(names))).toBe(true);
  });

  test('a name that is not UTF-8', () => {
    const filters = [encodeNodeFilter(['n\udcff'])];
    expect(matchesFilters(filters, 'n\udcff', {})).toBe(true);
    expect(matchesFilters(filters, 'n\udcfe', {})).toBe(false);
  });
});

describe('a tag filter is passed by those whose value has a match anywhere', () => {
  test.each([
    { tag: 'role', expression: 'web', isPassed: true },
    { tag: 'role', expression: '^server', isPassed: false },
    { tag: 'role', expression: '(?i)SERVER$', isPassed: true },
    { tag: 'missing', expression: '^$', isPassed: true },
    { tag: 'missing', expression: '.', isPassed: false },
    { tag: 'toString', expression: '.', isPassed: false },
    { tag: '__proto__', expression: '^odd$', isPassed: true },
    { tag: 'empty', expression: '^$', isPassed: true },
    { tag: 'role', expression: '(', isPassed: false },
    { tag: 'role', expression: '(?=w)', isPassed: false },
  ])('$tag: $expression', ({ tag, expression, isPassed }) =>
    expect(passes(encodeTagFilter(tag, expression))).toBe(isPassed),
  );
});

test('all filters must be passed', () => {
  const named = encodeNodeFilter(['n1']);
  const east = encodeTagFilter('dc', 'east');
  expect(passes(named, east)).toBe(true);
  expect(passes(named, encodeTagFilter('dc', 'west'), east)).toBe(false);
});

describe('nobody passes a filter that is', () => {
  test.each([
    { why: 'empty', hex: '' },
    { why: 'of another kind', hex: '0290' },
    { why: 'a type and nothing', hex: '00' },
    { why: 'a tag type and nothing', hex: '01' },
    { why: 'a list that ends early', hex: '0092a26e31' },
    { why: 'a list that announces too much', hex: '00ddffffffff' },
    { why: 'a list of numbers', hex: '009101' },
    { why: 'a map in place of a list', hex: '0080' },
    { why: 'a text in place of a map', hex: '01a26e31' },
    { why: 'a map that ends early', hex: '0182a445787072a0' },
  ])('$why', ({ hex }) => expect(passes(bytes(hex))).toBe(false));

  test('too costly', () => {
    const costly = encodeTagFilter('role', '(.?){900}(.?){900}x{900}');
    expect(passes(costly)).toBe(false);
    const cheap = Array.from({ length: 200 }, () => encodeTagFilter('role', 'web'));
    expect(passes(...cheap)).toBe(true);
  });
});

test('no filter, whatever its bytes, throws', () => {
  const filter = fc.tuple(fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 60 })).map(([type, rest]) => {
    return Uint8Array.of(type, ...rest);
  });
  fc.assert(fc.property(fc.array(filter), (filters) => void passes(...filters)));
});
