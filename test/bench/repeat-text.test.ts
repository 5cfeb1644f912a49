import { expect, test } from 'vitest';
import { repeatText } from '../../bench/lib/repeat-text.mjs';

const tides = {
  seedCount: 5,
  cells: [{ id: 'n=10 low' }, { id: 'n=10 high' }, { id: 'n=100 low', seedCount: 2 }],
};
const all = tides.cells.map(({ id }) => id);

function textOf(cells: readonly string[], perCell: readonly number[], first: number = 1): string {
  return repeatText({ name: 'tides', cells, seeds: { first, perCell } }, tides);
}

test.each([
  ['all of it', all, [5, 5, 2], 1, ''],
  ['all in another order', all.toReversed(), [2, 5, 5], 1, ''],
  ['fewer seeds, as many of each', all, [2, 2, 2], 1, ' --seeds 2'],
  ['other seeds', all, [5, 5, 2], 7, ' --first-seed 7'],
  ['cells whose names begin alike', ['n=10 low', 'n=10 high'], [3, 3], 1, " --cells 'n=10 ' --seeds 3"],
  ['a single cell', ['n=100 low'], [2], 1, " --cells 'n=100 low'"],
])('one command repeats %s', (_, cells, perCell, first, flags) => {
  expect(textOf(cells, perCell, first)).toBe(`To repeat it: \`hearsay experiment tides${flags}\`.`);
});

test.each([
  [['n=10 low', 'n=100 low'], [5, 2], 'more cells'],
  [['n=10 low', 'n=100 low'], [3, 1], 'more cells and more seeds'],
  [all, [5, 5, 1], 'more seeds'],
  [all, [5, 9, 2], 'fewer seeds'],
  [all, [9, 5, 1], 'other numbers of seeds'],
  [['n=10 low', 'n=7'], [5, 2], 'other cells'],
])('of %j with %j seeds it says what running all differs in', (cells, perCell, difference) => {
  const command = '`hearsay experiment tides`';
  expect(textOf(cells, perCell)).toBe(`To repeat it, with ${difference} than here: ${command}.`);
});
