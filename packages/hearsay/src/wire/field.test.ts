import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../util/index.ts';
import { Field, fieldNames, readFieldName } from './field.ts';
import { wireLimits } from './limits.ts';

const names = fieldNames.slice(1);

function read(key: string): Field {
  const bytes = Uint8Array.from(key, (letter) => letter.charCodeAt(0));
  const reader = new ByteReader(bytes);
  const field = readFieldName(reader, bytes.length);
  expect(reader.failure).toBeUndefined();
  expect(reader.remaining).toBe(0);
  return field;
}

test('every name on the wire is read as its own field', () => {
  expect(names.map(read)).toEqual(names.map((_, index) => index + 1));
  expect(new Set(names).size).toBe(Object.keys(Field).length - 1);
});

// A slot is chosen by the length and three letters: what merely lands in the slot of a field must not be taken for it.
describe('a key that differs from a name in', () => {
  test.each(names)('one letter of %s is unknown', (name) => {
    for (let index = 0; index < name.length; index += 1) {
      for (const letter of ['q', name[index]!.toUpperCase(), name[index]!.toLowerCase()]) {
        const key = name.slice(0, index) + letter + name.slice(index + 1);
        if (key !== name) expect(read(key), key).toBe(Field.unknown);
      }
    }
  });

  test.each(names)('its length from %s is unknown', (name) => {
    for (let index = 1; index < name.length; index += 1) {
      const start = name.slice(0, index);
      if (!names.includes(start)) expect(read(start), start).toBe(Field.unknown);
    }
    for (const key of ['', `${name}q`, name + name, `${name}\0`]) expect(read(key), key).toBe(Field.unknown);
  });

  test('anything is unknown, whatever slot it lands in', () => {
    const key = fc.string({ unit: 'binary-ascii', maxLength: wireLimits.keyMaxBytes });
    const isUnknown = (text: string): boolean => names.includes(text) || read(text) === Field.unknown;
    fc.assert(fc.property(key, isUnknown), { numRuns: 5_000 });
  });
});

test('a key that is cut off or too long fails, and names nothing', () => {
  const node = Uint8Array.from('Node', (letter) => letter.charCodeAt(0));
  const cut = new ByteReader(node.subarray(0, 3));
  expect(readFieldName(cut, 4)).toBe(Field.unknown);
  expect(cut.failure).toBe('truncated');
  const long = new ByteReader(new Uint8Array(wireLimits.keyMaxBytes + 1));
  expect(readFieldName(long, wireLimits.keyMaxBytes + 1)).toBe(Field.unknown);
  expect(long.failure).toBe('key-too-long');
});
