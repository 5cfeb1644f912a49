import type { QuerySummary } from './events.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { LamportClock } from './lamport-clock.ts';
import type { QueryMessage, QueryResponseMessage } from './messages.ts';
import type { QueryMembers } from './query-members.ts';
import type { QueryStats } from './query-stats.ts';

/** What is asked, and of whom. */
export interface Question {
  readonly name: string;
  /** Null is told apart from empty by `_serf_ping` alone. */
  readonly payload: Uint8Array | null;
  /** Only these members. Undefined or empty: all. */
  readonly nodes?: readonly string[] | undefined;
  /** Only members whose tag matches the RE2 expression, for every tag given. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** 0 or undefined: the default, which grows with the cluster. At most 24 h. */
  readonly timeoutMs?: number | undefined;
  /** Every member that the question reaches says so, also when it has no answer. @defaultValue false */
  readonly requestAck?: boolean | undefined;
  /** Acks and answers come once more through this many other members, 0 to 255. @defaultValue 0 */
  readonly relayFactor?: number | undefined;
}

/** Who hears what comes back. All calls come from inside a step. */
export interface QueryListener {
  onAck(from: string): void;
  /** `payload` is a copy. */
  onResponse(from: string, payload: Uint8Array): void;
  /** The time is up. Not called for a query that was abandoned. */
  onDone(summary: QuerySummary): void;
}

export interface QueryAskerParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly queryClock: LamportClock;
  readonly members: QueryMembers;
  /** Membership's, for the default timeout. */
  readonly gossipIntervalMs: number;
  /**
   * A query of our own, to be handled as if it had come from the network: through the `QueryAnswerer`, and onto the
   * query queue. `raw` (type byte and body) belongs to whoever is called.
   */
  readonly receive: (query: QueryMessage, raw: Uint8Array) => void;
  readonly stats: QueryStats;
}

/** A query of ours that is still open. */
export interface OpenQuery {
  /** Live members by membership's judgement when it was asked, this node included. */
  readonly liveCount: number;
  readonly timeoutMs: number;
  /** Nobody listens any more; answers are dropped. */
  abandon(): void;
}

/** Our own queries: asks, collects what comes back, and tells at the end who did not answer. */
export class QueryAsker {
  constructor(parts: QueryAskerParts) {
    void parts;
  }

  /** Queries that are open. */
  get openCount(): number {
    return 0;
  }

  /**
   * Asks for the user: emits `query-ack`, `query-response` and at the end `query-done` with `request`.
   *
   * @throws `ClusterError` `ERR_UNSUPPORTED`, `ERR_NAME`, `ERR_QUERY_TOO_LARGE`, `ERR_QUEUE_FULL`, `ERR_CONFIG`
   */
  ask(request: number, question: Question): void {
    void request;
    void question;
  }

  /** No more events for `request`. Unknown ones are ignored. */
  abandon(request: number): void {
    void request;
  }

  /** Asks for a part of Serf itself. @throws as {@link ask}, but any name is allowed */
  open(question: Question, listener: QueryListener): OpenQuery {
    void question;
    void listener;
    return { liveCount: 0, timeoutMs: 0, abandon: () => undefined };
  }

  /** An ack or an answer, from the network or from this node itself. */
  receiveResponse(response: QueryResponseMessage): void {
    void response;
  }

  /** Ends all queries now, each with its summary. */
  stop(): void {}
}
