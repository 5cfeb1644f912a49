import { ByteReader, ByteWriter } from '../../util/index.ts';
import { readOwnedEntry, readStoredSharedEntry, writeOwnedEntry, writeSharedEntry } from '../codec/entries.ts';
import {
  readFlags,
  readKey,
  readKey64,
  readName,
  readOwner,
  readStamp,
  writeKey,
  writeKey64,
  writeName,
  writeOwner,
  writeStamp,
} from '../codec/fields.ts';
import { readStoredRow, writeRow } from '../codec/rows.ts';
import { StreamRefReader, StreamRefWriter } from '../codec/stream-refs.ts';
import { readVarint, writeVarint } from '../codec/varint.ts';
import type { EntryBase } from '../entry.ts';
import { isDeadOnArrival } from '../lifetimes.ts';
import { streamKeyOf, type StreamKey, type StreamOwner } from '../stream.ts';
import type { KvRecord, OwnedRecord, OwnedStreamRecord, SharedRecord, SharedStreamRecord } from './record.ts';

/** What stands in a store. */
export type StoredContent =
  /** The beginning of a snapshot: it holds what was done up to the sequence number of this record. */
  | { readonly type: 'snapshot' }
  /** What a step has changed; in a snapshot, a part of what there is. */
  | { readonly type: 'step'; readonly record: KvRecord }
  /** A process has begun with what stands before. */
  | { readonly type: 'started' }
  /** A process has ended well: what stands before is all that it wrote. */
  | {
      readonly type: 'stopped';
      readonly own: StreamOwner;
      /** The next versions of its streams, to be given by whoever goes on. */
      readonly nextShared: number;
      readonly nextOwned: number;
      /** What tells the store from a copy of it. */
      readonly medium: string;
    };

/** A record in a store. */
export interface StoredRecord {
  /** One more than that of the record before, so that a record that is missing is noticed. */
  readonly sequence: number;
  /** When it was made, by this node's wall clock. */
  readonly wallMs: number;
  readonly content: StoredContent;
}

/** Never used for anything else: a record of another format has another type. */
const RecordType = { snapshot: 1, shared: 2, owned: 3, started: 4, stopped: 5 } as const;
const StreamFlag = { owner: 1, retired: 2 } as const;

const emptyValue = new Uint8Array(0);
const noOwners: ReadonlyMap<StreamKey, StreamOwner> = new Map();

/** The bytes of a record (docs/state-on-disk.md). */
export function encodeStored({ sequence, wallMs, content }: StoredRecord): Uint8Array {
  const writer = new ByteWriter(256);
  writer.u8(typeOf(content));
  writeVarint(writer, sequence);
  writeVarint(writer, Math.max(0, Math.floor(wallMs)));
  if (content.type === 'stopped') {
    writeOwner(writer, content.own);
    writeVarint(writer, content.nextShared);
    writeVarint(writer, content.nextOwned);
    writeName(writer, content.medium);
  } else if (content.type === 'step') {
    if (content.record.lane === 0) writeShared(writer, content.record);
    else writeOwned(writer, content.record);
  }
  return writer.copy();
}

/** Reads what {@link encodeStored} writes; `undefined` when it is nothing of the kind. Entries are as old as they are at `nowWallMs`. */
export function decodeStored(bytes: Uint8Array, nowWallMs: number): StoredRecord | undefined {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  const sequence = readVarint(reader);
  const wallMs = readVarint(reader);
  // A clock that was set back makes nothing younger.
  const content = readContent(reader, type, Math.max(0, nowWallMs - wallMs));
  if (reader.failure !== undefined || reader.remaining > 0 || content === undefined) return undefined;
  return { sequence, wallMs, content };
}

function typeOf(content: StoredContent): number {
  if (content.type !== 'step') return RecordType[content.type];
  return content.record.lane === 0 ? RecordType.shared : RecordType.owned;
}

