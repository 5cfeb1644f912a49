import type { StreamRow } from './coverage.ts';
import type { Dot, OwnedEntry, SharedEntry } from './entry.ts';
import type { Stamp } from './stamp.ts';
import type { Lane, OwnedLaneNumber, StreamKey, StreamOwner } from './stream.ts';

/** By stream. A stream that is not listed is covered up to 0. */
export type Rows = ReadonlyMap<StreamKey, StreamRow>;

/** Whose streams the entries of a message are of. */
export type Owners = ReadonlyMap<StreamKey, StreamOwner>;

/**
 * What a node has in a lane. A map of references that stays as it was when it was taken.
 *
 * Rows of retired streams are part of it; a codec may leave out rows that both sides have alike, as it leaves out equal
 * buckets, but must ask about the others: a stream is never assumed to be empty because it was not listed.
 */
export interface Digest {
  readonly lane: Lane;
  readonly rows: Rows;
  /**
   * Streams of which entries may be shown that the row does not cover, since ranges of it were forgotten. Equal rows do not
   * mean that two nodes have the same of them. @defaultValue none
   */
  readonly unsure?: ReadonlySet<StreamKey>;
}

/** Answer to a digest: what the asker lacks. May be cut into pieces of which only the last is complete. */
export interface SharedDelta {
  readonly kind: 'delta';
  /** The rows of the digest that this answers. */
  readonly basis: Rows;
  /** The sender's rows when it answered. */
  readonly rows: Rows;
  readonly entries: readonly SharedEntry[];
  readonly owners: Owners;
  /** Every entry that the asker lacks is here, or came before this piece: the asker may take the sender's coverage. */
  readonly isComplete: boolean;
}

/** Answer to a digest of a node that is behind: everything, to be applied in one step. */
export interface SharedResync {
  readonly kind: 'resync';
  readonly rows: Rows;
  /** The latest stamp of a tombstone that the sender has dropped. */
  readonly floor: Stamp;
  readonly entries: readonly SharedEntry[];
  readonly owners: Owners;
}

/** One stream of an owned lane: what the asker lacks, or all of it when the asker is behind. */
export interface OwnedPart {
  readonly kind: 'delta' | 'resync';
  readonly stream: StreamKey;
  readonly owner: StreamOwner;
  readonly basis: StreamRow;
  readonly row: StreamRow;
  readonly entries: readonly OwnedEntry[];
  readonly isComplete: boolean;
}

/** Answer to a digest of an owned lane. Each part stands for itself. */
export interface OwnedDelta {
  readonly lane: OwnedLaneNumber;
  readonly parts: readonly OwnedPart[];
}

/** Why an entry was not taken. It is not covered either, so that it will be offered again. */
export type EntryRefusal =
  /** Its stamp is too far ahead of this node's clock, or of an epoch too far beyond those that this node knows. */
  | 'clock-ahead'
  /** A hard limit would be exceeded. */
  | 'full'
  /**
   * Its stream is not the one that its owner's name and generation give, or the generation is later than any can be, or it
   * is ours and we never wrote it.
   */
  | 'stream';

/** An entry that was not taken. */
export interface Refusal extends Dot {
  readonly key: string;
  readonly reason: EntryRefusal;
  /** Of its stamp, when that is too far beyond the epochs that this node knows. */
  readonly lateEpoch?: number;
}

/** What became of an answer. */
export type ApplyOutcome =
  /** All is merged, and the sender's coverage is ours. */
  | 'committed'
  /** All is merged that could be; coverage waits for the rest. */
  | 'merged'
  /** It answers a question that this node did not ask as it is now (R6). */
  | 'not-my-question'
  /** The sender has not seen deletions that we have dropped: it must resync from us (R2). */
  | 'sender-behind'
  /** We have not seen deletions that the sender has dropped: ask again, for a resync (R2). */
  | 'ask-again'
  /** A resync that came late: we are no longer behind. */
  | 'not-behind'
  /** Nothing was applied; see `refusals`. */
  | 'refused'
  /** It tells of writes in our own stream that we never made: open a new generation. */
  | 'own-stream-ahead'
  /** The stream is of a member that is gone, or of an older generation: its owner must open a new one. */
  | 'retired';

/** What became of an answer, and of its entries. */
export interface ApplyResult {
  readonly outcome: ApplyOutcome;
  /** How many entries were new here and are now shown. */
  readonly mergedCount: number;
  readonly refusals: readonly Refusal[];
}

/** What became of a rumor. */
export type RumorOutcome = 'merged' | 'known' | 'below-floor' | 'retired' | EntryRefusal;
