import { copyBytes, type ByteReader, type ByteWriter } from '../util/index.ts';
import { Field, readFieldName } from './field.ts';
import { internBytes, internText } from './intern.ts';
import { wireLimits } from './limits.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { utf8Length, writeUtf8 } from './utf8.ts';
import type { WireFailure } from './wire-failure.ts';

// The subset of msgpack that go-msgpack writes for memberlist's structs, and everything its two generations accept.
// The readers never throw: what is wrong goes to the reader's `failure`, and the value is zero or empty.

const NIL = 0xc0;
const EMPTY = new Uint8Array(0);

// Reading: structs

/** Added to the entry count of a struct that came as an array of its values. */
export const POSITIONAL: number = 0x1_0000;

/**
 * Reads the header of a struct: a map, an array of the values in declaration order, or nil for all zero. Pass the
 * result to {@link hasEntry} and {@link readField}.
 */
export function readStructHeader(reader: ByteReader): number {
  const header = reader.u8();
  let count = 0;
  let form = 0;
  if ((header & 0xf0) === 0x80) {
    count = header & 0x0f;
  } else if ((header & 0xf0) === 0x90) {
    count = header & 0x0f;
    form = POSITIONAL;
  } else if (header === 0xde || header === 0xdf) {
    count = header === 0xde ? reader.u16() : reader.u32();
  } else if (header === 0xdc || header === 0xdd) {
    count = header === 0xdc ? reader.u16() : reader.u32();
    form = POSITIONAL;
  } else if (header !== NIL) {
    failWith(reader, 'wrong-type');
  }
  if (count > wireLimits.mapEntriesMax) reader.fail('too-many-entries');
  return reader.failure === undefined ? count | form : 0;
}

/** Whether the struct has an entry `index` that can be read: the loop over its fields ends with the first failure. */
export function hasEntry(reader: ByteReader, structHeader: number, index: number): boolean {
  return index < (structHeader & (POSITIONAL - 1)) && reader.failure === undefined;
}

/** Which {@link Field} the value that follows belongs to. `declared` lists the struct's fields in declaration order. */
export function readField(reader: ByteReader, structHeader: number, index: number, declared: readonly Field[]): number {
  if (structHeader >= POSITIONAL) return declared[index] ?? Field.unknown;
  const header = reader.u8();
  return readFieldName(reader, (header & 0xe0) === 0xa0 ? header & 0x1f : readLongLength(reader, header));
}

const skipper = new MsgpackScanner();

/** Passes over one value of any type. */
export function skipValue(reader: ByteReader): void {
  if (reader.failure !== undefined) return;
  skipper.begin(wireLimits.skippedMaxDepth, reader.remaining, 'truncated');
  const start = reader.position;
  const end = skipper.scan(reader.bytes, start, start + reader.remaining);
  if (end < 0) reader.fail(skipper.failure ?? 'truncated');
  else reader.skip(end - start);
}

// Reading: values

/** An unsigned integer up to `max` in any encoding that go-msgpack takes; nil is 0. */
export function readUnsigned(reader: ByteReader, max: number): number {
  const header = reader.u8();
  const value = header < 0x80 ? header : readLongInteger(reader, header);
  if (value < 0) return failWith(reader, 'negative');
  return value > max ? failWith(reader, 'out-of-range') : value;
}

/**
 * A signed integer, as readers of Go's `int` take it: an unsigned one with bit 63 set wraps to negative. Beyond 2^53
 * the value is rounded; the callers' limits are far below.
 */
export function readSigned(reader: ByteReader): number {
  const header = reader.u8();
  return header < 0x80 ? header : readLongInteger(reader, header);
}

/** An integer of more than seven bits, nil for 0. */
export function readLongInteger(reader: ByteReader, header: number): number {
  if (header >= 0xe0) return header - 0x100;
  switch (header) {
    case NIL:
      return 0;
    case 0xcc:
      return reader.u8();
    case 0xcd:
      return reader.u16();
    case 0xce:
      return reader.u32();
    case 0xcf:
    case 0xd3:
      return (reader.u32() | 0) * 0x1_0000_0000 + reader.u32();
    case 0xd0:
      return (reader.u8() << 24) >> 24;
    case 0xd1:
      return (reader.u16() << 16) >> 16;
    case 0xd2:
      return reader.u32() | 0;
    default:
      return failWith(reader, 'wrong-type');
  }
}

/** c2 or c3; also 0 and 1, and nil for false. */
export function readBool(reader: ByteReader): boolean {
  const header = reader.u8();
  if (header === 0xc3 || header === 0x01) return true;
  if (header !== 0xc2 && header !== 0x00 && header !== NIL) failWith(reader, 'wrong-type');
  return false;
}

/** A text in any string form; nil is empty. Bytes that are not UTF-8 are kept (see `utf8.ts`). */
export function readText(reader: ByteReader): string {
  const header = reader.u8();
  if (header === NIL) return '';
  if (isArrayHeader(header)) {
    const bytes = readByteArray(reader, header);
    return internText(bytes, 0, bytes.length);
  }
  const length = readRawLength(reader, header);
  const start = reader.position;
  reader.skip(length);
  return reader.failure === undefined ? internText(reader.bytes, start, start + length) : '';
}

/** A byte string in any form, null for nil. Shared between messages when it is short: nobody may change it. */
export function readSharedBytes(reader: ByteReader): Uint8Array | null {
  const header = reader.u8();
  if (header === NIL) return null;
  if (isArrayHeader(header)) return readByteArray(reader, header);
  const length = readRawLength(reader, header);
  const start = reader.position;
  reader.skip(length);
  return reader.failure === undefined && length > 0 ? internBytes(reader.bytes, start, start + length) : EMPTY;
}