function readContent(reader: ByteReader, type: number, heldMs: number): StoredContent | undefined {
  switch (type) {
    case RecordType.snapshot:
      return { type: 'snapshot' };
    case RecordType.shared:
      return { type: 'step', record: readShared(reader, heldMs) };
    case RecordType.owned:
      return { type: 'step', record: readOwned(reader, heldMs) };
    case RecordType.started:
      return { type: 'started' };
    case RecordType.stopped: {
      const own = readOwner(reader);
      const nextShared = readVarint(reader);
      return { type: 'stopped', own, nextShared, nextOwned: readVarint(reader), medium: readName(reader) };
    }
    default:
      return undefined;
  }
}

function writeShared(writer: ByteWriter, record: SharedRecord): void {
  const refs = new StreamRefWriter(noOwners);
  writeOwner(writer, record.own);
  writeStamp(writer, record.floor);
  writeStamp(writer, record.lastStamp);
  writeList(writer, record.entries, (entry) => writeSharedEntry(writer, entry, refs));
  writeList(writer, record.absent, (key) => writeKey(writer, key));
  writeList(writer, record.streams, ({ key, row, owner, isRetired }) => {
    writeKey64(writer, key);
    writer.u8((owner === undefined ? 0 : StreamFlag.owner) | (isRetired ? StreamFlag.retired : 0));
    writeRow(writer, row);
    if (owner !== undefined) writeOwner(writer, owner);
  });
  writeList(writer, record.forgotten, (key) => writeKey64(writer, key));
}

function readShared(reader: ByteReader, heldMs: number): SharedRecord {
  const refs = new StreamRefReader();
  return {
    lane: 0,
    own: readOwner(reader),
    floor: readStamp(reader),
    lastStamp: readStamp(reader),
    entries: readList(reader, () => aged(readStoredSharedEntry(reader, refs), heldMs)),
    absent: readList(reader, () => readKey(reader)),
    streams: readList(reader, () => readSharedStream(reader)),
    forgotten: readList(reader, () => readKey64(reader)),
  };
}

function readSharedStream(reader: ByteReader): SharedStreamRecord {
  const key = readKey64(reader);
  const flags = readFlags(reader, StreamFlag.owner | StreamFlag.retired);
  const row = readStoredRow(reader);
  const owner = (flags & StreamFlag.owner) === 0 ? undefined : readOwner(reader);
  if (owner !== undefined && streamKeyOf(owner, 0) !== key) reader.fail('out-of-range');
  return { key, row, owner, isRetired: (flags & StreamFlag.retired) !== 0 };
}

function writeOwned(writer: ByteWriter, record: OwnedRecord): void {
  writeOwner(writer, record.own);
  writeList(writer, record.streams, ({ owner, row, entries, absent }) => {
    writeOwner(writer, owner);
    writeRow(writer, row);
    writeList(writer, entries, (entry) => writeOwnedEntry(writer, entry));
    writeList(writer, absent, (key) => writeKey(writer, key));
  });
  writeList(writer, record.gone, (node) => writeName(writer, node));
}

function readOwned(reader: ByteReader, heldMs: number): OwnedRecord {
  const own = readOwner(reader);
  const streams = readList(reader, () => readOwnedStream(reader, heldMs));
  return { lane: 1, own, streams, gone: readList(reader, () => readName(reader)) };
}

function readOwnedStream(reader: ByteReader, heldMs: number): OwnedStreamRecord {
  const owner = readOwner(reader);
  const stream = streamKeyOf(owner, 1);
  return {
    owner,
    row: readStoredRow(reader),
    entries: readList(reader, () => aged(readOwnedEntry(reader, 1, stream), heldMs)),
    absent: readList(reader, () => readKey(reader)),
  };
}

function writeList<T>(writer: ByteWriter, items: readonly T[], write: (item: T) => void): void {
  writeVarint(writer, items.length);
  for (const item of items) write(item);
}

function readList<T>(reader: ByteReader, read: () => T): T[] {
  const items: T[] = [];
  const count = readVarint(reader);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) items.push(read());
  return items;
}

/** Older by the time that it stood in the store; beyond its life it is what it would have become. */
function aged<E extends EntryBase>(entry: E, heldMs: number): E {
  if (entry.ttlMs === 0 || isDeadOnArrival(entry)) return entry;
  const ageMs = Math.min(entry.ttlMs, Math.floor(entry.ageMs + heldMs));
  return { ...entry, ageMs, value: ageMs < entry.ttlMs ? entry.value : emptyValue };
}
