import type { OwnedPart, SharedDelta, SharedResync } from '../messages.ts';
import type { DeltaPiece, DigestPart, OwnedParts, ResyncPiece } from '../protocol.ts';

/** What all pieces of an answer have in common. */
export interface PieceHead {
  readonly session: number;
  readonly from: string;
}

/** The entries in as many messages as needed, none above `maxBytes` unless a single entry is. At least one. */
export function pieceEntries(
  head: PieceHead,
  delta: Pick<SharedDelta, 'entries' | 'owners'>,
  maxBytes: number,
): DeltaPiece[] {
  return maxBytes > 0 ? [{ type: 'delta', ...head, piece: 0, pieceCount: 1, ...delta }] : [];
}

/** All of a resync in as many messages as needed, none above `maxBytes` unless a single entry or row is. At least one. */
export function pieceResync(
  head: PieceHead,
  resync: Pick<SharedResync, 'rows' | 'floor' | 'entries' | 'owners'>,
  maxBytes: number,
): ResyncPiece[] {
  return maxBytes > 0 ? [{ type: 'resync', ...head, piece: 0, pieceCount: 1, ...resync }] : [];
}

/** Whole buckets, in as many messages as needed, none above `maxBytes` unless a single bucket is. At least one. */
export function pieceDigest(
  head: PieceHead & Pick<DigestPart, 'lane' | 'isAnswer' | 'buckets'>,
  maxBytes: number,
): DigestPart[] {
  return maxBytes > 0 ? [{ type: 'digest', ...head, part: 0, partCount: 1 }] : [];
}

/** Whole parts, in as many messages as needed, none above `maxBytes` unless a single part is. None for no parts. */
export function pieceParts(
  head: PieceHead & Pick<OwnedParts, 'lane'>,
  parts: readonly OwnedPart[],
  maxBytes: number,
): OwnedParts[] {
  return maxBytes > 0 ? [{ type: 'owned', ...head, parts }] : [];
}
