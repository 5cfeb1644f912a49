import type { ByteReader, ByteWriter } from '../../util/index.ts';
import type { StreamRow } from '../coverage.ts';
import { kvLimits } from '../limits.ts';
import type { DigestRow } from '../protocol.ts';
import { readFlags, readKey64, readPositive, writeKey64 } from './fields.ts';
import { readVarint, writeVarint } from './varint.ts';

const RowFlag = { gcLine: 1, extras: 2, isFaded: 4 } as const;

/** The fewest bytes that a stream and its row take: hash, flags, prefix. */
export const digestRowMinBytes = 10;

/** A stream's hash, then its row. */
export function writeDigestRow(writer: ByteWriter, [stream, row]: DigestRow): void {
  writeKey64(writer, stream);
  writeRow(writer, row);
}

/** Reads what {@link writeDigestRow} writes. */
export function readDigestRow(reader: ByteReader): DigestRow {
  return [readKey64(reader), readRow(reader)];
}

/** Flags, prefix, and what is there of gc line and extras. */
export function writeRow(writer: ByteWriter, { prefix, gcLine, extras, isFaded }: StreamRow): void {
  const flags = (gcLine > 0 ? RowFlag.gcLine : 0) | (extras.length > 0 ? RowFlag.extras : 0);
  writer.u8(isFaded === true ? flags | RowFlag.isFaded : flags);
  writeVarint(writer, prefix);
  if (gcLine > 0) writeVarint(writer, gcLine);
  if (extras.length > 0) writeExtras(writer, prefix, extras);
}

/**
 * Reads what {@link writeRow} writes, as a peer may send it. A gc line above the prefix is refused: a deletion is dropped
 * only where nothing before it is missing, and nobody could ever catch up with such a line.
 */
export function readRow(reader: ByteReader): StreamRow {
  const row = readAnyRow(reader);
  if (row.gcLine > row.prefix) reader.fail('out-of-range');
  return row;
}

/** The same from this node's own disk, where such a line is brought down to the prefix, as in `readStoredSharedEntry`. */
export function readStoredRow(reader: ByteReader): StreamRow {
  const row = readAnyRow(reader);
  return row.gcLine <= row.prefix ? row : { ...row, gcLine: row.prefix };
}

function readAnyRow(reader: ByteReader): StreamRow {
  const flags = readFlags(reader, RowFlag.gcLine | RowFlag.extras | RowFlag.isFaded);
  const prefix = readVarint(reader);
  const gcLine = (flags & RowFlag.gcLine) === 0 ? 0 : readPositive(reader);
  const extras = (flags & RowFlag.extras) === 0 ? noExtras : readExtras(reader, prefix);
  return (flags & RowFlag.isFaded) === 0 ? { prefix, extras, gcLine } : { prefix, extras, gcLine, isFaded: true };
}

const noExtras: readonly number[] = [];

/**
 * How many ranges; then for each how many versions are not covered before it, less 1, and how many it covers, less 1. So
 * ranges ascend and lie apart, whatever the bytes.
 */
function writeExtras(writer: ByteWriter, prefix: number, extras: readonly number[]): void {
  writeVarint(writer, extras.length / 2);
  let covered = prefix;
  for (let index = 0; index < extras.length; index += 2) {
    const [first, last] = [extras[index]!, extras[index + 1]!];
    writeVarint(writer, first - covered - 2);
    writeVarint(writer, last - first);
    covered = last;
  }
}

function readExtras(reader: ByteReader, prefix: number): readonly number[] {
  const count = readPositive(reader);
  if (count > kvLimits.extrasMax) {
    reader.fail('out-of-range');
    return noExtras;
  }
  const extras: number[] = [];
  let covered = prefix;
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    const first = covered + 2 + readVarint(reader);
    covered = first + readVarint(reader);
    if (covered > Number.MAX_SAFE_INTEGER) reader.fail('out-of-range');
    extras.push(first, covered);
  }
  return extras;
}
