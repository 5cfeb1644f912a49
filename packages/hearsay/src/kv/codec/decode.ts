import { ByteReader } from '../../util/index.ts';
import { bucketOf, digestBucketCount } from '../digest-hash.ts';
import type { Dot, OwnedEntry, SharedEntry } from '../entry.ts';
import type { Rows } from '../messages.ts';
import type {
  Announce,
  DigestBucket,
  DigestPart,
  DigestRow,
  KvMessage,
  KvMessageType,
  LaneBuckets,
  Nack,
  NackedEntry,
  OwnedParts,
  Pull,
  Rumor,
  RumorLane,
  SentOwnedPart,
} from '../protocol.ts';
import { streamKeyOf, type OwnedLaneNumber, type StreamKey } from '../stream.ts';
import { ownedEntryMinBytes, readOwnedEntry, readSharedEntry } from './entries.ts';
import { newKvRefusals, type KvFailure } from './failure.ts';
import {
  asLane,
  readFlags,
  readHash,
  readKey64,
  readLane,
  readName,
  readOwnedLane,
  readOwner,
  readPositive,
  readStamp,
} from './fields.ts';
import { kvWireLimits } from './limits.ts';
import { DigestFlag, kvMagic, kvMessageTypes, kvVersion, nackReasons, PartFlag, stagedFlag } from './message-type.ts';
import { readReceipts } from './receipts.ts';
import { digestRowMinBytes, readDigestRow, readRow } from './rows.ts';
import { StreamRefReader } from './stream-refs.ts';
import { ValueCopier } from './value-copier.ts';
import { readVarint } from './varint.ts';

/** Reads messages, and counts those that cannot be read by reason. Never throws. */
export class KvDecoder {
  /** Messages refused, by reason. */
  readonly refusals: Record<KvFailure, number> = newKvRefusals();
  readonly #reader: ByteReader = new ByteReader();

  /** The message, or `undefined` when the bytes are none. What is kept of `bytes` is copied. */
  decode(bytes: Uint8Array): KvMessage | undefined {
    const reader = this.#reader;
    reader.reset(bytes);
    if (bytes.length > kvWireLimits.messageMaxBytes) reader.fail('too-large');
    const message = readMessage(reader);
    if (reader.remaining > 0) reader.fail('trailing-bytes');
    if (reader.failure === undefined) return message;
    // Everything that fails in this folder and in ByteReader fails for one of these reasons.
    this.refusals[reader.failure as KvFailure] += 1;
    return undefined;
  }
}

/** As {@link KvDecoder.decode}, without counting. */
export function decodeKvMessage(bytes: Uint8Array): KvMessage | undefined {
  return new KvDecoder().decode(bytes);
}

/** Whether a user message is of the state layer, of whatever version. */
export function isKvMessage(bytes: Uint8Array): boolean {
  return kvMagic.every((byte, index) => bytes[index] === byte);
}

function readMessage(reader: ByteReader): KvMessage | undefined {
  const type = readMessageType(reader);
  if (type === undefined) return undefined;
  switch (type) {
    case 'nack':
      return readNack(reader);
    case 'rumor':
      return readRumor(reader);
    case 'announce':
      return readAnnounce(reader);
    case 'pull':
      return readPull(reader);
    default:
      return readSessionMessage(reader, type);
  }
}

function readMessageType(reader: ByteReader): KvMessageType | undefined {
  const isOurs = kvMagic.every((byte) => reader.u8() === byte);
  if (!isOurs) reader.fail('unknown-type');
  if (reader.u8() !== kvVersion) reader.fail('version');
  const type = kvMessageTypes[reader.u8() - 1];
  if (type === undefined) reader.fail('unknown-type');
  return type;
}

function readSessionMessage(
  reader: ByteReader,
  type: Extract<KvMessage, { readonly session: number }>['type'],
): KvMessage {
  const head = { session: reader.u32(), from: readName(reader) };
  switch (type) {
    case 'summary': {
      const laneHashes = [readHash(reader), readHash(reader), readHash(reader)] as const;
      const limitsHash = reader.u32();
      const clockMs = readVarint(reader);
      return { type, ...head, laneHashes, limitsHash, clockMs, receipts: readReceipts(reader) };
    }
    case 'equal':
      return { type, ...head, receipts: readReceipts(reader) };
    case 'buckets':
      return { type, ...head, lanes: readLanes(reader), receipts: readReceipts(reader) };
    case 'digest':
      return readDigest(reader, head);
    case 'delta':
      return { type, ...head, ...readPieceNumber(reader), ...readStaged(reader), ...readSharedEntries(reader) };
    case 'resync': {
      const pieceNumber = readPieceNumber(reader);
      const floor = readStamp(reader);
      return { type, ...head, ...pieceNumber, floor, rows: readRows(reader), ...readSharedEntries(reader) };
    }
    case 'owned':
      return readOwnedParts(reader, head);
    case 'busy':
      return { type, ...head, retryMs: readVarint(reader) };
  }
}

/** The fields that every message of a session begins with. */
interface SessionHead {
  readonly session: number;
  readonly from: string;
}

function readLanes(reader: ByteReader): LaneBuckets[] {
  const count = reader.u8();
  if (count > 3) reader.fail('out-of-range');
  const lanes: LaneBuckets[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    const lane = readLane(reader);
    lanes.push({ lane, hashes: Array.from({ length: digestBucketCount }, () => reader.u32()) });
  }
  return lanes;
}

