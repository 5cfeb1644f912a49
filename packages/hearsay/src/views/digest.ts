import { readVarint, streamHash, streamKey, writeVarint } from '../kv/index.ts';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { isLive, type Belief, type BeliefCounts, type BeliefState } from './belief.ts';
import { fateOf, Fingerprint, identityOf } from './fingerprint.ts';

/** What a node believes of all members, in a few bytes. */
export interface ViewDigest {
  /** Who is live: 16 hexadecimal digits, equal where nodes believe the same. */
  readonly live: string;
  /** The same of all members that are remembered, with what became of each. Members are forgotten at different times. */
  readonly all: string;
  readonly counts: BeliefCounts;
  /** How many digests the node had published before this one, since it began. */
  readonly sequence: number;
}

const version = 1;
const states: readonly BeliefState[] = ['alive', 'suspect', 'failed', 'left'];

/** Digests what a node believes. */
export function digestOf(beliefs: Iterable<Belief>, sequence: number): ViewDigest {
  const live = new Fingerprint();
  const all = new Fingerprint();
  const counts: Record<BeliefState, number> = { alive: 0, suspect: 0, failed: 0, left: 0 };
  for (const belief of beliefs) {
    counts[belief.state] += 1;
    if (isLive(belief.state)) live.toggle(identityOf(belief));
    all.toggle(fateOf(belief));
  }
  return { live: live.hex, all: all.hex, counts, sequence };
}

/** The bytes that are published. */
export function encodeDigest({ live, all, counts, sequence }: ViewDigest): Uint8Array {
  const writer = new ByteWriter(32);
  writer.u8(version);
  for (const half of [...streamHash(live), ...streamHash(all)]) writer.u32(half);
  for (const state of states) writeVarint(writer, counts[state]);
  writeVarint(writer, sequence);
  return writer.copy();
}

/** Undefined for bytes that are none. What a later version adds at the end is not looked at. */
export function decodeDigest(bytes: Uint8Array): ViewDigest | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== version) return undefined;
  const live = streamKey(reader.u32(), reader.u32());
  const all = streamKey(reader.u32(), reader.u32());
  const counts: Record<BeliefState, number> = { alive: 0, suspect: 0, failed: 0, left: 0 };
  for (const state of states) counts[state] = readVarint(reader);
  const sequence = readVarint(reader);
  return reader.failure === undefined ? { live, all, counts, sequence } : undefined;
}

/** How many members a node of that digest takes for live. */
export function liveCountOf({ counts }: ViewDigest): number {
  return counts.alive + counts.suspect;
}
