import { ByteWriter } from '../../util/index.ts';
import type { SharedEntry, OwnedEntry } from '../entry.ts';
import type { DigestRow, ReceiptRow, SentOwnedPart } from '../protocol.ts';
import type { StreamOwner } from '../stream.ts';
import { writePart } from './encode.ts';
import { writeOwnedEntry, writeSharedEntry } from './entries.ts';
import { writeOwner } from './fields.ts';
import { writeReceipt } from './receipts.ts';
import { writeDigestRow } from './rows.ts';
import { StreamRefWriter } from './stream-refs.ts';

const scratch = new ByteWriter();

/** Bytes of an entry that is the first of its message: its stream is named in full, which later ones need not. */
export function entryBytes(entry: SharedEntry | OwnedEntry, owner: StreamOwner): number {
  if (entry.lane !== 0) return ownerBytes(owner) + bytesOf((writer) => writeOwnedEntry(writer, entry));
  const refs = new StreamRefWriter(new Map([[entry.stream, owner]]));
  return bytesOf((writer) => writeSharedEntry(writer, entry, refs));
}

/** Bytes of a stream's owner. */
export function ownerBytes(owner: StreamOwner): number {
  return bytesOf((writer) => writeOwner(writer, owner));
}

/** Bytes of a stream and its row. */
export function digestRowBytes(row: DigestRow): number {
  return bytesOf((writer) => writeDigestRow(writer, row));
}

/** Bytes of one stream of an owned lane, with its entries. */
export function partBytes(part: SentOwnedPart): number {
  return bytesOf((writer) => writePart(writer, part));
}

/** Bytes of a receipt. */
export function receiptBytes(receipt: ReceiptRow): number {
  return bytesOf((writer) => writeReceipt(writer, receipt));
}

function bytesOf(write: (writer: ByteWriter) => void): number {
  scratch.reset();
  write(scratch);
  return scratch.length;
}
