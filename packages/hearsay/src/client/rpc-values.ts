import type { ByteReader, ByteWriter } from '../util/index.ts';
import {
  hasEntry,
  readBool,
  readDouble,
  readKey,
  readListHeader,
  readMapHeader,
  readOwnBytes,
  readSigned,
  readStructHeader,
  readText,
  readUnsigned,
  skipValue,
  utf8Length,
  writeBool,
  writeDouble,
  writeLargeMapHeader,
  writeListHeader,
  writeMapHeader,
  writeSigned,
  writeUnsigned,
  writeUtf8,
} from '../wire/index.ts';

// RPC speaks the newer msgpack family: text as str, bytes as bin. The readers are those of gossip, which take either.

/**
 * How positive numbers in signed fields are written. The generations of Serf differ, and each reads both: `unsigned`
 * is what 0.9 and all generic libraries write, `signed` what later ones do.
 */
export type SignedForm = 'unsigned' | 'signed';

/** One type of value in both directions, and what it is where the peer sent nothing. */
export interface ValueCodec<T> {
  empty(): T;
  /** Never throws: what is wrong goes to `reader.failure`. */
  read(reader: ByteReader): T;
  write(writer: ByteWriter, value: T, form: SignedForm): void;
}

/** A map with known keys. */
export interface StructCodec<T> extends ValueCodec<T> {
  /** As `read`, but what the peer left out stays as in `previous`. */
  readOver(reader: ByteReader, previous: T): T;
}

/** For each property its key on the wire. Listed in the order of writing: ascending by key. */
export type FieldTable<T> = {
  readonly [Property in keyof T]-?: readonly [key: string, codec: ValueCodec<T[Property]>];
};

/** A text; nil is empty. */
export const text: ValueCodec<string> = { empty: () => '', read: readText, write: writeStr };
/** A byte string of its own; null is nil. */
export const bytes: ValueCodec<Uint8Array | null> = { empty: () => null, read: readOwnBytes, write: writeBin };
/** True or false; nil is false. */
export const bool: ValueCodec<boolean> = { empty: () => false, read: readBool, write: writeBool };
/** A double; any other number is taken for one. */
export const double: ValueCodec<number> = { empty: () => 0, read: readDouble, write: writeDouble };
/** A signed integer. Beyond 2^53 it is rounded. */
export const signed: ValueCodec<number> = {
  empty: () => 0,
  read: readSigned,
  write: (writer, value, form) => (form === 'signed' ? writeInt(writer, value) : writeSigned(writer, value)),
};

/** An unsigned number up to `max`; a larger one is refused. */
export function unsigned(max: number): ValueCodec<number> {
  return { empty: () => 0, read: (reader) => readUnsigned(reader, max), write: writeUnsigned };
}

/** A list; null is Go's nil. */
export function list<T>(item: ValueCodec<T>, maxEntries: number): ValueCodec<readonly T[] | null> {
  return {
    empty: () => null,
    read: (reader) => {
      if (isNil(reader)) return null;
      const count = bounded(reader, readListHeader(reader), maxEntries);
      const items: T[] = [];
      while (items.length < count && reader.failure === undefined) items.push(item.read(reader));
      return items;
    },
    write: (writer, items, form) => {
      if (items === null) return writer.u8(NIL);
      writeListHeader(writer, items.length);
      for (const value of items) item.write(writer, value, form);
    },
  };
}

/** A map with any texts as keys, in an object without prototype: `__proto__` is a legal tag. Null is Go's nil. */
export function mapOf<T>(item: ValueCodec<T>, maxEntries: number): ValueCodec<Readonly<Record<string, T>> | null> {
  return {
    empty: () => null,
    read: (reader) => {
      if (isNil(reader)) return null;
      const count = bounded(reader, readMapHeader(reader), maxEntries);
      const map = Object.create(null) as Record<string, T>;
      for (let index = 0; index < count && reader.failure === undefined; index += 1) {
        const key = readText(reader);
        map[key] = item.read(reader);
      }
      return map;
    },
    write: (writer, map, form) => {
      if (map === null) return writer.u8(NIL);
      const entries = Object.entries(map);
      writeLargeMapHeader(writer, entries.length);
      for (const [key, value] of entries) {
        writeStr(writer, key);
        item.write(writer, value, form);
      }
    },
  };
}

/** A value that is never null: nil from the peer becomes what `ifNil` makes. */
export function orElse<T>(codec: ValueCodec<T | null>, ifNil: () => T): ValueCodec<T> {
  return {
    empty: ifNil,
    read: (reader) => codec.read(reader) ?? ifNil(),
    write: (writer, value, form) => codec.write(writer, value, form),
  };
}

/** A map with known keys; unknown ones are passed over. */
export function struct<T extends object>(table: FieldTable<T>): StructCodec<T> {
  const fields = (Object.keys(table) as (keyof T)[]).map((property) => {
    const [key, codec] = table[property];
    return { property, key, codec };
  });
  const byKey = new Map(fields.map((field) => [field.key, field]));
  const empty = (): T => Object.fromEntries(fields.map(({ property, codec }) => [property, codec.empty()])) as T;
  const readOver = (reader: ByteReader, previous: T): T => {
    const value = { ...previous };
    const header = readStructHeader(reader);
    for (let index = 0; hasEntry(reader, header, index); index += 1) {
      const field = byKey.get(readKey(reader, header, index, []));
      if (field === undefined) skipValue(reader);
      else value[field.property] = field.codec.read(reader);
    }
    return value;
  };
  return {
    empty,
    read: (reader) => readOver(reader, empty()),
    readOver,
    write: (writer, value, form) => {
      writeMapHeader(writer, fields.length);
      for (const { property, key, codec } of fields) {
        writeStr(writer, key);
        codec.write(writer, value[property], form);
      }
    },
  };
}

const NIL = 0xc0;

function isNil(reader: ByteReader): boolean {
  if (reader.peek() !== NIL) return false;
  reader.skip(1);
  return true;
}

function bounded(reader: ByteReader, count: number, maxEntries: number): number {
  if (count > maxEntries) reader.fail('too-many-entries');
  return reader.failure === undefined ? count : 0;
}

function writeStr(writer: ByteWriter, value: string): void {
  const length = utf8Length(value);
  if (length < 0x20) writer.u8(0xa0 | length);
  else writeLength(writer, length, 0xd9);
  writeUtf8(writer, value);
}

function writeBin(writer: ByteWriter, value: Uint8Array | null): void {
  if (value === null) return writer.u8(NIL);
  writeLength(writer, value.length, 0xc4);
  writer.write(value);
}

/** `header` stands for a length of one byte, the next two for lengths of two and four. */
function writeLength(writer: ByteWriter, length: number, header: number): void {
  if (length < 0x100) {
    writer.u8(header);
    writer.u8(length);
  } else if (length < 0x1_0000) {
    writer.u8(header + 1);
    writer.u16(length);
  } else {
    writer.u8(header + 2);
    writer.u32(length);
  }
}

/** The shortest signed form, as later generations of Serf write it. */
function writeInt(writer: ByteWriter, value: number): void {
  if (value < 0x80) {
    writeSigned(writer, value);
  } else if (value < 0x8000) {
    writer.u8(0xd1);
    writer.u16(value);
  } else if (value < 0x8000_0000) {
    writer.u8(0xd2);
    writer.u32(value);
  } else {
    writer.u8(0xd3);
    writer.u32(Math.floor(value / 0x1_0000_0000));
    writer.u32(value);
  }
}
