import { ByteWriter } from '../../util/index.ts';
import type { SharedEntry } from '../entry.ts';
import type { SharedDelta, SharedResync } from '../messages.ts';
import type {
  DeltaPiece,
  DigestBucket,
  DigestPart,
  DigestRow,
  OwnedParts,
  ResyncPiece,
  SentOwnedPart,
} from '../protocol.ts';
import { writeBucket, writeDigestHead, writeOwnedHead, writePart, writePieceHead } from './encode.ts';
import { writeSharedEntry } from './entries.ts';
import { writeDigestRow } from './rows.ts';
import { StreamRefWriter } from './stream-refs.ts';

/** What all messages of a session have in common. */
export interface PieceHead {
  readonly session: number;
  readonly from: string;
}

/** The entries in as many messages as needed, none above `maxBytes` unless a single entry is. At least one message. */
export function pieceEntries(
  head: PieceHead & Pick<DeltaPiece, 'isStaged'>,
  { entries, owners }: Pick<SharedDelta, 'entries' | 'owners'>,
  maxBytes: number,
): DeltaPiece[] {
  const start = { type: 'delta', ...head, piece: 0, pieceCount: 1 } as const;
  const pieces = cut(entries, maxBytes, (writer) => {
    writePieceHead(writer, start, 0);
    const refs = new StreamRefWriter(owners);
    return (entry) => writeSharedEntry(writer, entry, refs);
  });
  return pieces.map((piece, index) => ({ ...start, piece: index, pieceCount: pieces.length, owners, entries: piece }));
}

/** All of a resync in as many messages as needed, none above `maxBytes` unless a single entry or row is. At least one. */
export function pieceResync(
  head: PieceHead,
  { rows, floor, entries, owners }: Pick<SharedResync, 'rows' | 'floor' | 'entries' | 'owners'>,
  maxBytes: number,
): ResyncPiece[] {
  const start = { type: 'resync', ...head, piece: 0, pieceCount: 1, floor } as const;
  const pieces = cut<DigestRow | SharedEntry>([...rows, ...entries], maxBytes, (writer) => {
    writePieceHead(writer, start, 0);
    const refs = new StreamRefWriter(owners);
    return (item) => (isRow(item) ? writeDigestRow(writer, item) : writeSharedEntry(writer, item, refs));
  });
  return pieces.map((piece, index) => ({
    ...start,
    piece: index,
    pieceCount: pieces.length,
    rows: new Map(piece.filter(isRow)),
    owners,
    entries: piece.filter((item): item is SharedEntry => !isRow(item)),
  }));
}

/** Whole buckets, in as many messages as needed, none above `maxBytes` unless a single bucket is. At least one message. */
export function pieceDigest(
  head: PieceHead & Pick<DigestPart, 'lane' | 'isAnswer' | 'laneHash'> & Partial<Pick<DigestPart, 'wantsResync'>>,
  buckets: readonly DigestBucket[],
  maxBytes: number,
): DigestPart[] {
  const start = { type: 'digest', wantsResync: false, ...head, part: 0, partCount: 1 } as const;
  const parts = cut(buckets, maxBytes, (writer) => {
    writeDigestHead(writer, start);
    return (bucket) => writeBucket(writer, bucket);
  });
  return parts.map((part, index) => ({ ...start, part: index, partCount: parts.length, buckets: part }));
}

/**
 * Whole parts, in as many messages as needed, none above `maxBytes` unless a single part is. No parts make one message,
 * which says that the receiver lacks nothing.
 */
export function pieceParts(
  head: PieceHead & Pick<OwnedParts, 'lane'>,
  parts: readonly SentOwnedPart[],
  maxBytes: number,
): OwnedParts[] {
  const start = { type: 'owned', ...head, piece: 0, pieceCount: 1 } as const;
  const pieces = cut(parts, maxBytes, (writer) => {
    writeOwnedHead(writer, start);
    return (part) => writePart(writer, part);
  });
  return pieces.map((piece, index) => ({ ...start, piece: index, pieceCount: pieces.length, parts: piece }));
}

/**
 * Cuts a list so that each piece fits, by writing it: what goes before the items, which `begin` writes, is always as
 * long. An item that does not fit alone is a piece of its own.
 */
function cut<Item>(
  items: readonly Item[],
  maxBytes: number,
  begin: (writer: ByteWriter) => (item: Item) => void,
): Item[][] {
  const writer = new ByteWriter();
  let write = begin(writer);
  let piece: Item[] = [];
  const pieces = [piece];
  for (const item of items) {
    write(item);
    if (writer.length > maxBytes && piece.length > 0) {
      writer.reset();
      write = begin(writer);
      write(item);
      piece = [];
      pieces.push(piece);
    }
    piece.push(item);
  }
  return pieces;
}

function isRow(item: DigestRow | SharedEntry): item is DigestRow {
  return Array.isArray(item);
}
