import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { decompress, tryWriteCompressed, writeCompressed } from './compression.ts';
import { LzwDecoder, LzwEncoder } from './lzw.ts';
import { encodeCompressed } from './message-codec.ts';

/** Bytes with and without repetition, long enough to fill the table. */
const plains = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.constantFrom(0, 1, 2), { maxLength: 2_000 }).map((values) => Uint8Array.from(values)),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 400 }))
    .map(([bytes, times]) =>
      Uint8Array.from({ length: bytes.length * times }, (_, index) => bytes[index % bytes.length]!),
    ),
  fc.nat().map((seed) => Uint8Array.from({ length: 9_000 }, (_, index) => Math.imul(seed + index, 2654435761) >>> 24)),
);

test('what is compressed comes back, from one coder used again and again', () => {
  const encoder = new LzwEncoder();
  const decoder = new LzwDecoder();
  const lzw = new ByteWriter(1);
  fc.assert(
    fc.property(plains, (plain) => {
      lzw.reset();
      expect(encoder.encode(plain, lzw)).toBe(true);
      const decoded = decoder.decode(lzw.view(), plain.length);
      expect(Buffer.from(decoded as Uint8Array).equals(plain)).toBe(true);
      if (plain.length > 0) expect(decoder.decode(lzw.view(), plain.length - 1)).toBe('compression-too-large');
    }),
    { numRuns: 300 },
  );
});

test('the encoder stays right when its table has been cleared more often than an epoch counts', () => {
  const encoder = new LzwEncoder();
  const lzw = new ByteWriter();
  for (let round = 0; round < 5_000; round += 1) {
    lzw.reset();
    encoder.encode(Uint8Array.of(round, round, round), lzw);
  }
  const fresh = new ByteWriter();
  new LzwEncoder().encode(Uint8Array.of(4_999, 4_999, 4_999), fresh);
  expect(lzw.copy()).toEqual(fresh.copy());
});

test('a message is compressed as if it were the first, whatever went out before', () => {
  const list = Uint8Array.from({ length: 5_000 }, (_, index) => index % 97);
  const changed = list.slice();
  changed[4_999] = 255;
  for (const message of [list, list, changed, list.subarray(0, 4_999), Uint8Array.of(1), changed, changed, list]) {
    const compressed = new ByteWriter();
    writeCompressed(compressed, message);
    const lzw = new ByteWriter();
    new LzwEncoder().encode(message, lzw);
    const expected = new ByteWriter();
    encodeCompressed(expected, { algo: 0, buf: lzw.view() });
    expect(Buffer.compare(compressed.copy(), expected.copy())).toBe(0);
  }
});

test('what is kept of a message does not change with it', () => {
  const message = new Uint8Array(2_000);
  const first = new ByteWriter();
  writeCompressed(first, message);
  message[1_000] = 1;
  const second = new ByteWriter();
  writeCompressed(second, message);
  expect(Buffer.compare(first.copy(), second.copy())).not.toBe(0);
});

test('a message is decompressed as if it were the first, whatever went out before', () => {
  const list = Uint8Array.from({ length: 5_000 }, (_, index) => index % 97);
  const outgoing = new ByteWriter();
  writeCompressed(outgoing, list);
  const read = (bytes: Uint8Array, maxBytes: number): unknown => {
    const content = decompress(new ByteReader(bytes.subarray(1)), new LzwDecoder(), maxBytes);
    return typeof content === 'string' ? content : [...content];
  };
  expect(read(outgoing.view(), 5_000)).toEqual([...list]);
  expect(read(outgoing.view(), 4_999)).toBe('compression-too-large');
  const changed = outgoing.copy();
  changed[changed.length - 1] = 0xff;
  writeCompressed(new ByteWriter(), list);
  const afresh = new LzwDecoder().decode(changed.subarray(changed.length - lzwLength(list)), 5_000);
  expect(read(changed, 5_000)).toEqual(typeof afresh === 'string' ? afresh : [...afresh]);
});

function lzwLength(message: Uint8Array): number {
  const lzw = new ByteWriter();
  new LzwEncoder().encode(message, lzw);
  return lzw.length;
}

test('the encoder stops at its bound, and says so', () => {
  fc.assert(
    fc.property(plains, (plain) => {
      const whole = new ByteWriter(1);
      new LzwEncoder().encode(plain, whole);
      const bounded = new ByteWriter(1);
      expect(new LzwEncoder().encode(plain, bounded, whole.length)).toBe(true);
      bounded.reset();
      expect(new LzwEncoder().encode(plain, bounded, whole.length - 1)).toBe(false);
      expect(bounded.length).toBeLessThanOrEqual(whole.length);
    }),
  );
});

test('a message is compressed for a packet exactly when that makes it shorter', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        plains,
        fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 255 })).map(([n, byte]) => new Uint8Array(n).fill(byte)),
      ),
      (plain) => {
        const always = new ByteWriter(1);
        writeCompressed(always, plain);
        const onlyWhenShorter = new ByteWriter(1);
        expect(tryWriteCompressed(onlyWhenShorter, plain)).toBe(always.length < plain.length);
        expect(onlyWhenShorter.copy()).toEqual(always.length < plain.length ? always.copy() : new Uint8Array(0));
      },
    ),
  );
});

test('no bytes whatever make the decoder throw or pass its bound', () => {
  const decoder = new LzwDecoder();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const decoded = decoder.decode(bytes, 5_000);
      expect(typeof decoded === 'string' || decoded.length <= 5_000).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
