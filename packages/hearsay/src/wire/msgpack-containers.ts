import type { ByteReader, ByteWriter } from '../util/index.ts';
import { internText } from './intern.ts';
import { wireLimits } from './limits.ts';
import {
  failWith,
  isArrayHeader,
  POSITIONAL,
  readArrayLength,
  readBytesView,
  readLongInteger,
  readRawLength,
} from './msgpack.ts';

// What only the layers above memberlist's own messages have: lists, maps with free keys, doubles, and structs whose
// keys are told apart as texts. See msgpack.ts.

const NIL = 0xc0;

/**
 * The key of a struct's entry, as `readField` for structs with other keys than memberlist's. `declared` lists the
 * keys in declaration order, which counts for structs that come as arrays. Empty for a key that no struct has.
 */
export function readKey(reader: ByteReader, structHeader: number, index: number, declared: readonly string[]): string {
  if (structHeader >= POSITIONAL) return declared[index] ?? '';
  const length = readRawLength(reader, reader.u8());
  if (length > wireLimits.keyMaxBytes) reader.fail('key-too-long');
  const start = reader.position;
  reader.skip(length);
  return reader.failure === undefined ? internText(reader.bytes, start, start + length) : '';
}

/** How many values a list has; nil is an empty one. More values than bytes left fail at once. */
export function readListHeader(reader: ByteReader): number {
  const header = reader.u8();
  if (header === NIL) return 0;
  if (!isArrayHeader(header)) return failWith(reader, 'wrong-type');
  const count = readArrayLength(reader, header);
  return count > reader.remaining ? failWith(reader, 'truncated') : count;
}

/**
 * How many pairs a map with free keys has; nil is an empty one. go-msgpack takes an array of n values for a map of n
 * pairs, which then ends early; so does this, for the pairs that are there.
 */
export function readMapHeader(reader: ByteReader): number {
  const header = reader.u8();
  if (header === NIL) return 0;
  if ((header & 0xf0) === 0x80) return header & 0x0f;
  if (header === 0xde) return reader.u16();
  if (header === 0xdf) return reader.u32();
  return isArrayHeader(header) ? readArrayLength(reader, header) : failWith(reader, 'wrong-type');
}

/** A text in any string form; one of more than `maxBytes` is passed over and gives undefined. */
export function tryReadText(reader: ByteReader, maxBytes: number): string | undefined {
  const bytes = readBytesView(reader);
  if (bytes === null) return '';
  return bytes.length > maxBytes ? undefined : internText(bytes, 0, bytes.length);
}

/** A text in any string form; one of more than `maxBytes` fails with `too-large` before anything is made of it. */
export function readTextUpTo(reader: ByteReader, maxBytes: number): string {
  const text = tryReadText(reader, maxBytes);
  if (text === undefined) reader.fail('too-large');
  return text ?? '';
}

const scratch = new DataView(new ArrayBuffer(8));

/** A double, or any number in its place; nil is 0. */
export function readDouble(reader: ByteReader): number {
  const header = reader.u8();
  if (header < 0x80) return header;
  if (header !== 0xcb && header !== 0xca) return readLongInteger(reader, header);
  scratch.setUint32(0, reader.u32());
  if (header === 0xca) return scratch.getFloat32(0);
  scratch.setUint32(4, reader.u32());
  return scratch.getFloat64(0);
}

/** The header of a list of any length. */
export function writeListHeader(writer: ByteWriter, count: number): void {
  writeContainerHeader(writer, count, 0x90, 0xdc);
}

/** The header of a map with any number of pairs. */
export function writeLargeMapHeader(writer: ByteWriter, pairs: number): void {
  writeContainerHeader(writer, pairs, 0x80, 0xde);
}

function writeContainerHeader(writer: ByteWriter, count: number, short: number, long: number): void {
  if (count < 16) {
    writer.u8(short | count);
  } else if (count < 0x1_0000) {
    writer.u8(long);
    writer.u16(count);
  } else {
    writer.u8(long + 1);
    writer.u32(count);
  }
}

/** Always as cb, as Go writes a float64. */
export function writeDouble(writer: ByteWriter, value: number): void {
  scratch.setFloat64(0, value);
  writer.u8(0xcb);
  writer.u32(scratch.getUint32(0));
  writer.u32(scratch.getUint32(4));
}
