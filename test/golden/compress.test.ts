import { describe, expect, test } from 'vitest';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { decompress, tryWriteCompressed, writeCompressed } from '../../packages/hearsay/src/wire/compression.ts';
import { LzwDecoder, LzwEncoder } from '../../packages/hearsay/src/wire/lzw.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface CompressVector {
  readonly name: string;
  readonly lzw: string | null;
  readonly lzw_crc32?: string;
  readonly lzw_length?: number;
  readonly message?: string | null;
  readonly message_crc32?: string;
  readonly message_length?: number;
  readonly plain?: string;
  readonly plain_crc32: string;
  readonly plain_length: number;
  readonly smaller_than_plain: boolean;
  readonly decode_only?: true;
  readonly size_only?: true;
  readonly result?:
    | { readonly accepted: true; readonly plain?: string; readonly plain_crc32: string; readonly plain_length: number }
    | { readonly accepted: false };
}

const vectors = loadVectors<CompressVector>('compress');
const both = vectors.filter((vector) => vector.decode_only === undefined && vector.size_only === undefined);
const decodeOnly = vectors.filter((vector) => vector.decode_only);
const sizeOnly = vectors.filter((vector) => vector.size_only);
const unbounded = Number.POSITIVE_INFINITY;

/** The recipes that the file describes in words. */
function plainOf(vector: CompressVector): Uint8Array {
  if (vector.plain !== undefined) return fromHex(vector.plain);
  const plain = new Uint8Array(vector.plain_length);
  if (vector.name.startsWith('digram-unique')) {
    for (let index = 0, x = 0; index < plain.length; index += 1) {
      plain[index] = x;
      x += 1 + 2 * Math.floor(index / 256);
      x &= 0xff;
    }
  } else if (vector.name.startsWith('lcg')) {
    for (let index = 0, x = vector.name === 'lcg-5000' ? 1 : 7; index < plain.length; index += 1) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      plain[index] = x >>> 24;
    }
  } else if (vector.name === 'text-100k') {
    const text = Buffer.from('memberlist gossip ');
    for (let index = 0; index < plain.length; index += 1) plain[index] = text[index % text.length]!;
  }
  return plain;
}

function crcHex(bytes: Uint8Array): string {
  return zlibCrc32(bytes).toString(16).padStart(8, '0');
}

/** Length and checksum: of `bytes`, or as the vector gives them. */
function identityOf(bytes: Uint8Array | undefined, length?: number, crc?: string): readonly unknown[] {
  return bytes === undefined ? [length, crc] : [bytes.length, crcHex(bytes)];
}

test('the file holds 34 streams both ways, 12 to decode and 5 sizes', () => {
  expect([both.length, decodeOnly.length, sizeOnly.length]).toEqual([34, 12, 5]);
});

describe('our encoder writes what Go writes, and our decoder reads it back', () => {
  test.each(both)('$name', (vector) => {
    const plain = plainOf(vector);
    expect(plain.length).toBe(vector.plain_length);
    expect(crcHex(plain)).toBe(vector.plain_crc32);

    const lzw = new ByteWriter(1);
    expect(new LzwEncoder().encode(plain, lzw)).toBe(true);
    expect(identityOf(lzw.view())).toEqual(
      identityOf(vector.lzw === null ? undefined : fromHex(vector.lzw), vector.lzw_length, vector.lzw_crc32),
    );
    const decoded = new LzwDecoder().decode(lzw.view(), unbounded);
    expect(typeof decoded === 'string' ? decoded : toHex(decoded)).toBe(toHex(plain));

    const message = new ByteWriter(1);
    writeCompressed(message, plain);
    expect(identityOf(message.view())).toEqual(
      identityOf(vector.message ? fromHex(vector.message) : undefined, vector.message_length, vector.message_crc32),
    );
    const content = decompress(new ByteReader(message.view().subarray(1)), new LzwDecoder(), plain.length);
    expect(typeof content === 'string' ? content : toHex(content)).toBe(toHex(plain));

    // On packets the compressed form is sent only when it is shorter.
    const writer = new ByteWriter(1);
    expect(tryWriteCompressed(writer, plain)).toBe(vector.smaller_than_plain);
    expect(writer.length).toBe(vector.smaller_than_plain ? message.length : 0);
  });
});

describe('our decoder takes what Go takes', () => {
  test.each(decodeOnly)('$name', ({ lzw, result }) => {
    const decoded = new LzwDecoder().decode(fromHex(lzw!), unbounded);
    const outcome = typeof decoded === 'string' ? decoded : identityOf(decoded);
    expect(outcome).toEqual(
      result!.accepted ? identityOf(undefined, result!.plain_length, result!.plain_crc32) : 'compression-data',
    );
  });
});

describe('a bomb is as small as Go makes it, and its bound holds to the byte', () => {
  test.each(sizeOnly)('$name', ({ plain_length, lzw_crc32, lzw_length }) => {
    const lzw = new ByteWriter(1);
    new LzwEncoder().encode(new Uint8Array(plain_length), lzw);
    expect(identityOf(lzw.view())).toEqual([lzw_length, lzw_crc32]);
    const decoder = new LzwDecoder();
    expect(decoder.decode(lzw.view(), plain_length - 1)).toBe('compression-too-large');
    expect(decoder.decode(lzw.view(), plain_length)).toHaveLength(plain_length);
  });
});
