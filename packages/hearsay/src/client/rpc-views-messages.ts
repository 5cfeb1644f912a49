// Commands of our own, no part of Serf's protocol; see rpc-kv-messages.ts for how such commands go on.

/** Ask where two members disagree. */
export interface RpcDiffRequest {
  readonly a: string;
  readonly b: string;
  /** How long the agent waits for the two; 0: three seconds. */
  readonly waitMs: number;
}

/** What was found out: a document as JSON. */
export interface RpcViewsResponse {
  /** The `ClusterErrorCode` of an error; empty for success. */
  readonly code: string;
  /** An {@link RpcViews} or an {@link RpcDiff}; empty with an error. */
  readonly report: Uint8Array;
}

/** How many members somebody knows, by state. */
export interface RpcBeliefCounts {
  readonly alive: number;
  readonly suspect: number;
  readonly failed: number;
  readonly left: number;
}

/** A member that has told what it believes. */
export interface RpcViewHolder {
  readonly name: string;
  /** How long ago it said so, in milliseconds. Members speak when something changed, and now and then. 0 for the agent. */
  readonly ageMs: number;
  /** How many digests it had published before. */
  readonly sequence: number;
  readonly counts: RpcBeliefCounts;
  /** Equal where two remember the same members with the same fate, those that are gone included. */
  readonly all: string;
}

/** Members that believe the same of who is live. */
export interface RpcViewGroup {
  /** What they have in common: 16 hexadecimal digits. */
  readonly live: string;
  /** How many members are live in their eyes. */
  readonly liveCount: number;
  /** Whether the agent is one of them. */
  readonly isOurs: boolean;
  /** By name. */
  readonly members: readonly RpcViewHolder[];
  /** Of another group, when one or two members make the difference: who is live for the agent alone, and for them alone. */
  readonly differs?: { readonly onlyHere: readonly string[]; readonly onlyThere: readonly string[] } | undefined;
}

/** Who believes what, as far as the agent has heard. */
export interface RpcViews {
  /** The agent that was asked. */
  readonly node: string;
  /** Whether all that take part have told, and believe what the agent believes. */
  readonly isAgreed: boolean;
  /** The largest first. */
  readonly groups: readonly RpcViewGroup[];
  /** Live members that are in no group, and why: `stock` (takes no part in gossiped state) or `no digest` (none came yet). */
  readonly silent: readonly { readonly name: string; readonly reason: string }[];
}

/** What one member believes of another. */
export interface RpcDiffBelief {
  /** `alive`, `suspect`, `failed` or `left`. */
  readonly state: string;
  /** `host:port`; empty when it is nothing that can be contacted. */
  readonly address: string;
  readonly incarnation: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** One of two members that were compared. */
export interface RpcDiffSide {
  readonly name: string;
  /** Why it told nothing: `stock`, `failed`, `left`, `unknown` or `no answer`. */
  readonly absence?: string | undefined;
  /** How many members it knows. */
  readonly counts: RpcBeliefCounts;
}

/** A member about which two others disagree. */
export interface RpcDifference {
  readonly name: string;
  /** In what, the gravest first: `liveness`, `address`, `state`, `tags`, `incarnation`. */
  readonly aspects: readonly string[];
  /** What the one believes; absent when it does not know the member. */
  readonly a?: RpcDiffBelief | undefined;
  readonly b?: RpcDiffBelief | undefined;
}

/** Where two members disagree. */
export interface RpcDiff {
  readonly a: RpcDiffSide;
  readonly b: RpcDiffSide;
  /** The gravest first; none when one of the two told nothing. At most 1,000. */
  readonly differences: readonly RpcDifference[];
  /** How many there are. */
  readonly differenceCount: number;
}
