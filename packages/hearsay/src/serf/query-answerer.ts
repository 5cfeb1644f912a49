import { ByteWriter, ClusterError, copyBytes, isSameAddress, unreachable, type Address } from '../util/index.ts';
import { toAnswerAddress } from './answer-address.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEvent } from './events.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { LamportClock } from './lamport-clock.ts';
import { encodeQueryResponse } from './message-codec.ts';
import { QueryFlag, ResponseFlag, type QueryMessage, type QueryResponseMessage } from './messages.ts';
import { matchesFilters } from './query-filter.ts';
import { queryLimits } from './query-limits.ts';
import type { QueryStats } from './query-stats.ts';
import { QueryWindow } from './query-window.ts';
import type { RelaySender } from './relay.ts';

/** A query as the pipeline hands it on. */
export type QueryEvent = Extract<SerfEvent, { readonly type: 'query' }>;

/** What a {@link QueryAnswerer} is made of. */
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
export type AnswerOutcome = 'sent' | 'too-long' | 'answered-before' | 'past-deadline' | 'no-address' | 'unknown';

/** What is kept of a query until it is too late to answer it. */
interface PendingQuery {
  readonly ltime: number;
  readonly id: number;
  /** Undefined when the query names no host that may be answered. */
  readonly asker: Asker | undefined;
  readonly relayFactor: number;
  readonly deadlineMs: number;
  isAnswered: boolean;
}

interface Asker {
  readonly address: Address;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly name: string;
}

/** Queries of all members, our own included: takes each once, acknowledges it, and sends at most one answer. */
export class QueryAnswerer {
  readonly #parts: QueryAnswererParts;
  readonly #window: QueryWindow;
  /** By the id that the event carries, which is ours and says nothing to other nodes. */
  readonly #pending: Map<number, PendingQuery> = new Map();
  readonly #writer: ByteWriter = new ByteWriter();
  #lastId: number = 0;

  constructor(parts: QueryAnswererParts) {
    this.#parts = parts;
    this.#window = new QueryWindow(parts.config.queryBufferSize, parts.minQueryTime, parts.stats);
  }

  /** Queries that may still be answered, and some whose time is over. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** True: it is news, and its bytes are to be forwarded unchanged, whether it matched this node or not. */
  receive(query: QueryMessage): boolean {
    const { host, queryClock, tags, stats } = this.#parts;
    if (!queryClock.witness(query.ltime)) {
      stats.queriesImplausible += 1;
      return false;
    }
    if (!this.#window.take(query.ltime, query.id, queryClock.time)) return false;
    stats.queriesReceived += 1;
    if (matchesFilters(query.filters, host.name, tags())) this.#handOn(query);
    return (query.flags & QueryFlag.noForward) === 0;
  }

  /**
   * Answers the query of that {@link QueryEvent.id}.
   *
   * @throws `ClusterError` `ERR_RESPONSE_TOO_LARGE` (it may be answered again, shorter), `ERR_QUERY_CLOSED`, or
   * `ERR_ADDRESS` when whoever asked named no host to answer to
   */
  respond(id: number, payload: Uint8Array | null): void {
    const outcome = this.tryRespond(id, payload);
    if (outcome !== 'sent') throw toError(outcome, this.#parts.config.queryResponseMaxBytes);
  }

  /** As {@link respond}, for parts of Serf itself: never throws. */
  tryRespond(id: number, payload: Uint8Array | null): AnswerOutcome {
    const { config, env, host, stats } = this.#parts;
    const query = this.#pending.get(id);
    if (query === undefined) return id > 0 && id <= this.#lastId ? 'past-deadline' : 'unknown';
    const response = { ltime: query.ltime, id: query.id, from: host.name, flags: 0, payload };
    const message = this.#encode(response);
    if (message.length > config.queryResponseMaxBytes) return 'too-long';
    if (query.isAnswered) return 'answered-before';
    if (query.deadlineMs < env.clock.nowMs) return 'past-deadline';
    if (query.asker === undefined) return 'no-address';
    query.isAnswered = true;
    stats.responsesSent += 1;
    this.#send(query.asker, query.relayFactor, response, message);
    return 'sent';
  }

  /** No query can be answered from now on. */
  stop(): void {
    this.#pending.clear();
  }

  #handOn(query: QueryMessage): void {
    const { stats, env, deliver } = this.#parts;
    const asker = toAsker(query);
    stats.queriesMatched += 1;
    if (asker === undefined) stats.queriesUnanswerable += 1;
    else if ((query.flags & QueryFlag.ack) !== 0) this.#acknowledge(query, asker);

    const timeoutMs = Math.min(Math.max(query.timeoutMs, 0), queryLimits.timeoutMaxMs);
    const id = this.#remember(query, asker, env.clock.nowMs + timeoutMs);
    deliver({
      type: 'query',
      id,
      name: query.name,
      payload: query.payload === null ? nothing : copyBytes(query.payload),
      hasPayload: query.payload !== null,
      ltime: query.ltime,
      from: query.sourceNode,
      timeoutMs,
    });
  }

  #acknowledge(query: QueryMessage, asker: Asker): void {
    const ack = {
      ltime: query.ltime,
      id: query.id,
      from: this.#parts.host.name,
      flags: ResponseFlag.ack,
      payload: null,
    };
    this.#parts.stats.acksSent += 1;
    this.#send(asker, query.relayFactor, ack, this.#encode(ack));
  }