/** As {@link readSharedBytes}, but for contents that hardly ever come twice: a copy of its own. */
export function readOwnBytes(reader: ByteReader): Uint8Array | null {
  const view = readBytesView(reader);
  return view === null || view.length === 0 ? view : copyBytes(view);
}

/** As {@link readSharedBytes}, but a view into the reader's bytes, valid as long as they are. */
export function readBytesView(reader: ByteReader): Uint8Array | null {
  const header = reader.u8();
  if (header === NIL) return null;
  if (isArrayHeader(header)) return readByteArray(reader, header);
  const length = readRawLength(reader, header);
  return length === 0 ? EMPTY : reader.view(length);
}

/** Whether a list or array of values begins with `header`. */
export function isArrayHeader(header: number): boolean {
  return (header & 0xf0) === 0x90 || header === 0xdc || header === 0xdd;
}

/** An array of integers 0 to 255 in place of a byte string. */
function readByteArray(reader: ByteReader, header: number): Uint8Array {
  const count = readArrayLength(reader, header);
  if (count > reader.remaining) {
    reader.fail('truncated');
    return EMPTY;
  }
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    bytes[index] = readUnsigned(reader, 0xff);
  }
  return bytes;
}

/** How many values the array has that begins with `header`. */
export function readArrayLength(reader: ByteReader, header: number): number {
  return header < 0xa0 ? header & 0x0f : header === 0xdc ? reader.u16() : reader.u32();
}

/** How many bytes the raw, str or bin has that begins with `header`. */
export function readRawLength(reader: ByteReader, header: number): number {
  return (header & 0xe0) === 0xa0 ? header & 0x1f : readLongLength(reader, header);
}

/** The length of a raw, str or bin whose header is not a fixraw. */
function readLongLength(reader: ByteReader, header: number): number {
  switch (header) {
    case 0xc4:
    case 0xd9:
      return reader.u8();
    case 0xc5:
    case 0xda:
      return reader.u16();
    case 0xc6:
    case 0xdb:
      return reader.u32();
    default:
      return failWith(reader, 'wrong-type');
  }
}

/** The first failure stays: a header that could not be read at all keeps `truncated`. */
export function failWith(reader: ByteReader, reason: WireFailure): 0 {
  reader.fail(reason);
  return 0;
}

// Writing: what both generations of go-msgpack read, in the form that the older one writes

/** The header of a map with fewer than 16 entries: all messages are that small. */
export function writeMapHeader(writer: ByteWriter, entries: number): void {
  writer.u8(0x80 | entries);
}

/** An unsigned integer of at most 53 bits, in its shortest form. */
export function writeUnsigned(writer: ByteWriter, value: number): void {
  if (value < 0x80) {
    writer.u8(value);
  } else if (value < 0x100) {
    writer.u8(0xcc);
    writer.u8(value);
  } else if (value < 0x1_0000) {
    writer.u8(0xcd);
    writer.u16(value);
  } else if (value < 0x1_0000_0000) {
    writer.u8(0xce);
    writer.u32(value);
  } else {
    writer.u8(0xcf);
    writer.u32(Math.floor(value / 0x1_0000_0000));
    writer.u32(value);
  }
}

/**
 * A signed integer down to -2^31 and up to 53 bits; a positive one in the unsigned form, which generic libraries write
 * too.
 */
export function writeSigned(writer: ByteWriter, value: number): void {
  if (value >= 0) {
    writeUnsigned(writer, value);
  } else if (value >= -0x20) {
    writer.u8(0x100 + value);
  } else if (value >= -0x80) {
    writer.u8(0xd0);
    writer.u8(value);
  } else if (value >= -0x8000) {
    writer.u8(0xd1);
    writer.u16(value);
  } else {
    writer.u8(0xd2);
    writer.u32(value);
  }
}

/** c3 or c2. */
export function writeBool(writer: ByteWriter, value: boolean): void {
  writer.u8(value ? 0xc3 : 0xc2);
}

/** A text as raw. Escaped bytes are written as themselves (see `utf8.ts`). */
export function writeText(writer: ByteWriter, text: string): void {
  if (text.length < 0x20 && tryWriteShortAscii(writer, text)) return;
  const length = utf8Length(text);
  writeRawHeader(writer, length);
  writeUtf8(writer, text, length);
}

/** Most texts are names of nodes: gone through once, not once to count and once to write. */
function tryWriteShortAscii(writer: ByteWriter, text: string): boolean {
  const { length } = text;
  const bytes = writer.reserve(1 + length);
  const start = writer.length + 1;
  bytes[start - 1] = 0xa0 | length;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    bytes[start + index] = code;
  }
  writer.advance(1 + length);
  return true;
}

/** A byte string as raw, null as nil. */
export function writeBytes(writer: ByteWriter, bytes: Uint8Array | null): void {
  if (bytes === null) {
    writer.u8(NIL);
    return;
  }
  writeRawHeader(writer, bytes.length);
  writer.write(bytes);
}

/** Never str8 or bin: the older go-msgpack does not take them everywhere. */
function writeRawHeader(writer: ByteWriter, length: number): void {
  if (length < 0x20) {
    writer.u8(0xa0 | length);
  } else if (length < 0x1_0000) {
    writer.u8(0xda);
    writer.u16(length);
  } else {
    writer.u8(0xdb);
    writer.u32(length);
  }
}
