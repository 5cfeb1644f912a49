// Commands of our own, no part of Serf's protocol; see rpc-kv-messages.ts for how such commands go on.

/** Ask for metrics of all members. */
export interface RpcTelemetryRequest {
  /** Names of metrics; all when there are none. */
  readonly metrics: readonly string[] | null;
  /** `fold`, `poll` or `estimate`. */
  readonly mode: string;
  /** Tag to expression: polls only these members. */
  readonly tags: Readonly<Record<string, string>> | null;
  /** How long a poll waits, in milliseconds; 0: three seconds. */
  readonly waitMs: number;
}

/** What was found out. */
export interface RpcTelemetryResponse {
  /** The `ClusterErrorCode` of an error; empty for success. */
  readonly code: string;
  /** An {@link RpcTelemetry} as JSON; empty with an error. */
  readonly report: Uint8Array;
}

/** A metric of many members. Which numbers there are depends on its kind. */
export interface RpcMetric {
  readonly name: string;
  /** `counter`, `gauge`, `histogram`, `distinct`, `topK`; of an estimate `unknown` when the agent itself has none. */
  readonly kind: string;
  /** Of how many members. */
  readonly nodes: number;
  /** How old the oldest of the samples is, in milliseconds. */
  readonly oldestMs: number;
  /** By how much `value`, or a percentile, may be off, as a part of itself. Absent: by anything. */
  readonly errorBound?: number | undefined;
  /** A counter's total, the sum of gauges, how many different texts. */
  readonly value?: number | undefined;
  /** Counters: growth in a second. */
  readonly perSecond?: number | undefined;
  /** Histograms: how many values. */
  readonly count?: number | undefined;
  readonly mean?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly p50?: number | undefined;
  readonly p90?: number | undefined;
  readonly p99?: number | undefined;
  /** The most frequent ones, at most ten. */
  readonly keys?: readonly { readonly key: string; readonly count: number; readonly overcount: number }[] | undefined;
}

/** Metrics of many members. */
export interface RpcTelemetry {
  /** The agent that was asked. */
  readonly node: string;
  /** As asked. */
  readonly mode: string;
  /** By name. */
  readonly metrics: readonly RpcMetric[];
  /** Polls: who is not in it, and why: `stock` or `no answer`. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  /** Estimates: how many members take part, about; absent before the first is there. */
  readonly estimatedNodes?: number | undefined;
  /** Estimates: which part of the weight that the members began with is left. */
  readonly massLeft?: number | undefined;
}
