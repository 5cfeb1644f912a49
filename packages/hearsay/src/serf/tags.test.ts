import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../util/index.ts';
import { decodeTags, encodeTags } from './tags.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', 'role', ''));
const tags = fc.array(fc.tuple(key, text), { maxLength: 20 }).map((pairs) => Object.fromEntries(pairs));

test('tags come back as they were, whatever their names', () => {
  const property = fc.property(tags, fc.constantFrom(3, 4, 5), (given, version) => {
    const decoded = decodeTags(encodeTags(given, version));
    expect(Object.entries(decoded).toSorted()).toEqual(Object.entries(given).toSorted());
  });
  fc.assert(property);
});

test('equal tags are equal bytes, in whatever order they were given', () => {
  const property = fc.property(tags, (given) => {
    const reversed = Object.fromEntries(Object.entries(given).toReversed());
    expect(encodeTags(reversed, 5)).toEqual(encodeTags(given, 5));
  });
  fc.assert(property);
});

test('decoded tags have nothing that the member did not say', () => {
  const decoded = decodeTags(encodeTags({ ['__proto__']: 'x' }, 5));
  expect(Object.getPrototypeOf(decoded)).toBeNull();
  expect(Object.keys(decoded)).toEqual(['__proto__']);
  expect(decoded['constructor']).toBeUndefined();
});

describe('before version 3 only the role travels', () => {
  test.each([
    { given: { role: 'web', dc: 'east' }, role: 'web' },
    { given: { dc: 'east' }, role: '' },
  ])('$given', ({ given, role }) => expect({ ...decodeTags(encodeTags(given, 2)) }).toEqual({ role }));
});

test('a role that is not UTF-8 keeps its bytes', () => {
  const meta = Uint8Array.of(0x77, 0xfe, 0x62);
  expect(encodeTags(decodeTags(meta), 2)).toEqual(meta);
});

test('a map with more tags than metadata can hold is broken after so many', () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`t${index}`, '']));
  const reader = new ByteReader();
  expect(Object.keys(decodeTags(encodeTags(many, 5), reader))).toHaveLength(256);
  expect(reader.failure).toBe('too-many-entries');
});

test('no metadata, whatever its bytes, makes the decoder throw', () => {
  const meta = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(0xff, 0x84, ...bytes)),
  );
  fc.assert(fc.property(meta, (bytes) => void decodeTags(bytes)));
});
