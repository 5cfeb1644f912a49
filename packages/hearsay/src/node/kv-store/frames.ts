import { crc32 } from 'node:zlib';

/** The first bytes of every file, and the version of all that follows. */
const magic = [0x48, 0x53, 0x4b, 0x56, 1] as const;
/** What a file is, in its sixth byte. */
export const FileKind = { snapshot: 1, log: 2 } as const;
/** Magic and version, kind, two zeros, number, checksum of these. */
export const fileHeadBytes = 16;
/** Length and checksum before each record. */
const frameHeadBytes = 8;
/** The last record of a snapshot: this, and how many came before it. No record of another kind begins so. */
const endMark = 0xff;

/** What became of reading a file. */
export interface FileContent {
  /** Of a log: its place in the order of logs. Of a snapshot: the first log that is not part of it. */
  readonly number: number;
  readonly records: readonly Uint8Array[];
  /** Why it ends where it does; `undefined` when the last record ends with the file. */
  readonly damage: 'torn' | 'checksum' | 'head' | undefined;
  /** Up to here it is good. */
  readonly goodBytes: number;
  /** Records behind the damage that can still be read. */
  readonly discarded: readonly Uint8Array[];
}

/** The beginning of a file. */
export function fileHead(kind: number, number: number): Uint8Array {
  const head = Buffer.alloc(fileHeadBytes);
  head.set(magic);
  head[5] = kind;
  head.writeUInt32BE(number, 8);
  head.writeUInt32BE(crc32(head.subarray(0, 12)), 12);
  return head;
}

/** Records one behind the other, each with its length and checksum. */
export function frame(records: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(records.reduce((sum, record) => sum + frameHeadBytes + record.length, 0));
  let at = 0;
  for (const record of records) {
    bytes.writeUInt32BE(record.length, at);
    bytes.writeUInt32BE(crc32(record), at + 4);
    bytes.set(record, at + frameHeadBytes);
    at += frameHeadBytes + record.length;
  }
  return bytes;
}

/** The record that ends a snapshot of `count` records. */
export function endOfSnapshot(count: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes[0] = endMark;
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

/** Whether the records are a whole snapshot; they are given without the last one, which says so. */
export function wholeSnapshot({ records, damage }: FileContent): readonly Uint8Array[] | undefined {
  const last = records[records.length - 1];
  if (damage !== undefined || last === undefined) return undefined;
  const content = records.slice(0, -1);
  return Buffer.compare(last, endOfSnapshot(content.length)) === 0 ? content : undefined;
}

/** All records up to the first that is damaged. Views of `file`, which must not change. */
export function readFrames(file: Uint8Array, kind: number): FileContent {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const number = readHead(bytes, kind);
  if (number === undefined) return { number: 0, records: [], damage: 'head', goodBytes: 0, discarded: [] };
  const { records, end, damage } = readRun(bytes, fileHeadBytes);
  if (damage !== 'checksum') return { number, records, damage, goodBytes: end, discarded: [] };
  // The length may still be right. What follows cannot be used, as a step is missing, but it tells what was lost.
  const discarded = readRun(bytes, end + frameHeadBytes + bytes.readUInt32BE(end)).records;
  return { number, records, damage, goodBytes: end, discarded };
}

function readHead(bytes: Buffer, kind: number): number | undefined {
  if (bytes.length < fileHeadBytes) return undefined;
  const number = bytes.readUInt32BE(8);
  return Buffer.compare(bytes.subarray(0, fileHeadBytes), fileHead(kind, number)) === 0 ? number : undefined;
}

function readRun(
  bytes: Buffer,
  start: number,
): { readonly records: Uint8Array[]; readonly end: number; readonly damage: 'torn' | 'checksum' | undefined } {
  const records: Uint8Array[] = [];
  let at = start;
  while (at < bytes.length) {
    if (at + frameHeadBytes > bytes.length) return { records, end: at, damage: 'torn' };
    const length = bytes.readUInt32BE(at);
    const end = at + frameHeadBytes + length;
    // A file system may leave zeros where a crash was: they are no empty record, although its checksum would be right.
    if (length === 0 || end > bytes.length) return { records, end: at, damage: 'torn' };
    const record = bytes.subarray(at + frameHeadBytes, end);
    if (crc32(record) !== bytes.readUInt32BE(at + 4)) return { records, end: at, damage: 'checksum' };
    records.push(record);
    at = end;
  }
  return { records, end: at, damage: undefined };
}
