import type { SerfConfig } from './config.ts';
import type { SerfEvent } from './events.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { LamportClock } from './lamport-clock.ts';
import type { QueryMessage, QueryResponseMessage } from './messages.ts';
import type { QueryStats } from './query-stats.ts';
import type { RelaySender } from './relay.ts';

/** A query as the pipeline hands it on. */
export type QueryEvent = Extract<SerfEvent, { readonly type: 'query' }>;

export interface QueryAnswererParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly queryClock: LamportClock;
  /** Queries before this Lamport time are not looked at: 0, or the snapshot's value plus one. */
  readonly minQueryTime: number;
  /** This node's own tags as they are now. */
  readonly tags: () => Readonly<Record<string, string>>;
  readonly relays: RelaySender;
  /** A query that concerns this node: to the snapshot, the internal queries, the user. */
  readonly deliver: (query: QueryEvent) => void;
  /** Acks and answers to our own queries need no network: to `QueryAsker.receiveResponse`. */
  readonly receiveResponse: (response: QueryResponseMessage) => void;
  readonly stats: QueryStats;
}

/** What became of an answer. */
export type AnswerOutcome = 'sent' | 'too-long' | 'answered-before' | 'past-deadline' | 'unknown';

/** Queries of all members, our own included: takes each once, acknowledges it, and sends at most one answer. */
export class QueryAnswerer {
  constructor(parts: QueryAnswererParts) {
    void parts;
  }

  /** Queries that may still be answered. */
  get pendingCount(): number {
    return 0;
  }

  /** Lamport times below this are not looked at. */
  get minQueryTime(): number {
    return 0;
  }

  /** True: it is news, and its bytes are to be forwarded unchanged. */
  receive(query: QueryMessage): boolean {
    void query;
    return false;
  }

  /**
   * Answers the query of that {@link QueryEvent.id}.
   *
   * @throws `ClusterError` `ERR_RESPONSE_TOO_LARGE` (it may be answered again, shorter) or `ERR_QUERY_CLOSED`
   */
  respond(id: number, payload: Uint8Array): void {
    void id;
    void payload;
  }

  /** As {@link respond}, for parts of Serf itself: never throws. */
  tryRespond(id: number, payload: Uint8Array | null): AnswerOutcome {
    void id;
    void payload;
    return 'unknown';
  }

  /** No query can be answered from now on. */
  stop(): void {}
}
