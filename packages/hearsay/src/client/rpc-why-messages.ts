// A command of our own, no part of Serf's protocol; see rpc-kv-messages.ts for how such commands go on.

/** Ask why a member was accused, or went. */
export interface RpcWhyRequest {
  /** When it happened, in milliseconds since 1970 by the agent's clock; 0: the latest trouble that is remembered. */
  readonly atMs: number;
  /** The member. */
  readonly node: string;
  /** How long the agent waits for others; 0: three seconds. */
  readonly waitMs: number;
}

/** What was found out. */
export interface RpcWhyResponse {
  /** The `ClusterErrorCode` of an error; empty for success. */
  readonly code: string;
  /** A {@link RpcWhyReport} as JSON; empty with an error. */
  readonly report: Uint8Array;
}

/** One thing that somebody recorded. */
export interface RpcWhyEntry {
  readonly agoMs: number;
  /** Who recorded it, and its number there: `n1/17`. */
  readonly id: string;
  readonly witness: string;
  readonly text: string;
}

/** What happened to the member, as far as the evidence goes. */
export interface RpcWhyVerdict {
  /**
   * `left-on-purpose`, `name-conflict`, `restarted`, `observer-stalled`, `target-stalled`, `path-broken`, `target-died` or
   * `unknown`.
   */
  readonly cause: string;
  /** Of a broken path: `to-target`, `from-target`, `both-ways`, `lossy` or `unreadable`. */
  readonly path?: string | undefined;
  /** `certain`, `likely` or `none`. */
  readonly certainty: string;
  /** In one sentence. */
  readonly text: string;
  /** What it rests on, the strongest first. */
  readonly grounds: readonly string[];
  /** Other causes that it may have been. */
  readonly alternatives: readonly string[];
  /** What was not to be had and might have changed it. */
  readonly missing: readonly string[];
}

/** Why a member was accused or went. */
export interface RpcWhyReport {
  readonly node: string;
  /** What the agent believes now; absent for a member that it does not know. */
  readonly state?: string | undefined;
  readonly verdict: RpcWhyVerdict;
  /** When the trouble began and ended, in milliseconds before the answer; absent when there was none, or it goes on. */
  readonly startedAgoMs?: number | undefined;
  readonly endedAgoMs?: number | undefined;
  /** Who accused it first, then who confirmed that. */
  readonly accusers: readonly string[];
  /** The oldest first. */
  readonly timeline: readonly RpcWhyEntry[];
  /** Who was heard. */
  readonly witnesses: readonly string[];
  /** Who was not, and why: `stock`, `dead`, `left`, `unknown` or `no answer`. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}
