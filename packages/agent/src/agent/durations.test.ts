import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './durations.ts';

test.each([
  ['0', 0],
  ['-0', 0],
  ['500ms', 500],
  ['1m30s', 90_000],
  ['24h', 86_400_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['5.s', 5_000],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['1μs', 0.001],
  ['2ns', 0.000_002],
  ['+3s', 3_000],
  ['-3s', -3_000],
])('%s is a time', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, ms });
});

test.each([
  ['10', 'time: missing unit in duration "10"'],
  ['1m5', 'time: missing unit in duration "1m5"'],
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['.s', 'time: invalid duration ".s"'],
  ['s', 'time: invalid duration "s"'],
  [' 1s', 'time: invalid duration " 1s"'],
  ['3000000h', 'time: invalid duration "3000000h"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['1 s', 'time: unknown unit " s" in duration "1 s"'],
  ['1S', 'time: unknown unit "S" in duration "1S"'],
  ['1constructor', 'time: unknown unit "constructor" in duration "1constructor"'],
])('%s is none, and the problem is told as Go tells it', (text, problem) => {
  expect(parseDuration(text)).toEqual({ ok: false, problem });
});

test('what is written is read as the same time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
      const parsed = parseDuration(formatDuration(ms));
      expect(parsed.ok && Math.round(parsed.ms)).toBe(ms);
    }),
  );
  expect([0, 999, 30_000, 90_000, 86_400_000, -500].map(formatDuration)).toEqual([
    '0s',
    '999ms',
    '30s',
    '1m30s',
    '24h',
    '-500ms',
  ]);
});
