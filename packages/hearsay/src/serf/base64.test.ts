import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';

test('base64 is what everybody else writes, and comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes));
    }),
  );
});

// Places as Go's `base64.StdEncoding` names them.
test.each([
  ['!!!', 0],
  ['xxx', 0],
  ['QUJD!', 4],
  ['QUJDR', 4],
  ['QUI', 0],
  ['=', 0],
  ['A=', 1],
  ['QQ=', 3],
  ['QQ=x', 2],
  ['QUI=x', 4],
  ['QQ==QQ==', 4],
])('%s is bad at byte %i', (text, badAt) => {
  expect(decodeBase64(text)).toEqual({ badAt });
});

test('line ends between and after the digits do not matter', () => {
  expect(decodeBase64('QU\r\nI=\n')).toEqual(Uint8Array.of(0x41, 0x42));
});
