import { expect, test } from 'vitest';
import { compareTables, type DiffAspect } from './comparison.ts';
import { viewsLimits } from './limits.ts';
import type { TableRow } from './table.ts';

const alive: TableRow = { name: 'n', state: 'alive', address: '10.0.0.1:1', incarnation: 1, meta: Uint8Array.of(1) };

test.each<[string, TableRow | undefined, TableRow | undefined, DiffAspect[]]>([
  ['the same', alive, { ...alive, meta: Uint8Array.of(1) }, []],
  ['a suspicion', alive, { ...alive, state: 'suspect' }, ['state']],
  ['a death', alive, { ...alive, state: 'failed', incarnation: 2 }, ['liveness', 'incarnation']],
  ['how it went', { ...alive, state: 'left' }, { ...alive, state: 'failed' }, ['state']],
  ['a member that one has not heard of', undefined, alive, ['liveness']],
  ['a gone member that one has forgotten', { ...alive, state: 'left' }, undefined, ['state']],
  ['a taken name', alive, { ...alive, address: '10.0.0.2:1' }, ['address']],
  ['tags', alive, { ...alive, meta: Uint8Array.of(2) }, ['meta']],
])('%s is told for what it is', (_, a, b, aspects) => {
  const { differences } = compareTables({ name: 'a', rows: a ? [a] : [] }, { name: 'b', rows: b ? [b] : [] });
  expect(differences).toEqual(aspects.length === 0 ? [] : [{ name: 'n', aspects, a, b }]);
});

test('the gravest comes first, and of too many all are counted', () => {
  const name = (index: number): string => `n${`${index}`.padStart(4, '0')}`;
  const rows = Array.from({ length: 1_500 }, (_, index) => ({ ...alive, name: name(index) }));
  const others = rows.map((row) => ({ ...row, incarnation: 2 }));
  others[1_499] = { ...others[1_499]!, state: 'failed' };
  const diff = compareTables({ name: 'a', rows }, { name: 'b', rows: others });
  expect(diff.differenceCount).toBe(1_500);
  expect(diff.differences).toHaveLength(viewsLimits.differencesMax);
  expect(diff.differences.slice(0, 2).map((each) => each.name)).toEqual(['n1499', 'n0000']);
  expect(diff.b.counts).toEqual({ alive: 1_499, suspect: 0, failed: 1, left: 0 });
});

test('where one told nothing, nothing is compared', () => {
  const diff = compareTables({ name: 'a', rows: [alive] }, { name: 'b', absence: 'stock' });
  expect(diff.differences).toEqual([]);
  expect([diff.a.absence, diff.b.absence]).toEqual([undefined, 'stock']);
});
