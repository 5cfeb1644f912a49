import { compareStamps, type Stamp } from './stamp.ts';
import type { Lane, OwnedLaneNumber, StreamKey } from './stream.ts';

/** The place of an entry: version 1, 2, 3, … of a stream. No dot is ever given to two different entries. */
export interface Dot {
  readonly stream: StreamKey;
  readonly version: number;
}

/** What every entry has. Immutable: a new write to a key is a new entry. */
export interface EntryBase extends Dot {
  readonly lane: Lane;
  readonly key: string;
  /** A deletion is an entry too, else older values would come back. */
  readonly kind: 'put' | 'del';
  /** Empty for a deletion. Not copied: whoever makes the entry gives its bytes away. */
  readonly value: Uint8Array;
  /** How long after it was written it counts, or 0 for ever. A duration, so that no clocks need to agree. */
  readonly ttlMs: number;
  /** Its age when it came here, or 0 without a `ttlMs`. Short by one transit for each hop. */
  readonly ageMs: number;
}

/** An entry of the shared map, that anyone may replace. */
export interface SharedEntry extends EntryBase {
  readonly lane: 0;
  readonly stamp: Stamp;
  /** The stamp it had before it was issued again under a later one. */
  readonly orig: Stamp | undefined;
  /** How often it was taken over from a dead stream. */
  readonly adopt: number;
  /**
   * What the author saw when it wrote. While an author replaces its own writes, this stays the foreign entry before the
   * first of them, so that it says what was seen of others even when entries between are never received.
   */
  readonly parent: Dot | undefined;
}

/** An entry that only its node writes. */
export interface OwnedEntry extends EntryBase {
  readonly lane: OwnedLaneNumber;
}

/**
 * The order of the shared map: the greater entry of a key stays. Total, since no two entries have the same dot, and so
 * joining is commutative, associative and idempotent.
 */
export function compareEntries(a: SharedEntry, b: SharedEntry): number {
  return (
    compareStamps(a.stamp, b.stamp) ||
    compareStamps(a.orig ?? a.stamp, b.orig ?? b.stamp) ||
    a.adopt - b.adopt ||
    compareText(a.stream, b.stream) ||
    a.version - b.version
  );
}

/** Whether both are one entry: dots are never given twice. */
export function isSameDot(a: Dot, b: Dot): boolean {
  return a.version === b.version && a.stream === b.stream;
}

/**
 * Whether the author of `winner` had not seen `loser`, as far as can be told here. Never false when it is true; but it may
 * be true of an author who had seen it, when a third one wrote between the two and that entry never came here: an entry
 * says what it replaced itself, and to say all that was ever replaced would cost a vector of writers in each.
 */
export function isConcurrent(winner: SharedEntry, loser: SharedEntry): boolean {
  if (winner.stream === loser.stream) return false;
  const { parent } = winner;
  return parent === undefined || parent.stream !== loser.stream || parent.version < loser.version;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
