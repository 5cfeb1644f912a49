// Commands of our own, for gossiped state. They are no part of Serf's protocol, whose bytes they leave alone: an agent
// that does not know them answers "Unsupported command". The number in their names goes up when a field goes away or
// changes its meaning; fields that either side does not know are passed over.

/**
 * Which keys are meant: of the map that all members write, of those that each member writes for itself, or of what each
 * tells of its own work.
 */
export type RpcKvLane = 'shared' | 'owned' | 'telemetry';

/** A key and its value. */
export interface RpcKvEntry {
  /** Who wrote it, in an owned lane whose it is; empty when that is not known. */
  readonly author: string;
  readonly key: string;
  /** How long it counts from the moment it was written, in milliseconds; 0: for ever. */
  readonly ttlMs: number;
  /** The bytes as they are gossiped, mostly JSON: {@link decodeKvJson}. Empty where only keys were asked for. */
  readonly value: Uint8Array;
  /** When it was written by the clock of its author, in milliseconds since 1970; 0 in an owned lane, which has none. */
  readonly writtenAtMs: number;
}

/** Read one key. */
export interface RpcKvGetRequest {
  readonly key: string;
  readonly lane: string;
  /** Whose key, in an owned lane; empty: the agent's own. */
  readonly node: string;
}

/** Write one key. */
export interface RpcKvPutRequest {
  readonly key: string;
  readonly lane: string;
  /** Write it although it has that value. */
  readonly touch: boolean;
  /** 0: for ever. */
  readonly ttlMs: number;
  readonly value: Uint8Array;
  /** How long to wait until the others have it; 0: not at all. Shared keys only. */
  readonly waitMs: number;
}

/** Delete one key. */
export interface RpcKvDeleteRequest {
  readonly key: string;
  readonly lane: string;
  readonly waitMs: number;
}

/** Which keys to list, a page at a time. */
export interface RpcKvListRequest {
  /** Where to go on, from the answer before; empty: at the beginning. */
  readonly cursor: string;
  /** Leave the values out. */
  readonly keysOnly: boolean;
  readonly lane: string;
  /** Whose keys, in an owned lane; empty: those of all. */
  readonly node: string;
  /** What the keys begin with. */
  readonly prefix: string;
}

/** Follow the changes of keys. */
export interface RpcKvWatchRequest {
  /** One key alone; empty: all that `prefix` lets through. */
  readonly key: string;
  readonly lane: string;
  readonly node: string;
  readonly prefix: string;
  /** First the present state, then the changes, without a gap between. */
  readonly snapshot: boolean;
}

/** Ask who has a shared key as it is here. */
export interface RpcKvWhereRequest {
  readonly key: string;
  /** How long to wait for news of who has it; it ends earlier when all have. */
  readonly waitMs: number;
}

/** Every answer has this. A body comes with errors, too. */
export interface RpcKvOutcome {
  /** The `ClusterErrorCode` of an error, such as `ERR_KV_FULL`; empty for success. */
  readonly code: string;
}

/** The value, if there is one. */
export interface RpcKvGetResponse extends RpcKvOutcome {
  readonly entry: RpcKvEntry;
  /** Whether the key has a value; else `entry` says nothing. */
  readonly found: boolean;
}

/** What came of a write that was waited for; all zero and empty when it was not, and for a deletion of nothing. */
export interface RpcKvReceipt {
  /** Live members that keep state and do not have it yet. */
  readonly missing: readonly string[] | null;
  /** Whose later write has taken its place; empty: it is what this agent shows. */
  readonly overwrittenBy: string;
  /** How many live members have it, the agent included. */
  readonly seenCount: number;
}

/** It is written, or deleted. */
export interface RpcKvWriteResponse extends RpcKvOutcome, RpcKvReceipt {
  /** False when the key had that value, or for a deletion none, and nothing was written. */
  readonly changed: boolean;
}

/** One page, in the order of the keys; in an owned lane one member after the other. */
export interface RpcKvListResponse extends RpcKvOutcome {
  /** Where the next page begins; empty: this was the last. */
  readonly cursor: string;
  readonly entries: readonly RpcKvEntry[] | null;
}

/** Who has the key as it is here. */
export interface RpcKvWhereResponse extends RpcKvOutcome {
  readonly entry: RpcKvEntry;
  readonly found: boolean;
  /** Live members that keep no state: agents of Serf, or with it switched off. */
  readonly incapable: readonly string[] | null;
  /** Live members that keep state and have not said that they have it. */
  readonly missing: readonly string[] | null;
  /** Live members that have it, the agent included. */
  readonly seen: readonly string[] | null;
}

/** A key shows something else than before. */
export interface RpcKvChangeRecord {
  /** Its author had not seen what it replaces. */
  readonly concurrent: boolean;
  /** What is there now; of a deletion the key and the author. */
  readonly entry: RpcKvEntry;
  /** What was there before; null when nothing was. */
  readonly previous: Uint8Array | null;
  /** `local`, `rumor`, `sync` or `resync`; of the first state `snapshot`. */
  readonly source: string;
  /**
   * `put`, `delete`, `expire` or `member-gone`; `ready` after the last of the first state; `overflow` when too many keys
   * have changed for a reader that is behind, and all that follows up to `ready` is the state anew; `error`, the last one,
   * with its text in `source`.
   */
  readonly type: string;
}

/** The body of each request. */
export interface RpcKvRequestBodies {
  readonly 'hearsay/kv/1/get': RpcKvGetRequest;
  readonly 'hearsay/kv/1/put': RpcKvPutRequest;
  readonly 'hearsay/kv/1/delete': RpcKvDeleteRequest;
  readonly 'hearsay/kv/1/list': RpcKvListRequest;
  readonly 'hearsay/kv/1/watch': RpcKvWatchRequest;
  readonly 'hearsay/kv/1/where': RpcKvWhereRequest;
}

/** The body of each answer. */
export interface RpcKvResponseBodies {
  readonly 'hearsay/kv/1/get': RpcKvGetResponse;
  readonly 'hearsay/kv/1/put': RpcKvWriteResponse;
  readonly 'hearsay/kv/1/delete': RpcKvWriteResponse;
  readonly 'hearsay/kv/1/list': RpcKvListResponse;
  readonly 'hearsay/kv/1/watch': RpcKvOutcome;
  readonly 'hearsay/kv/1/where': RpcKvWhereResponse;
}

/** The commands of gossiped state. */
export type RpcKvCommand = keyof RpcKvRequestBodies;