  #remember(query: QueryMessage, asker: Asker | undefined, deadlineMs: number): number {
    this.#makeRoom();
    this.#lastId += 1;
    const { ltime, id, relayFactor } = query;
    this.#pending.set(this.#lastId, { ltime, id, asker, relayFactor, deadlineMs, isAnswered: false });
    return this.#lastId;
  }

  /** Forgets the oldest queries when they are over, and the very oldest when there are too many. */
  #makeRoom(): void {
    for (const [id, query] of this.#pending) {
      const isOver = query.deadlineMs < this.#parts.env.clock.nowMs;
      if (!isOver && this.#pending.size < queryLimits.pendingMax) return;
      if (!isOver && !query.isAnswered) this.#parts.stats.queriesForgotten += 1;
      this.#pending.delete(id);
    }
  }

  #encode(response: QueryResponseMessage): Uint8Array {
    this.#writer.reset();
    encodeQueryResponse(this.#writer, response);
    return this.#writer.view();
  }

  #send(asker: Asker, relayFactor: number, response: QueryResponseMessage, message: Uint8Array): void {
    const { host, relays, receiveResponse } = this.#parts;
    if (isSameAddress(host.self().address, asker.address)) {
      receiveResponse({ ...response, payload: response.payload === null ? null : copyBytes(response.payload) });
      return;
    }
    host.sendMessage(asker.address, message);
    relays.send(relayFactor, asker, message);
  }
}

const nothing = new Uint8Array(0);

function toAsker({ addr, port, sourceNode }: QueryMessage): Asker | undefined {
  const address = toAnswerAddress(addr, port);
  return address === undefined || addr === null
    ? undefined
    : { address, addr: copyBytes(addr), port, name: sourceNode };
}

/** The beginning of the texts, which has nothing to do with keys, is Serf's. */
function toError(outcome: Exclude<AnswerOutcome, 'sent'>, maxBytes: number): ClusterError {
  const prefix = 'failed to respond to key query:';
  switch (outcome) {
    case 'too-long':
      return new ClusterError('ERR_RESPONSE_TOO_LARGE', `${prefix} response exceeds limit of ${maxBytes} bytes`);
    case 'answered-before':
      return new ClusterError('ERR_QUERY_CLOSED', `${prefix} response already sent`);
    case 'past-deadline':
      return new ClusterError('ERR_QUERY_CLOSED', `${prefix} response is past the deadline`);
    case 'no-address':
      return new ClusterError('ERR_ADDRESS', `${prefix} whoever asked named no host to answer to`);
    case 'unknown':
      return new ClusterError('ERR_QUERY_CLOSED', `${prefix} there was no such query`);
    default:
      return unreachable(outcome);
  }
}
