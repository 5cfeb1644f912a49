import type { StreamRow } from '../coverage.ts';
import type { OwnedEntry, SharedEntry } from '../entry.ts';
import type { Stamp } from '../stamp.ts';
import type { StreamKey, StreamOwner } from '../stream.ts';

/** A stream of the shared map, as it is after a step. */
export interface SharedStreamRecord {
  readonly key: StreamKey;
  readonly row: StreamRow;
  /** `undefined` while nobody has said whose it is. */
  readonly owner: StreamOwner | undefined;
  readonly isRetired: boolean;
}

/** What one step has left behind in the shared map, wherever it touched it. */
export interface SharedRecord {
  readonly lane: 0;
  /** This node and its generation after the step. */
  readonly own: StreamOwner;
  /** What the touched keys have. */
  readonly entries: readonly SharedEntry[];
  /** Touched keys that have nothing. */
  readonly absent: readonly string[];
  readonly streams: readonly SharedStreamRecord[];
  /** Touched streams that are no longer known. */
  readonly forgotten: readonly StreamKey[];
  readonly floor: Stamp;
  readonly lastStamp: Stamp;
}

/** A node's owned stream, as it is after a step. When its generation is a new one, nothing of the former is left. */
export interface OwnedStreamRecord {
  readonly owner: StreamOwner;
  readonly row: StreamRow;
  /** What the touched keys have. */
  readonly entries: readonly OwnedEntry[];
  /** Touched keys that have nothing. */
  readonly absent: readonly string[];
}

/** What one step has left behind in the owned lane, wherever it touched it. */
export interface OwnedRecord {
  readonly lane: 1;
  /** This node and its generation after the step. */
  readonly own: StreamOwner;
  readonly streams: readonly OwnedStreamRecord[];
  /** Nodes of which nothing is known any longer. */
  readonly gone: readonly string[];
}

/**
 * What one step has changed in one lane, told as what is there now: so a record may be applied twice, and after records
 * that came later when those are applied again too. A step is in one record, whole or not at all.
 */
export type KvRecord = SharedRecord | OwnedRecord;

/** Receives the record of a step at its end, before its events. */
export type KvRecordSink = (record: KvRecord) => void;
