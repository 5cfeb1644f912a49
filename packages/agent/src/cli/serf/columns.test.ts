import { expect, test } from 'vitest';
import { columns } from './columns.ts';

test('columns are as wide as their widest cell in characters; the last cell of a row is not filled up', () => {
  // As the stock command lines up members of these names and tags.
  const rows = [
    [' a ', '127.0.0.1:7946', 'alive', ''],
    ['é日本', '127.0.0.1:7946', 'failed', 'x=  padded  '],
  ];
  expect(columns(rows)).toBe('a    127.0.0.1:7946  alive   \né日本  127.0.0.1:7946  failed  x=  padded');
});

test('nothing trails at the very end', () => {
  expect(columns([['a', 'alive', '']])).toBe('a  alive');
  expect(columns([])).toBe('');
});

test('a look takes no width', () => {
  const look = (cell: string, column: number): string => (column === 0 ? `<${cell}>` : cell);
  expect(
    columns(
      [
        ['a', 'b'],
        ['cc', 'd'],
      ],
      look,
    ),
  ).toBe('<a>   b\n<cc>  d');
});