function readDigest(reader: ByteReader, head: SessionHead): DigestPart {
  const flags = readFlags(reader, 3 | DigestFlag.isAnswer | DigestFlag.wantsResync);
  const lane = asLane(reader, flags & 3);
  const isAnswer = (flags & DigestFlag.isAnswer) !== 0;
  const wantsResync = (flags & DigestFlag.wantsResync) !== 0;
  if (wantsResync && (isAnswer || lane !== 0)) reader.fail('flags');
  const part = reader.u8();
  const partCount = reader.u8();
  if (part >= partCount || partCount > digestBucketCount) reader.fail('out-of-range');
  const laneHash = readHash(reader);
  const buckets: DigestBucket[] = [];
  while (reader.remaining > 0) {
    buckets.push(readBucket(reader));
    if (buckets.length > digestBucketCount) reader.fail('out-of-range');
  }
  return { type: 'digest', ...head, lane, isAnswer, wantsResync, part, partCount, laneHash, buckets };
}

function readBucket(reader: ByteReader): DigestBucket {
  const bucket = reader.u8();
  const count = readVarint(reader);
  if (bucket >= digestBucketCount) reader.fail('out-of-range');
  if (count * digestRowMinBytes > reader.remaining) reader.fail('truncated');
  const rows: DigestRow[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    const row = readDigestRow(reader);
    if (bucketOf(row[0]) !== bucket) reader.fail('out-of-range');
    rows.push(row);
  }
  return { bucket, rows };
}

function readPieceNumber(reader: ByteReader): { piece: number; pieceCount: number } {
  const piece = reader.u16();
  const pieceCount = reader.u16();
  if (piece >= pieceCount || pieceCount > kvWireLimits.piecesMax) reader.fail('out-of-range');
  return { piece, pieceCount };
}

function readStaged(reader: ByteReader): { isStaged: boolean } {
  return { isStaged: readFlags(reader, stagedFlag) !== 0 };
}

function readRows(reader: ByteReader): Rows {
  const count = reader.u32();
  if (count * digestRowMinBytes > reader.remaining) reader.fail('truncated');
  const rows = new Map<DigestRow[0], DigestRow[1]>();
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    const [stream, row] = readDigestRow(reader);
    rows.set(stream, row);
  }
  return rows;
}

function readSharedEntries(reader: ByteReader): Pick<StreamRefReader, 'owners'> & { entries: SharedEntry[] } {
  const refs = new StreamRefReader();
  const entries: SharedEntry[] = [];
  const values = new ValueCopier();
  while (reader.remaining > 0) entries.push(readSharedEntry(reader, refs, values));
  return { owners: refs.owners, entries };
}

function readOwnedParts(reader: ByteReader, head: SessionHead): OwnedParts {
  const lane = readOwnedLane(reader);
  const pieceNumber = readPieceNumber(reader);
  const parts: SentOwnedPart[] = [];
  const values = new ValueCopier();
  while (reader.remaining > 0) parts.push(readPart(reader, lane, values));
  return { type: 'owned', ...head, lane, ...pieceNumber, parts };
}

function readPart(reader: ByteReader, lane: OwnedLaneNumber, values: ValueCopier): SentOwnedPart {
  const flags = readFlags(reader, PartFlag.isResync | PartFlag.isComplete);
  const owner = readOwner(reader);
  const stream = streamKeyOf(owner, lane);
  const row = readRow(reader);
  const entries = readOwnedEntries(reader, lane, stream, values);
  const kind = (flags & PartFlag.isResync) === 0 ? 'delta' : 'resync';
  return { kind, stream, owner, row, entries, isComplete: (flags & PartFlag.isComplete) !== 0 };
}

function readOwnedEntries(
  reader: ByteReader,
  lane: OwnedLaneNumber,
  stream: StreamKey,
  values: ValueCopier,
): OwnedEntry[] {
  const count = readVarint(reader);
  if (count * ownedEntryMinBytes > reader.remaining) reader.fail('truncated');
  const entries: OwnedEntry[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    entries.push(readOwnedEntry(reader, lane, stream, values));
  }
  return entries;
}

function readNack(reader: ByteReader): Nack {
  const from = readName(reader);
  const refusals: NackedEntry[] = [];
  while (reader.remaining > 0) {
    const dot = readDot(reader);
    const reason = nackReasons[reader.u8() - 1];
    const aheadMs = readVarint(reader);
    if (reason === undefined) reader.fail('out-of-range');
    else refusals.push({ ...dot, reason, aheadMs });
  }
  return { type: 'nack', from, refusals };
}

function readRumor(reader: ByteReader): Rumor | undefined {
  const lane = readRumorLane(reader);
  const values = new ValueCopier();
  if (lane === 1) {
    const owner = readOwner(reader);
    return { type: 'rumor', owner, entry: readOwnedEntry(reader, lane, streamKeyOf(owner, lane), values) };
  }
  const refs = new StreamRefReader();
  const entry = readSharedEntry(reader, refs, values);
  const owner = refs.owners.get(entry.stream);
  if (owner !== undefined) return { type: 'rumor', owner, entry };
  reader.fail('name');
  return undefined;
}

function readAnnounce(reader: ByteReader): Announce {
  const from = readName(reader);
  const lane = readRumorLane(reader);
  return { type: 'announce', from, lane, ...readDot(reader), bytes: readVarint(reader) };
}

function readPull(reader: ByteReader): Pull {
  const from = readName(reader);
  const lane = readRumorLane(reader);
  const dots: Dot[] = [];
  while (reader.remaining > 0) dots.push(readDot(reader));
  return { type: 'pull', from, lane, dots };
}

function readRumorLane(reader: ByteReader): RumorLane {
  const lane = reader.u8();
  if (lane === 0 || lane === 1) return lane;
  reader.fail('out-of-range');
  return 0;
}

function readDot(reader: ByteReader): Dot {
  return { stream: readKey64(reader), version: readPositive(reader) };
}
