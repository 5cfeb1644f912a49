import type { ByteReader, ByteWriter } from '../../util/index.ts';
import type { EntryBase, OwnedEntry, SharedEntry } from '../entry.ts';
import { kvLimits } from '../limits.ts';
import type { Lane, OwnedLaneNumber, StreamKey } from '../stream.ts';
import { readFlags, readKey, readPositive, readStamp, writeKey, writeStamp } from './fields.ts';
import type { StreamRefReader, StreamRefWriter } from './stream-refs.ts';
import { ValueCopier } from './value-copier.ts';
import { readVarint, writeVarint } from './varint.ts';

const EntryFlag = { isDelete: 1, ttl: 2, parent: 4, orig: 8, adopt: 16 } as const;
const ownedFlags = EntryFlag.isDelete | EntryFlag.ttl;
const sharedFlags = ownedFlags | EntryFlag.parent | EntryFlag.orig | EntryFlag.adopt;

/** The fewest bytes that an entry of an owned lane takes: flags, version, a key of one byte. */
export const ownedEntryMinBytes = 4;

/** The most bytes of one value. A lane's keys together are bounded too, by whoever merges them. */
const valueMaxBytes: Readonly<Record<Lane, number>> = [
  kvLimits.sharedValueMaxBytes,
  kvLimits.ownedMaxBytes,
  kvLimits.telemetryMaxBytes,
];

const emptyValue = new Uint8Array(0);

/** Flags, stream, version, stamp, key, then what the flags say is there, and the value. */
export function writeSharedEntry(writer: ByteWriter, entry: SharedEntry, refs: StreamRefWriter): void {
  const { parent, orig, adopt } = entry;
  writer.u8(
    commonFlags(entry) |
      (parent === undefined ? 0 : EntryFlag.parent) |
      (orig === undefined ? 0 : EntryFlag.orig) |
      (adopt === 0 ? 0 : EntryFlag.adopt),
  );
  refs.write(writer, entry.stream);
  writeVarint(writer, entry.version);
  writeStamp(writer, entry.stamp);
  writeKey(writer, entry.key);
  if (parent !== undefined) {
    refs.write(writer, parent.stream);
    writeVarint(writer, parent.version);
  }
  if (orig !== undefined) writeStamp(writer, orig);
  if (adopt !== 0) writeVarint(writer, adopt);
  writeLifeAndValue(writer, entry);
}

/** Reads what {@link writeSharedEntry} writes, as a peer may send it. The value is copied. */
export function readSharedEntry(
  reader: ByteReader,
  refs: StreamRefReader,
  values: ValueCopier = new ValueCopier(),
): SharedEntry {
  const entry = readAnySharedEntry(reader, refs, values);
  if (entry.adopt > kvLimits.adoptMax) reader.fail('out-of-range');
  return entry;
}

/**
 * The same from this node's own disk. What no peer may send is brought down to what it may be: a store that other code
 * has written may hold it, and would else be of no use as a whole.
 */
export function readStoredSharedEntry(reader: ByteReader, refs: StreamRefReader): SharedEntry {
  const entry = readAnySharedEntry(reader, refs, new ValueCopier());
  return entry.adopt <= kvLimits.adoptMax ? entry : { ...entry, adopt: kvLimits.adoptMax };
}

function readAnySharedEntry(reader: ByteReader, refs: StreamRefReader, values: ValueCopier): SharedEntry {
  const flags = readFlags(reader, sharedFlags);
  const stream = refs.read(reader);
  const version = readPositive(reader);
  const stamp = readStamp(reader);
  const key = readKey(reader);
  const parent =
    (flags & EntryFlag.parent) === 0 ? undefined : { stream: refs.read(reader), version: readPositive(reader) };
  const orig = (flags & EntryFlag.orig) === 0 ? undefined : readStamp(reader);
  const adopt = (flags & EntryFlag.adopt) === 0 ? 0 : readPositive(reader);
  const kind = kindOf(flags);
  const ttlMs = readTtl(reader, flags);
  const ageMs = ttlMs === 0 ? 0 : readVarint(reader);
  const value = readValue(reader, flags, valueMaxBytes[0], values);
  return { lane: 0, key, kind, value, stream, version, parent, stamp, orig, adopt, ttlMs, ageMs };
}

/** Flags, version, key, then what the flags say is there, and the value. The stream is told before. */
export function writeOwnedEntry(writer: ByteWriter, entry: OwnedEntry): void {
  writer.u8(commonFlags(entry));
  writeVarint(writer, entry.version);
  writeKey(writer, entry.key);
  writeLifeAndValue(writer, entry);
}

/** Reads what {@link writeOwnedEntry} writes. The value is copied. */
export function readOwnedEntry(
  reader: ByteReader,
  lane: OwnedLaneNumber,
  stream: StreamKey,
  values: ValueCopier = new ValueCopier(),
): OwnedEntry {
  const flags = readFlags(reader, ownedFlags);
  const version = readPositive(reader);
  const key = readKey(reader);
  const kind = kindOf(flags);
  const ttlMs = readTtl(reader, flags);
  const ageMs = ttlMs === 0 ? 0 : readVarint(reader);
  const value = readValue(reader, flags, valueMaxBytes[lane], values);
  return { lane, key, kind, value, stream, version, ttlMs, ageMs };
}

function commonFlags({ kind, ttlMs }: EntryBase): number {
  return (kind === 'del' ? EntryFlag.isDelete : 0) | (ttlMs > 0 ? EntryFlag.ttl : 0);
}

function kindOf(flags: number): 'put' | 'del' {
  return (flags & EntryFlag.isDelete) === 0 ? 'put' : 'del';
}

function writeLifeAndValue(writer: ByteWriter, { kind, value, ttlMs, ageMs }: EntryBase): void {
  if (ttlMs > 0) {
    writeVarint(writer, ttlMs);
    writeVarint(writer, Math.floor(ageMs));
  }
  if (kind === 'del') return;
  writeVarint(writer, value.length);
  writer.write(value);
}

function readTtl(reader: ByteReader, flags: number): number {
  if ((flags & EntryFlag.ttl) === 0) return 0;
  const ttlMs = readPositive(reader);
  if (ttlMs > kvLimits.ttlMaxMs) reader.fail('out-of-range');
  return ttlMs;
}

function readValue(reader: ByteReader, flags: number, maxBytes: number, values: ValueCopier): Uint8Array {
  if ((flags & EntryFlag.isDelete) !== 0) return emptyValue;
  const length = readVarint(reader);
  if (length <= maxBytes) return values.read(reader, length);
  reader.fail('value-too-large');
  return emptyValue;
}
