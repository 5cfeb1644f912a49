import { expect, test } from 'vitest';
import { captureIo } from './captured-io.ts';
import type { Terminal } from './io.ts';
import {
  colourPaint,
  cutTo,
  displayWidth,
  pad,
  paintFor,
  plainPaint,
  safeText,
  stripEscapes,
  table,
} from './output.ts';

const terminal: Terminal = { columns: 80, rows: 24, onResize: () => () => {} };

test.each([
  ['a pipe', undefined, {}, false],
  ['a terminal', terminal, {}, true],
  ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['a terminal with NO_COLOR empty', terminal, { NO_COLOR: '' }, true],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ['a pipe with FORCE_COLOR', undefined, { FORCE_COLOR: '1' }, true],
  ['a pipe with both', undefined, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('%s is coloured: %#', (_, where, env, isColoured) => {
  expect(paintFor(captureIo({ terminal: where, env }))).toBe(isColoured ? colourPaint : plainPaint);
});

test('a table is as wide as its cells and has no trailing spaces', () => {
  expect(
    table([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
  ).toBe('a    bb  c\naaa  b\n');
});

test('escape sequences take no width', () => {
  const text = colourPaint('●', 'green');
  expect(displayWidth(text)).toBe(1);
  expect(pad(text, 3)).toBe(`${text}  `);
  expect(pad(text, 3, 'left')).toBe(`  ${text}`);
});

test('a text cut to a width ends in an ellipsis and leaves no colour open', () => {
  const cut = cutTo(`x${colourPaint('abcdef', 'red')}`, 4);
  expect(stripEscapes(cut)).toBe('xab…');
  expect(cut.endsWith('\x1b[0m')).toBe(true);
  expect(cutTo('abc', 3)).toBe('abc');
});

test('a name from the network cannot move the cursor', () => {
  expect(safeText('a\x1b[2Jb\nc\u202ed')).toBe('a\\x1b[2Jb\\x0ac\\x202ed');
});
