import type { KvClusterEvent, SharedEntry } from '../../cluster/index.ts';
import type { KvStoreEvent } from '../kv-store/events.ts';
import { laneName, type KvLane, type KvStamp } from './types.ts';
import type { Values } from './values.ts';

/** What there is to tell of the store of state, each type with `kv-` before it. */
export type KvStoreNewsEvent = {
  [Type in KvStoreEvent['type']]: Omit<Extract<KvStoreEvent, { readonly type: Type }>, 'type'> & {
    readonly type: `kv-${Type}`;
  };
}[KvStoreEvent['type']];

/** What the state layer has to tell, beside changes of keys, which are watched. */
export type KvNewsEvent =
  | KvStoreNewsEvent
  /** A shared write of this node lost against one whose author had not seen it. */
  | {
      readonly type: 'kv-overwritten';
      readonly key: string;
      /** What this node wrote; undefined for a deletion, and for what cannot be read. */
      readonly value: unknown;
      /** What is there instead; undefined for a deletion, and for what cannot be read. */
      readonly winner: unknown;
      /** Who wrote that, when it is known. */
      readonly author: string | undefined;
      readonly stamp: KvStamp;
    }
  /** A write that others may have deleted and forgotten, while this node was away, was kept and written anew. */
  | { readonly type: 'kv-reissued'; readonly key: string; readonly value: unknown; readonly stamp: KvStamp }
  /** A copy of a write by a third party, which the cluster has forgotten long ago, was dropped. */
  | { readonly type: 'kv-discarded'; readonly key: string; readonly value: unknown; readonly stamp: KvStamp }
  /** So many members have written that comparisons become large. */
  | { readonly type: 'kv-too-many-streams'; readonly lane: KvLane; readonly count: number }
  /** So much of what may be held is held. */
  | {
      readonly type: 'kv-filling';
      readonly lane: KvLane;
      readonly percent: 60 | 80;
      readonly what: 'keys' | 'bytes' | 'deleted keys';
    }
  | Extract<
      KvClusterEvent,
      {
        readonly type:
          | 'kv-generation-opened'
          | 'kv-clock-skew'
          | 'kv-clock-right'
          | 'kv-backpressure'
          | 'kv-drained'
          | 'kv-limits-differ';
      }
    >;

/** As users see it. Values are as the definitions of their keys say, and undefined when they cannot be read. */
export function toNews(event: KvClusterEvent, values: Values): KvNewsEvent | undefined {
  const valueOf = (entry: SharedEntry): unknown => {
    const reading = entry.kind === 'put' ? values.read(entry) : undefined;
    return reading?.isValid === true ? reading.value : undefined;
  };
  switch (event.type) {
    case 'kv-overwritten': {
      const { type, key, lost, winner, author } = event;
      return { type, key, value: valueOf(lost), winner: valueOf(winner), author, stamp: winner.stamp };
    }
    case 'kv-reissued':
    case 'kv-discarded': {
      const { type, key, entry } = event;
      return { type, key, value: valueOf(entry), stamp: entry.stamp };
    }
    case 'kv-too-many-streams':
    case 'kv-filling':
      return { ...event, lane: laneName(event.lane) };
    case 'kv-own-stream-ahead':
      // What follows from it is told: a new generation.
      return undefined;
    default:
      return event;
  }
}
