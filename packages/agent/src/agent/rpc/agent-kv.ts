import type { RpcKvChangeRecord, RpcKvEntry, RpcKvLane, RpcKvWhere, RpcKvWritten } from 'hearsay/client';

/** How a key is written or deleted. */
export interface AgentKvWrite {
  readonly lane: RpcKvLane;
  readonly key: string;
  /** Undefined: it is deleted. */
  readonly value: Uint8Array | undefined;
  readonly ttlMs: number;
  readonly touch: boolean;
  /** How long to wait until all have it; 0: not at all. */
  readonly waitMs: number;
}

/** Which keys to follow; empty texts let all through. */
export interface AgentKvWatch {
  readonly lane: RpcKvLane;
  readonly key: string;
  readonly node: string;
  readonly prefix: string;
  readonly snapshot: boolean;
}

/**
 * What RPC can do with the gossiped state of an agent. Values are bytes. In owned lanes `node` says whose keys, and the
 * agent writes its own alone. Misuse is thrown or rejected as `ClusterError`.
 */
export interface AgentKv {
  /** An empty `node` is the agent itself. */
  get(lane: RpcKvLane, node: string, key: string): RpcKvEntry | undefined;
  write(write: AgentKvWrite): Promise<RpcKvWritten>;
  /** In no order. An empty `node`: the keys of all members. */
  list(lane: RpcKvLane, node: string, prefix: string): Iterable<RpcKvEntry>;
  /** Ends with `signal`. A slow reader gets the newest change of each key. */
  watch(watch: AgentKvWatch, signal: AbortSignal): AsyncIterable<RpcKvChangeRecord>;
  where(key: string, waitMs: number): Promise<RpcKvWhere | undefined>;
}
