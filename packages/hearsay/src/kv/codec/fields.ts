import type { ByteReader, ByteWriter } from '../../util/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../../wire/index.ts';
import { type Hash64 } from '../digest-hash.ts';
import { kvLimits } from '../limits.ts';
import { stampEpochMax, type Stamp } from '../stamp.ts';
import { streamHash, type Lane, type OwnedLaneNumber, type StreamKey, type StreamOwner } from '../stream.ts';
import { kvWireLimits } from './limits.ts';
import { readVarint, writeVarint } from './varint.ts';

/** A 64-bit hash: 8 bytes, high half first. */
export function writeHash(writer: ByteWriter, { high, low }: Hash64): void {
  writer.u32(high);
  writer.u32(low);
}

/** Reads what {@link writeHash} writes. */
export function readHash(reader: ByteReader): Hash64 {
  return { high: reader.u32(), low: reader.u32() };
}

/** A stream's hash, or a generation: 16 hexadecimal digits as 8 bytes. */
export function writeKey64(writer: ByteWriter, key: StreamKey): void {
  const [high, low] = streamHash(key);
  writer.u32(high);
  writer.u32(low);
}

/** Reads what {@link writeKey64} writes. The text is made in one call: pieces put together stay pieces in memory. */
export function readKey64(reader: ByteReader): StreamKey {
  const high = reader.u32();
  const low = reader.u32();
  return String.fromCharCode(
    digitAt(high, 28),
    digitAt(high, 24),
    digitAt(high, 20),
    digitAt(high, 16),
    digitAt(high, 12),
    digitAt(high, 8),
    digitAt(high, 4),
    digitAt(high, 0),
    digitAt(low, 28),
    digitAt(low, 24),
    digitAt(low, 20),
    digitAt(low, 16),
    digitAt(low, 12),
    digitAt(low, 8),
    digitAt(low, 4),
    digitAt(low, 0),
  );
}

/** The code of the lower-case hexadecimal digit for four of the bits. */
function digitAt(bits: number, shift: number): number {
  const value = (bits >>> shift) & 15;
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/** The highest bit of a stamp says that there is an epoch. */
const epochBit = 0x8000;

/** One bit, 47 of milliseconds, 16 of counter; behind them the epoch, if the bit says so: most are 0. */
export function writeStamp(writer: ByteWriter, { epoch, ms, counter }: Stamp): void {
  writer.u16(Math.floor(ms / 2 ** 32) | (epoch === 0 ? 0 : epochBit));
  writer.u32(ms % 2 ** 32);
  writer.u16(counter);
  if (epoch !== 0) writeVarint(writer, epoch);
}

/** Reads what {@link writeStamp} writes. */
export function readStamp(reader: ByteReader): Stamp {
  const high = reader.u16();
  const ms = (high & ~epochBit) * 2 ** 32 + reader.u32();
  const counter = reader.u16();
  const epoch = (high & epochBit) === 0 ? 0 : readPositive(reader);
  if (epoch > stampEpochMax) reader.fail('out-of-range');
  return { epoch, ms, counter };
}

/** A member's name: length, then UTF-8. */
export function writeName(writer: ByteWriter, name: string): void {
  writeVarint(writer, utf8Length(name));
  writeUtf8(writer, name);
}

/** Reads what {@link writeName} writes. Bytes that are no UTF-8 are kept, as everywhere in names. */
export function readName(reader: ByteReader): string {
  return readNameOf(reader, readVarint(reader));
}

/** The name whose length has been read. */
export function readNameOf(reader: ByteReader, length: number): string {
  if (length === 0 || length > kvWireLimits.nameMaxBytes) {
    reader.fail('name');
    return '';
  }
  const start = reader.position;
  reader.skip(length);
  return reader.failure === undefined ? decodeUtf8(reader.bytes, start, start + length) : '';
}

/** Whose stream it is: name, then generation. */
export function writeOwner(writer: ByteWriter, { node, generation }: StreamOwner): void {
  writeName(writer, node);
  writeKey64(writer, generation);
}

/** Reads what {@link writeOwner} writes. */
export function readOwner(reader: ByteReader): StreamOwner {
  return { node: readName(reader), generation: readKey64(reader) };
}

/** The key of an entry: length, then UTF-8. */
export function writeKey(writer: ByteWriter, key: string): void {
  writeName(writer, key);
}

/** Reads what {@link writeKey} writes. What no writer may use as a key is refused here too. */
export function readKey(reader: ByteReader): string {
  const length = readVarint(reader);
  if (length === 0 || length > kvLimits.keyMaxBytes) {
    reader.fail('key');
    return '';
  }
  const start = reader.position;
  reader.skip(length);
  if (reader.failure !== undefined) return '';
  const ascii = printableAscii(reader.bytes, start, start + length);
  if (ascii !== undefined) return ascii;
  const key = decodeUtf8(reader.bytes, start, start + length);
  // A surrogate that stands alone is how `decodeUtf8` marks a byte that is no UTF-8.
  if (/[\p{Cc}\p{Cs}]/u.test(key)) reader.fail('key');
  return key;
}

/** Most keys are plain, and a text made in one call is half as dear as one put together, and smaller in memory. */
function printableAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  const codes: number[] = [];
  for (let position = start; position < end; position += 1) {
    const code = bytes[position]!;
    if (code < 0x20 || code > 0x7e) return undefined;
    codes.push(code);
  }
  return String.fromCharCode(...codes);
}

/** 0 shared, 1 owned, 2 telemetry. */
export function readLane(reader: ByteReader): Lane {
  return asLane(reader, reader.u8());
}

/** The lane, unless there is none of that number. */
export function asLane(reader: ByteReader, lane: number): Lane {
  if (lane === 0 || lane === 1 || lane === 2) return lane;
  reader.fail('out-of-range');
  return 0;
}

/** 1 owned, 2 telemetry. */
export function readOwnedLane(reader: ByteReader): OwnedLaneNumber {
  const lane = reader.u8();
  if (lane === 1 || lane === 2) return lane;
  reader.fail('out-of-range');
  return 1;
}

/** A number from 1: a version, or what is only written when it is not 0. */
export function readPositive(reader: ByteReader): number {
  const value = readVarint(reader);
  if (value === 0) reader.fail('out-of-range');
  return value;
}

/** Flags of which only those in `known` may be set. */
export function readFlags(reader: ByteReader, known: number): number {
  const flags = reader.u8();
  if ((flags & ~known) !== 0) reader.fail('flags');
  return flags;
}
