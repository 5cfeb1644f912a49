import { copyBytes, type ByteReader, type ByteWriter } from '../../util/index.ts';
import type { ReceiptRow } from '../protocol.ts';
import { asLane, readFlags, readKey64, readPositive, writeKey64 } from './fields.ts';
import { kvWireLimits } from './limits.ts';
import { readVarint, writeVarint } from './varint.ts';

/** Beside the lane, in the lowest two bits. */
const isNamesFlag = 4;

/** Lane and kind, stream, version, age; then roster hash and bitmap, or hashes of names. */
export function writeReceipt(writer: ByteWriter, { lane, stream, version, ageMs, seenBy }: ReceiptRow): void {
  writer.u8(lane | (seenBy.kind === 'names' ? isNamesFlag : 0));
  writeKey64(writer, stream);
  writeVarint(writer, version);
  writeVarint(writer, Math.floor(ageMs));
  if (seenBy.kind === 'bitmap') {
    writer.u32(seenBy.rosterHash);
    writeVarint(writer, seenBy.bits.length);
    writer.write(seenBy.bits);
  } else {
    writeVarint(writer, seenBy.nameHashes.length);
    for (const hash of seenBy.nameHashes) writer.u32(hash);
  }
}

/** Reads what {@link writeReceipt} writes. */
export function readReceipt(reader: ByteReader): ReceiptRow {
  const flags = readFlags(reader, 3 | isNamesFlag);
  const lane = asLane(reader, flags & 3);
  const stream = readKey64(reader);
  const version = readPositive(reader);
  const ageMs = readVarint(reader);
  const seenBy = (flags & isNamesFlag) === 0 ? readBitmap(reader) : readNames(reader);
  return { lane, stream, version, ageMs, seenBy };
}

/** Receipts until the end of the message. */
export function readReceipts(reader: ByteReader): ReceiptRow[] {
  const receipts: ReceiptRow[] = [];
  while (reader.remaining > 0) receipts.push(readReceipt(reader));
  return receipts;
}

function readBitmap(reader: ByteReader): ReceiptRow['seenBy'] {
  const rosterHash = reader.u32();
  const length = readVarint(reader);
  if (length > kvWireLimits.bitmapMaxBytes) reader.fail('out-of-range');
  const view = reader.view(length);
  return { kind: 'bitmap', rosterHash, bits: copyBytes(view) };
}

function readNames(reader: ByteReader): ReceiptRow['seenBy'] {
  const count = readVarint(reader);
  if (count * 4 > reader.remaining) reader.fail('truncated');
  const nameHashes: number[] = [];
  for (let index = 0; index < count && reader.failure === undefined; index += 1) nameHashes.push(reader.u32());
  return { kind: 'names', nameHashes };
}
