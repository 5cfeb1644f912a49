// A command of our own, no part of Serf's protocol; see rpc-kv-messages.ts for how such commands go on.

/** Send a rumor, and find out how it went. */
export interface RpcTraceRequest {
  /** `event` or `kv`. */
  readonly kind: string;
  /** Thousandths of the packets that theory takes to be lost. */
  readonly lossPermille: number;
  /** The name of the event, or the key. */
  readonly name: string;
  /** The payload of the event, or the value. */
  readonly value: Uint8Array;
  /** How long the agent waits for others; 0: ten seconds. */
  readonly waitMs: number;
}

/** How it went. */
export interface RpcTraceResponse {
  /** The `ClusterErrorCode` of an error; empty for success. */
  readonly code: string;
  /** A {@link RpcTraceReport} as JSON; empty with an error. */
  readonly report: Uint8Array;
}

/** Why one was late. */
export interface RpcLateReason {
  /** `stall`, `queue`, `budget`, `loss`, `joined-later`, `hole` or `chance`. */
  readonly cause: string;
  /** Where the cause is, which need not be who was late. */
  readonly at: string;
  /** In one sentence. */
  readonly text: string;
}

/** A member that has heard of the rumor. All times are in milliseconds, on the clock of the agent that was asked. */
export interface RpcTraceHearer {
  readonly name: string;
  /** How long after the rumor was born, and by how much that may be wrong. */
  readonly afterMs: number;
  readonly errorMs: number;
  /** In which gossip interval; 0 for the one who sent it. */
  readonly round: number;
  /** `own`, `gossip`, `pull`, `push-pull` or `anti-entropy`. */
  readonly via: string;
  /** From whom; absent for the one who sent it, and where that is not known. */
  readonly from?: string | undefined;
  /** How many told it on before it came here; absent where the chain has a hole. */
  readonly hop?: number | undefined;
  /** What is not known of the chain, in words. */
  readonly hole?: string | undefined;
  /** How many copies came with gossip. */
  readonly copyCount: number;
  /** Messages that waited there to be passed on when it came. */
  readonly queuedCount: number;
  /** How long it waited there before it was passed on; absent: it was not yet. */
  readonly waitedMs?: number | undefined;
  /** How often it was passed on. */
  readonly sendCount: number;
  /** Absent unless it heard later than theory lets expect. */
  readonly late?: RpcLateReason | undefined;
}

/** One gossip interval. */
export interface RpcTraceRound {
  readonly round: number;
  /** How many had heard of it by its end, of those that tell. */
  readonly infected: number;
  /** What theory says: the mean, and three standard deviations below and above it. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/** How a rumor went through the cluster. */
export interface RpcTraceReport {
  /** `event` or `kv`. */
  readonly kind: string;
  readonly name: string;
  readonly origin: string;
  readonly tookMs: number;
  /** What theory was told. */
  readonly model: {
    readonly memberCount: number;
    readonly fanOut: number;
    readonly gossipIntervalMs: number;
    readonly sendLimit: number;
    readonly loss: number;
    readonly latencyMs: number;
  };
  /** Who has heard of it, the earliest first. */
  readonly hearers: readonly RpcTraceHearer[];
  /** Who says that it has not. */
  readonly unheard: readonly { readonly name: string; readonly reason: RpcLateReason }[];
  /** Of whom nothing is known, and why: `stock`, `dead`, `left`, `no answer` or `forgotten`. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  readonly rounds: readonly RpcTraceRound[];
  readonly isWithinBand: boolean;
  /** Until it was heard, of all but the one who sent it; absent when nobody else has. */
  readonly spread?: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | undefined;
  /** Until the last one hears it, says theory: in half of all cases, and in 99 of 100. */
  readonly theory: { readonly lastP50Ms: number; readonly lastP99Ms: number };
  readonly errorMs: number;
  /** Share of packets that got lost, as sent and received copies tell; absent when not all have told. */
  readonly lossSeen?: number | undefined;
}
