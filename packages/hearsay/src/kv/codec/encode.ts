import { ByteWriter, unreachable } from '../../util/index.ts';
import type { Rows } from '../messages.ts';
import type {
  DeltaPiece,
  DigestBucket,
  DigestPart,
  KvMessage,
  NackedEntry,
  OwnedParts,
  ResyncPiece,
  Rumor,
  SentOwnedPart,
} from '../protocol.ts';
import { writeOwnedEntry, writeSharedEntry } from './entries.ts';
import { writeHash, writeKey64, writeName, writeOwner, writeStamp } from './fields.ts';
import { DigestFlag, nackReasons, PartFlag, stagedFlag, writeMessageType } from './message-type.ts';
import { writeReceipt } from './receipts.ts';
import { writeDigestRow, writeRow } from './rows.ts';
import { StreamRefWriter } from './stream-refs.ts';
import { writeVarint } from './varint.ts';

const noRows: Rows = new Map();

/** Used by every call, which copies what it has written. */
const scratch = new ByteWriter();

/** The message as a memberlist user message: a head of 5 bytes, then its fields. */
export function encodeKvMessage(message: KvMessage): Uint8Array {
  scratch.reset();
  writeMessage(scratch, message);
  return scratch.copy();
}

function writeMessage(writer: ByteWriter, message: KvMessage): void {
  switch (message.type) {
    case 'summary':
      writeSessionHead(writer, message);
      for (const hash of message.laneHashes) writeHash(writer, hash);
      writer.u32(message.limitsHash);
      writeVarint(writer, Math.floor(message.clockMs));
      for (const receipt of message.receipts) writeReceipt(writer, receipt);
      return;
    case 'equal':
      writeSessionHead(writer, message);
      for (const receipt of message.receipts) writeReceipt(writer, receipt);
      return;
    case 'buckets':
      writeSessionHead(writer, message);
      writer.u8(message.lanes.length);
      for (const { lane, hashes } of message.lanes) {
        writer.u8(lane);
        for (const hash of hashes) writer.u32(hash);
      }
      for (const receipt of message.receipts) writeReceipt(writer, receipt);
      return;
    case 'digest':
      writeDigestHead(writer, message);
      for (const bucket of message.buckets) writeBucket(writer, bucket);
      return;
    case 'delta':
    case 'resync':
      return writePiece(writer, message);
    case 'owned':
      writeOwnedHead(writer, message);
      for (const part of message.parts) writePart(writer, part);
      return;
    case 'nack':
      writeMessageType(writer, message.type);
      writeName(writer, message.from);
      for (const refusal of message.refusals) writeRefusal(writer, refusal);
      return;
    case 'busy':
      writeSessionHead(writer, message);
      return writeVarint(writer, Math.ceil(message.retryMs));
    case 'rumor':
      return writeRumor(writer, message);
    case 'announce':
      writeMessageType(writer, message.type);
      writeName(writer, message.from);
      writer.u8(message.lane);
      writeKey64(writer, message.stream);
      writeVarint(writer, message.version);
      return writeVarint(writer, message.bytes);
    case 'pull':
      writeMessageType(writer, message.type);
      writeName(writer, message.from);
      writer.u8(message.lane);
      for (const { stream, version } of message.dots) {
        writeKey64(writer, stream);
        writeVarint(writer, version);
      }
      return;
    default:
      return unreachable(message);
  }
}

/** All that goes before the buckets of a digest. */
export function writeDigestHead(writer: ByteWriter, message: Omit<DigestPart, 'buckets'>): void {
  writeSessionHead(writer, message);
  const { lane, isAnswer, wantsResync } = message;
  writer.u8(lane | (isAnswer ? DigestFlag.isAnswer : 0) | (wantsResync ? DigestFlag.wantsResync : 0));
  writer.u8(message.part);
  writer.u8(message.partCount);
  writeHash(writer, message.laneHash);
}

/** Number, row count, rows. */
export function writeBucket(writer: ByteWriter, { bucket, rows }: DigestBucket): void {
  writer.u8(bucket);
  writeVarint(writer, rows.length);
  for (const row of rows) writeDigestRow(writer, row);
}

/** All that goes before the rows and entries of a piece. */
export function writePieceHead(
  writer: ByteWriter,
  message: Omit<DeltaPiece, 'owners' | 'entries'> | Omit<ResyncPiece, 'rows' | 'owners' | 'entries'>,
  rowCount: number,
): void {
  writeSessionHead(writer, message);
  writer.u16(message.piece);
  writer.u16(message.pieceCount);
  if (message.type === 'delta') return writer.u8(message.isStaged ? stagedFlag : 0);
  writeStamp(writer, message.floor);
  writer.u32(rowCount);
}

/** All that goes before the parts of an owned lane. */
export function writeOwnedHead(writer: ByteWriter, message: Omit<OwnedParts, 'parts'>): void {
  writeSessionHead(writer, message);
  writer.u8(message.lane);
  writer.u16(message.piece);
  writer.u16(message.pieceCount);
}

/** Flags, owner, row, entry count, entries. */
export function writePart(writer: ByteWriter, { kind, owner, row, entries, isComplete }: SentOwnedPart): void {
  writer.u8((kind === 'resync' ? PartFlag.isResync : 0) | (isComplete ? PartFlag.isComplete : 0));
  writeOwner(writer, owner);
  writeRow(writer, row);
  writeVarint(writer, entries.length);
  for (const entry of entries) writeOwnedEntry(writer, entry);
}

/** Stream, version, reason, and how far ahead. */
function writeRefusal(writer: ByteWriter, { stream, version, reason, aheadMs }: NackedEntry): void {
  writeKey64(writer, stream);
  writeVarint(writer, version);
  writer.u8(nackReasons.indexOf(reason) + 1);
  writeVarint(writer, Math.ceil(aheadMs));
}

function writePiece(writer: ByteWriter, message: DeltaPiece | ResyncPiece): void {
  const rows = message.type === 'resync' ? message.rows : noRows;
  writePieceHead(writer, message, rows.size);
  for (const row of rows) writeDigestRow(writer, row);
  const refs = new StreamRefWriter(message.owners);
  for (const entry of message.entries) writeSharedEntry(writer, entry, refs);
}

function writeRumor(writer: ByteWriter, { type, owner, entry }: Rumor): void {
  writeMessageType(writer, type);
  writer.u8(entry.lane);
  if (entry.lane === 0) return writeSharedEntry(writer, entry, new StreamRefWriter(new Map([[entry.stream, owner]])));
  writeOwner(writer, owner);
  writeOwnedEntry(writer, entry);
}

function writeSessionHead(
  writer: ByteWriter,
  { type, session, from }: Pick<Extract<KvMessage, { readonly session: number }>, 'type' | 'session' | 'from'>,
): void {
  writeMessageType(writer, type);
  writer.u32(session);
  writeName(writer, from);
}
