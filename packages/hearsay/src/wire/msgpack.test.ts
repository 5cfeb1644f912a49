import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../util/index.ts';
import { wireLimits } from './limits.ts';
import { decodeAlive, decodePing } from './message-codec.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { readSharedBytes, skipValue } from './msgpack.ts';

function failureOf(bytes: Uint8Array): string | undefined {
  const reader = new ByteReader(bytes);
  decodeAlive(reader);
  return reader.failure;
}

/** A map with one unknown key, `x`, that holds `value`. */
function withUnknown(value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('81a178', 'hex'), value]);
}

/** `entries` unknown keys, a map16. */
function mapOf(entries: number): Uint8Array {
  return Buffer.concat([
    Buffer.from([0xde, entries >>> 8, entries & 0xff]),
    Buffer.alloc(entries * 3, Buffer.from('a17801', 'hex')),
  ]);
}

describe('a limit holds to the unit', () => {
  test('entries of a map', () => {
    expect(failureOf(mapOf(wireLimits.mapEntriesMax))).toBeUndefined();
    expect(failureOf(mapOf(wireLimits.mapEntriesMax + 1))).toBe('too-many-entries');
  });

  test('length of a key', () => {
    const key = (length: number): Uint8Array =>
      Buffer.concat([Buffer.from([0x81, 0xd9, length]), Buffer.alloc(length + 1)]);
    expect(failureOf(key(wireLimits.keyMaxBytes))).toBeUndefined();
    expect(failureOf(key(wireLimits.keyMaxBytes + 1))).toBe('key-too-long');
  });

  test('nesting of a skipped value', () => {
    const nested = (depth: number): Uint8Array => withUnknown(Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.of(1)]));
    expect(failureOf(nested(wireLimits.skippedMaxDepth))).toBeUndefined();
    expect(failureOf(nested(wireLimits.skippedMaxDepth + 1))).toBe('nested-too-deep');
  });
});

describe('a length that announces more than there is fails before anything is allocated', () => {
  test.each([
    ['an array', 'dd7fffffff01'],
    ['a map', 'df7fffffff0101'],
    ['a raw', 'db7fffffff61'],
    ['a bin', 'c67fffffff61'],
    ['an extension', 'c97fffffff0161'],
  ])('%s that is skipped', (_name, hex) => {
    expect(failureOf(withUnknown(Buffer.from(hex, 'hex')))).toBe('truncated');
  });

  test.each([
    ['an array', 'dd7fffffff01'],
    ['a raw', 'db7fffffff61'],
    ['a bin', 'c67fffffff61'],
  ])('%s in place of a byte string', (_name, hex) => {
    const reader = new ByteReader(Buffer.from(hex, 'hex'));
    readSharedBytes(reader);
    expect(reader.failure).toBe('truncated');
  });
});

test('after a failure the fields are not read on', () => {
  const reader = new ByteReader(Buffer.from('82a44e6f646505a55365714e6f07', 'hex'));
  expect(decodePing(reader).seqNo).toBe(0);
  expect(reader.failure).toBe('wrong-type');
});

const anyValue = fc.anything({
  maxDepth: 4,
  values: [fc.boolean(), fc.string(), fc.double(), fc.integer(), fc.uint8Array(), fc.constant(null)],
});

test('any value is passed over to its last byte, whole or in pieces', () => {
  fc.assert(
    fc.property(anyValue, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (value, pieces) => {
      const bytes = encode(value);
      const followed = Buffer.concat([bytes, Buffer.of(1, 2, 3)]);
      const reader = new ByteReader(followed);
      skipValue(reader);
      expect([reader.failure, reader.position]).toEqual([undefined, bytes.length]);

      const scanner = new MsgpackScanner();
      scanner.begin(100, 100_000, 'too-large');
      let [position, end] = [0, -1];
      for (let index = 0; end < 0; index += 1) {
        const next = Math.min(followed.length, position + pieces[index % pieces.length]!);
        end = scanner.scan(followed, position, next);
        position = next;
      }
      expect(end).toBe(bytes.length);
    }),
  );
});

test('the scanner ends every byte string with a place, a failure or a wish for more, alike in any pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const whole = new MsgpackScanner();
      whole.begin(8, 50, 'too-large');
      const end = whole.scan(bytes, 0, bytes.length);
      const single = new MsgpackScanner();
      single.begin(8, 50, 'too-large');
      let singleEnd = -1;
      for (let at = 0; at < bytes.length && singleEnd < 0 && single.failure === undefined; at += 1) {
        singleEnd = single.scan(bytes, at, at + 1);
      }
      expect([singleEnd, single.failure]).toEqual([end, whole.failure]);
    }),
    { numRuns: 2_000 },
  );
});

test('a value longer than its budget fails when it says so, not when it has come', () => {
  const scanner = new MsgpackScanner();
  for (const hex of ['c60000000b', 'dc000b', 'de0006', 'c70b']) {
    scanner.begin(8, 10 + hex.length / 2, 'too-large');
    scanner.scan(Buffer.from(hex, 'hex'), 0, hex.length / 2);
    expect(scanner.failure).toBe('too-large');
  }
});
