import type { EntryBase, SharedEntry } from './entry.ts';
import type { Generation, Lane, StreamKey } from './stream.ts';

/** How a change came here. */
export type ChangeSource = 'local' | 'rumor' | 'sync' | 'resync';

/** A key shows something else than before. */
export interface KvChange {
  readonly type: 'put' | 'delete' | 'expire' | 'member-gone';
  readonly lane: Lane;
  readonly key: string;
  /** Whose key it is, in an owned lane. */
  readonly owner: string | undefined;
  /** Who wrote it; `undefined` when a stream's owner is not known here. */
  readonly author: string | undefined;
  /** What is there now; for a deletion the deletion, `undefined` when nothing is left of it. */
  readonly entry: EntryBase | undefined;
  /** What was shown before, `undefined` for nothing. */
  readonly previous: EntryBase | undefined;
  /** The author had not seen what this replaces; or had, through a third one's write that never came here. */
  readonly isConcurrent: boolean;
  readonly source: ChangeSource;
}

/** What the user should hear of, beside changes of keys. */
export type KvEvent =
  /** A write of this node lost against one whose author had not seen it, as far as `isConcurrent` of a change can tell. */
  | {
      readonly type: 'overwritten';
      readonly key: string;
      readonly lost: SharedEntry;
      readonly winner: SharedEntry;
      readonly author: string | undefined;
    }
  /** A write that others may have deleted and forgotten was kept, and written anew (R4). */
  | { readonly type: 'reissued'; readonly key: string; readonly from: SharedEntry; readonly entry: SharedEntry }
  /** A copy of a write by a third party, that the cluster has forgotten long ago, was dropped. */
  | { readonly type: 'discarded'; readonly key: string; readonly entry: SharedEntry }
  /** There are so many streams that digests become large; `count` has reached 2,000. */
  | { readonly type: 'too-many-streams'; readonly lane: Lane; readonly count: number }
  /** A lane has reached this part of what it may hold. */
  | {
      readonly type: 'filling';
      readonly lane: Lane;
      readonly percent: 60 | 80;
      readonly what: 'keys' | 'bytes' | 'deleted keys';
    }
  /** Peers know of writes in our own stream that we never made: a new generation is needed. */
  | { readonly type: 'own-stream-ahead'; readonly lane: Lane; readonly stream: StreamKey }
  /** This node goes on in new streams: the others know more of the old ones than it does, or have given them up. */
  | {
      readonly type: 'generation-opened';
      readonly generation: Generation;
      readonly reason: 'own-stream-ahead' | 'retired';
    }
  /** Several members refuse our writes, as stamped in their future. Until our clock is right, shared writes throw. */
  | { readonly type: 'clock-skew'; readonly aheadMs: number; readonly refusedBy: readonly string[] }
  /** Our clock agrees with others'; what they had refused as ahead of it, or would, was written anew. */
  | { readonly type: 'clock-right'; readonly reissuedCount: number }
  /** Writes are made faster than they are passed on: see `lagMs`. */
  | { readonly type: 'backpressure'; readonly lagMs: number; readonly queuedCount: number }
  /** What waited has been passed on. */
  | { readonly type: 'drained' }
  /** A member is configured to other limits than this node. Told once for each member. */
  | { readonly type: 'limits-differ'; readonly peer: string };

/** Receives events; never called in the middle of a merge. */
export type KvEventSink = (event: KvEvent) => void;
