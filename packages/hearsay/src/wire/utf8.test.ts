import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../util/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from './utf8.ts';

function encode(text: string): Uint8Array {
  const writer = new ByteWriter(1);
  writeUtf8(writer, text);
  return writer.copy();
}

test('text that is well formed is written and read as the platform does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(encode(text)).toEqual(new TextEncoder().encode(text));
      expect(decodeUtf8(encode(text))).toBe(text);
    }),
  );
});

test('bytes that are well-formed UTF-8 are read as the platform reads them, all others differently', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  fc.assert(
    fc.property(bytesNearUtf8(), (bytes) => {
      let platform: string | undefined;
      try {
        platform = decoder.decode(bytes);
      } catch {
        platform = undefined;
      }
      const text = decodeUtf8(bytes);
      expect(/\p{Surrogate}/u.test(text) ? undefined : text).toBe(platform);
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes come back as they were, so two different names never become one', () => {
  fc.assert(
    fc.property(bytesNearUtf8(), (bytes) => {
      expect(encode(decodeUtf8(bytes))).toEqual(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test('the length is known before the text is written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), bytesNearUtf8(), (text, bytes) => {
      expect(utf8Length(text)).toBe(encode(text).length);
      expect(utf8Length(decodeUtf8(bytes))).toBe(bytes.length);
    }),
  );
});

test('a lone surrogate that stands for no byte becomes the replacement character', () => {
  for (const text of ['\ud800', '\udbff', '\udc00', '\udc7f', '\udd00', '\udfff']) {
    expect(encode(text)).toEqual(Uint8Array.of(0xef, 0xbf, 0xbd));
  }
  expect(encode('\udc80\udcff')).toEqual(Uint8Array.of(0x80, 0xff));
});

/** Bytes in which lead and continuation bytes are much more frequent than by chance. */
function bytesNearUtf8(): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(
    fc.constantFrom(0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff),
    fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf),
    fc.integer({ min: 0, max: 255 }),
  );
  return fc.array(byte, { maxLength: 12 }).map((values) => Uint8Array.from(values));
}

test.each([0, 0x7f, 0x80, 0x81, 0x7ff, 0x800, 0x801, 0xd7ff, 0xe000, 0xfffe, 0xffff, 0x10000, 0x10001, 0x10ffff])(
  'code point %i, where the length of its form changes or beside, is as long as was said and as the platform writes it',
  (codePoint) => {
    const text = `${String.fromCodePoint(codePoint)}a`;
    const writer = new ByteWriter();
    writeUtf8(writer, text);
    expect(writer.copy()).toEqual(new TextEncoder().encode(text));
    expect(utf8Length(text)).toBe(writer.length);
    expect(decodeUtf8(writer.copy())).toBe(text);
  },
);
