import type { StreamRow } from './coverage.ts';
import type { Hash64 } from './digest-hash.ts';
import type { Dot, OwnedEntry, SharedEntry } from './entry.ts';
import type { EntryRefusal, OwnedPart, Owners, Rows } from './messages.ts';
import type { Stamp } from './stamp.ts';
import type { Lane, OwnedLaneNumber, StreamKey, StreamOwner } from './stream.ts';

/**
 * What state-capable members say to one another, one message each a memberlist user message; every byte of them is in
 * `docs/protocol.md`. `session` is a random 32-bit number that the asker chose, `from` the sender's member name.
 */
export type KvMessage =
  | Summary
  | Equal
  | Buckets
  | DigestPart
  | DeltaPiece
  | ResyncPiece
  | OwnedParts
  | Nack
  | Busy
  | Rumor
  | Announce
  | Pull;

/** The name of each kind of message. */
export type KvMessageType = KvMessage['type'];

/** Opens an exchange: this is what I have, in short. */
export interface Summary {
  readonly type: 'summary';
  readonly session: number;
  readonly from: string;
  /** By lane: shared, owned, telemetry. */
  readonly laneHashes: readonly [Hash64, Hash64, Hash64];
  /** 32 bits: shows members that are configured to other limits. */
  readonly limitsHash: number;
  /** The sender's wall clock, in milliseconds since 1970. */
  readonly clockMs: number;
  readonly receipts: readonly ReceiptRow[];
}

/** Answer to a summary: I have the same. Ends the exchange. */
export interface Equal {
  readonly type: 'equal';
  readonly session: number;
  readonly from: string;
  readonly receipts: readonly ReceiptRow[];
}

/** Answer to a summary: some lanes differ, and these are mine by bucket. */
export interface Buckets {
  readonly type: 'buckets';
  readonly session: number;
  readonly from: string;
  readonly lanes: readonly LaneBuckets[];
  readonly receipts: readonly ReceiptRow[];
}

/** One lane by bucket. */
export interface LaneBuckets {
  readonly lane: Lane;
  /** The low half of each of the 64 bucket hashes. */
  readonly hashes: readonly number[];
}

/** The rows of some buckets of a lane. No bucket is split over two parts. */
export interface DigestPart {
  readonly type: 'digest';
  readonly session: number;
  readonly from: string;
  readonly lane: Lane;
  /** From the one who was asked, with the rows of the buckets that the asker listed. */
  readonly isAnswer: boolean;
  /**
   * The sender was away for so long that others may have forgotten which deletions it has not seen: it wants everything.
   * Only in questions of the shared lane.
   */
  readonly wantsResync: boolean;
  /** From 0, below `partCount`. */
  readonly part: number;
  readonly partCount: number;
  /** Of all the sender's rows of the lane, so that the receiver can tell whether it has put them together rightly. */
  readonly laneHash: Hash64;
  readonly buckets: readonly DigestBucket[];
}

/** All rows of one bucket, those of retired streams too. */
export interface DigestBucket {
  readonly bucket: number;
  readonly rows: readonly DigestRow[];
}

/** A stream and what is covered of it. */
export type DigestRow = readonly [stream: StreamKey, row: StreamRow];

/** Some of the shared entries that the receiver lacks. */
export interface DeltaPiece {
  readonly type: 'delta';
  readonly session: number;
  readonly from: string;
  /** From 0, below `pieceCount`. */
  readonly piece: number;
  readonly pieceCount: number;
  /** A frame of a stream transfer: counts only when all pieces are there. Else each is merged as it comes. */
  readonly isStaged: boolean;
  /** Of the streams that `entries` mention; others are not sent. */
  readonly owners: Owners;
  readonly entries: readonly SharedEntry[];
}

/** Some of all that the sender has in the shared lane, for a receiver that is behind. Counts only when all are there. */
export interface ResyncPiece {
  readonly type: 'resync';
  readonly session: number;
  readonly from: string;
  /** From 0, below `pieceCount`. */
  readonly piece: number;
  readonly pieceCount: number;
  /** The latest stamp of a tombstone that the sender has dropped. The same in every piece. */
  readonly floor: Stamp;
  /** Some of the sender's rows: the pieces' rows together are all of them. */
  readonly rows: Rows;
  /** Of the streams that `entries` mention; others are not sent. */
  readonly owners: Owners;
  readonly entries: readonly SharedEntry[];
}

/** Streams of an owned lane, each for itself. A single piece without parts: the receiver lacks nothing. */
export interface OwnedParts {
  readonly type: 'owned';
  readonly session: number;
  readonly from: string;
  readonly lane: OwnedLaneNumber;
  /** From 0, below `pieceCount`. */
  readonly piece: number;
  readonly pieceCount: number;
  readonly parts: readonly SentOwnedPart[];
}

/** A part without the rows it answers: the receiver knows what it asked. */
export type SentOwnedPart = Omit<OwnedPart, 'basis'>;

/** Entries that the sender would not take. */
export interface Nack {
  readonly type: 'nack';
  readonly from: string;
  readonly refusals: readonly NackedEntry[];
}

/** Why an entry was not taken; `retired`: its stream has been given up, and its owner must open a new generation. */
export type NackReason = EntryRefusal | 'retired';

/** An entry that was not taken. */
export interface NackedEntry extends Dot {
  readonly reason: NackReason;
  /** How far its stamp is ahead of the sender's clock, in milliseconds; 0 for other reasons. */
  readonly aheadMs: number;
}

/** No answer now: too many transfers are running. */
export interface Busy {
  readonly type: 'busy';
  readonly session: number;
  readonly from: string;
  /** When it makes sense to ask again, in milliseconds from now. */
  readonly retryMs: number;
}

/** The lanes whose entries are spread as rumors. */
export type RumorLane = 0 | 1;

/** A new entry. */
export interface Rumor {
  readonly type: 'rumor';
  /** Of the entry's stream. */
  readonly owner: StreamOwner;
  /** Shared or owned, never telemetry. */
  readonly entry: SharedEntry | OwnedEntry;
}

/** There is a new entry, too large to be a rumor: ask for it if you lack it. */
export interface Announce extends Dot {
  readonly type: 'announce';
  readonly from: string;
  readonly lane: RumorLane;
  /** Size of the entry's value. */
  readonly bytes: number;
}

/** Asks for entries that were announced. Each is answered with a rumor, by stream. */
export interface Pull {
  readonly type: 'pull';
  readonly from: string;
  readonly lane: RumorLane;
  readonly dots: readonly Dot[];
}

/** Who has an entry whose author wants to know. */
export interface ReceiptRow extends Dot {
  readonly lane: Lane;
  /** For how long the author has been asking, in milliseconds: short by one transit for each hop, as an entry's age. */
  readonly ageMs: number;
  readonly seenBy: ReceiptBitmap | ReceiptNames;
}

/** For a receiver that knows the same members: one bit each, in the order of their names. */
export interface ReceiptBitmap {
  readonly kind: 'bitmap';
  /** 32-bit hash of the sorted names. */
  readonly rosterHash: number;
  /** The first member is the lowest bit of the first byte. */
  readonly bits: Uint8Array;
}

/** For any receiver. */
export interface ReceiptNames {
  readonly kind: 'names';
  /** 32-bit hash of each name. */
  readonly nameHashes: readonly number[];
}
