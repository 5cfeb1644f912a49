import { expect, test } from 'vitest';
import { bytesText, millisecondsText, numberText, spanText } from './units.ts';

test.each<[(value: number) => string, readonly (readonly [number, string])[]]>([
  [
    spanText,
    [
      [-5, '0s'],
      [59_999, '59s'],
      [60_000, '1m'],
      [3_599_999, '59m'],
      [3_600_000, '1h'],
      [86_400_000, '1d'],
    ],
  ],
  [
    millisecondsText,
    [
      [0, '0ms'],
      [0.44, '0.4ms'],
      [9.94, '9.9ms'],
      [9.96, '10ms'],
      [999, '999ms'],
      [1_240, '1.2s'],
      [75_000, '75s'],
    ],
  ],
  [
    bytesText,
    [
      [0, '0 B'],
      [1_023, '1023 B'],
      [1_024, '1 KiB'],
      [1_300, '1.3 KiB'],
      [98 * 2 ** 20, '98 MiB'],
      [2 ** 60, '1048576 TiB'],
    ],
  ],
  [
    numberText,
    [
      [0, '0'],
      [0.54, '0.5'],
      [42.4, '42'],
    ],
  ],
])('%o writes numbers short, and in one way only', (write, cases) => {
  expect(cases.map(([value]) => write(value))).toEqual(cases.map(([, text]) => text));
});
