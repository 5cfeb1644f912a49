import { ByteWriter } from '../../util/index.ts';
import type { ReceiptRow, SentOwnedPart } from '../protocol.ts';
import { writePart } from './encode.ts';
import { writeReceipt } from './receipts.ts';

const scratch = new ByteWriter();

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
