import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { readStructHeader, readUnsigned, writeText, writeUnsigned } from './msgpack.ts';
import {
  readDouble,
  readKey,
  readListHeader,
  readMapHeader,
  readTextUpTo,
  tryReadText,
  writeDouble,
  writeLargeMapHeader,
  writeListHeader,
} from './msgpack-containers.ts';

function readerOf(hex: string): ByteReader {
  return new ByteReader(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

function hexOf(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(8);
  write(writer);
  return Array.from(writer.view(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('headers are the shortest that hold the count', () => {
  test.each([
    { count: 0, list: '90', map: '80' },
    { count: 15, list: '9f', map: '8f' },
    { count: 16, list: 'dc0010', map: 'de0010' },
    { count: 65_535, list: 'dcffff', map: 'deffff' },
    { count: 65_536, list: 'dd00010000', map: 'df00010000' },
  ])('$count', ({ count, list, map }) => {
    expect(hexOf((writer) => writeListHeader(writer, count))).toBe(list);
    expect(hexOf((writer) => writeLargeMapHeader(writer, count))).toBe(map);
    expect(readMapHeader(readerOf(map))).toBe(count);
    expect(readListHeader(readerOf(list + '00'.repeat(count)))).toBe(count);
  });
});

test('an absent list or map is an empty one', () => {
  expect([readListHeader(readerOf('c0')), readMapHeader(readerOf('c0'))]).toEqual([0, 0]);
});

describe('no list is', () => {
  test.each([
    { hex: '80', failure: 'wrong-type' },
    { hex: 'a0', failure: 'wrong-type' },
    { hex: '92c0', failure: 'truncated' },
    { hex: 'ddffffffffc0', failure: 'truncated' },
    { hex: '', failure: 'truncated' },
  ])('$hex', ({ hex, failure }) => {
    const reader = readerOf(hex);
    expect(readListHeader(reader)).toBe(0);
    expect(reader.failure).toBe(failure);
  });
});

test('a text up to the limit is read, and a longer one fails or is passed over', () => {
  const fits = readerOf('a3616263');
  expect([readTextUpTo(fits, 3), fits.failure]).toEqual(['abc', undefined]);
  const long = readerOf('a3616263');
  expect([readTextUpTo(long, 2), long.failure]).toEqual(['', 'too-large']);
  const passed = readerOf('a361626305');
  expect([tryReadText(passed, 2), passed.failure, passed.remaining]).toEqual([undefined, undefined, 1]);
  expect(tryReadText(readerOf('c0'), 0)).toBe('');
});

test('keys are texts of any form, or places in the declaration', () => {
  const declared = ['First', 'Second'];
  for (const hex of ['81a54669727374', '81d9054669727374', '81c4054669727374', '92']) {
    const reader = readerOf(hex);
    const header = readStructHeader(reader);
    expect([readKey(reader, header, 0, declared), reader.failure]).toEqual(['First', undefined]);
  }
  const array = readerOf('93');
  expect(readKey(array, readStructHeader(array), 2, declared)).toBe('');
  const long = readerOf(`81d941${'61'.repeat(65)}`);
  expect(readKey(long, readStructHeader(long), 0, declared)).toBe('');
  expect(long.failure).toBe('key-too-long');
});

test('a double comes back bit for bit', () => {
  const property = fc.property(fc.double(), (value) => {
    const hex = hexOf((writer) => writeDouble(writer, value));
    expect(hex).toMatch(/^cb.{16}$/);
    expect(readDouble(readerOf(hex))).toBe(value);
  });
  fc.assert(property);
});

describe('any number is taken for a double', () => {
  test.each([
    { hex: '05', value: 5 },
    { hex: 'ff', value: -1 },
    { hex: 'd1ff00', value: -256 },
    { hex: 'ca3f000000', value: 0.5 },
    { hex: 'c0', value: 0 },
  ])('$hex', ({ hex, value }) => expect(readDouble(readerOf(hex))).toBe(value));

  test.each(['a131', '90', 'c3', 'c1'])('but not %s', (hex) => {
    const reader = readerOf(hex);
    readDouble(reader);
    expect(reader.failure).toBe('wrong-type');
  });
});

test('an unsigned integer of up to 53 bits comes back', () => {
  const property = fc.property(fc.maxSafeNat(), (value) => {
    const hex = hexOf((writer) => writeUnsigned(writer, value));
    expect(readUnsigned(readerOf(hex), Number.MAX_SAFE_INTEGER)).toBe(value);
  });
  fc.assert(property);
  expect(hexOf((writer) => writeUnsigned(writer, 2 ** 32))).toBe('cf0000000100000000');
  expect(hexOf((writer) => writeText(writer, ''))).toBe('a0');
});
