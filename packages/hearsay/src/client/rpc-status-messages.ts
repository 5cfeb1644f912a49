// A command of our own, no part of Serf's protocol; see rpc-kv-messages.ts for how such commands go on.

/** Ask how the agent and its members are. */
export interface RpcStatusRequest {
  /** Of how many members to tell, the worst first. */
  readonly membersMax: number;
}

/** How they are. */
export interface RpcStatusResponse {
  /** An {@link RpcStatus} as JSON. */
  readonly status: Uint8Array;
}

/** What the agent can tell of a member by itself, without asking anybody. Spans are in milliseconds. */
export interface RpcMemberStatus {
  readonly name: string;
  /** `alive`, `suspect`, `leaving`, `failed` or `left`. */
  readonly state: string;
  /** How long it has been so. */
  readonly stateForMs?: number | undefined;
  /** Why, in a few words; empty when there is nothing to tell. */
  readonly why: string;
  /** An estimate of a round trip to it. */
  readonly rttMs?: number | undefined;
  /** By how much its newest telemetry is older than it should be. Of the agent, for how long nobody has seen a write of it. */
  readonly lagMs?: number | undefined;
  /** Whether it takes part in gossiped state: it is a member of ours. */
  readonly isOurs: boolean;
}

/** A change of what the agent believed of a member: `alive`, `suspect`, `failed` or `left`. */
export interface RpcMemberTransition {
  readonly node: string;
  readonly from: string;
  readonly to: string;
  readonly agoMs: number;
  /** Who said so. */
  readonly by: string;
}

/** Counters since the start of the agent. Rates follow from two readings. */
export interface RpcStatusTotals {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetBytesReceived: number;
  readonly packetBytesSent: number;
  readonly streamBytesReceived: number;
  readonly streamBytesSent: number;
  readonly packetsRefused: number;
  readonly probes: number;
  readonly probesFailed: number;
  readonly suspicions: number;
  readonly refutations: number;
  /** Processor time of the agent's process, in milliseconds. */
  readonly cpuMs: number;
  /** Messages that a queue had no room for. */
  readonly queueDropped: number;
}

/** Gossiped state of the agent. */
export interface RpcStateStatus {
  /** Live members that take part, the agent included. */
  readonly members: number;
  readonly sharedKeys: number;
  readonly sharedBytes: number;
  readonly sharedTombstones: number;
  /** Of all members together. */
  readonly ownedKeys: number;
  readonly telemetryKeys: number;
  /** For how long nobody has seen the oldest write of the agent. */
  readonly lagMs: number;
  /** How many different views of who is live the members have that told theirs: 1 when all agree. */
  readonly views: number;
  /** Whether writes are passed on as fast as they come. */
  readonly isReady: boolean;
  /** Comparisons with other members since the start. */
  readonly sessions: number;
  /** Bytes of state sent since the start. */
  readonly sentBytes: number;
  /** How many may be sent in a second, in packets. */
  readonly bytesPerSecondMax: number;
  /** How old beacons of other members were when they came: how long state takes to spread. Absent before the first. */
  readonly spreadMs?: { readonly p50: number; readonly p99: number; readonly count: number } | undefined;
}

/** How an agent is, as it sees it. */
export interface RpcStatus {
  readonly node: string;
  /** `serf` or `memberlist`. */
  readonly pool: string;
  /** By a clock of the agent that never goes back. */
  readonly atMs: number;
  readonly uptimeMs: number;
  /** How much the agent doubts its own health: 0 is well. */
  readonly healthScore: number;
  /** How many members are `alive`, `suspect`, `leaving`, `failed`, `left`. */
  readonly memberCounts: Readonly<Record<string, number>>;
  readonly totals: RpcStatusTotals;
  /** Messages that wait to be gossiped, by queue. */
  readonly queues: Readonly<Record<string, number>>;
  readonly process: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    /** How late the event loop was in the last second. Absent in the first. */
    readonly loopDelayMs?: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
  };
  /** Absent when the agent keeps none. */
  readonly state?: RpcStateStatus | undefined;
  /** The worst first. */
  readonly members: readonly RpcMemberStatus[];
  /** The latest first. */
  readonly transitions: readonly RpcMemberTransition[];
}
