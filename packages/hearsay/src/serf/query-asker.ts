import { ByteWriter, ClusterError, Timer } from '../util/index.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { LamportClock } from './lamport-clock.ts';
import { encodeQuery } from './message-codec.ts';
import { QueryFlag, ResponseFlag, type QueryMessage, type QueryResponseMessage } from './messages.ts';
import { QueryCollector, type QueryListener } from './query-collector.ts';
import { encodeNodeFilter, encodeTagFilter } from './query-filter.ts';
import { queryLimits } from './query-limits.ts';
import type { QueryMembers } from './query-members.ts';
import type { QueryStats } from './query-stats.ts';
import { defaultQueryTimeoutMs } from './query-timeout.ts';

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

/** What a {@link QueryAsker} is made of. */
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

/** First Serf protocol version with queries. */
const QUERY_VERSION = 4;
const RELAY_FACTOR_MAX = 255;

/** Begin of the names that Serf keeps for itself. */
export const INTERNAL_PREFIX = '_serf_';

/** Our own queries: asks, collects what comes back, and tells at the end who did not answer. */
export class QueryAsker {
  readonly #parts: QueryAskerParts;
  /** By Lamport time, under which answers come. No two queries of ours share one: asking moves the clock on. */
  readonly #open: Map<number, CollectingQuery> = new Map();
  readonly #byRequest: Map<number, OpenQuery> = new Map();
  readonly #writer: ByteWriter = new ByteWriter();

  constructor(parts: QueryAskerParts) {
    this.#parts = parts;
  }

  /** Queries that are open. */
  get openCount(): number {
    return this.#open.size;
  }

  /**
   * Asks for the user: emits `query-ack`, `query-response` and at the end `query-done` with `request`.
   *
   * @throws `ClusterError` `ERR_UNSUPPORTED`, `ERR_NAME`, `ERR_QUERY_TOO_LARGE`, `ERR_QUEUE_FULL`, `ERR_CONFIG`
   */
  ask(request: number, question: Question): void {
    const { host } = this.#parts;
    checkName(question);
    const query = this.open(question, {
      onAck: (from) => host.emit({ type: 'query-ack', request, from }),
      onResponse: (from, payload) => host.emit({ type: 'query-response', request, from, payload }),
      onDone: (summary) => {
        this.#byRequest.delete(request);
        host.emit({ type: 'query-done', request, summary });
      },
    });
    this.#byRequest.set(request, query);
  }

  /** No more events for `request`. Unknown ones are ignored. */
  abandon(request: number): void {
    this.#byRequest.get(request)?.abandon();
    this.#byRequest.delete(request);
  }

  /**
   * Asks for a part of Serf itself. This node's own ack and answer come before it returns.
   *
   * @throws as {@link ask}, but any name is allowed
   */
  open(question: Question, listener: QueryListener): OpenQuery {
    const { host, queryClock, stats } = this.#parts;
    this.#checkQuestion(question);
    const liveCount = host.liveCount();
    const timeoutMs = this.#timeoutMs(question, liveCount);
    const query = this.#toMessage(question, timeoutMs);
    const raw = this.#encode(query);

    const collector = new QueryCollector(query.id, this.#asked(question), liveCount, listener, stats);
    this.#begin(query, collector);
    stats.queriesAsked += 1;
    queryClock.increment();
    this.#parts.receive(query, raw);
    return { liveCount, timeoutMs, abandon: () => this.#end(query.ltime) };
  }

  /** An ack or an answer, from the network or from this node itself. */
  receiveResponse(response: QueryResponseMessage): void {
    const collector = this.#open.get(response.ltime)?.collector;
    if (collector === undefined || collector.id !== response.id) {
      this.#parts.stats.responsesUnexpected += 1;
    } else if ((response.flags & ResponseFlag.ack) !== 0) {
      collector.receiveAck(response.from);
    } else {
      collector.receiveResponse(response.from, response.payload);
    }
  }

  /** Ends all queries now, each with its summary. */
  stop(): void {
    for (const ltime of [...this.#open.keys()]) this.#finish(ltime);
  }

  #begin(query: QueryMessage, collector: QueryCollector): void {
    const { env } = this.#parts;
    const timer = new Timer(`query ${query.name}`, () => this.#finish(query.ltime));
    this.#open.set(query.ltime, { collector, timer });
    env.timers.arm(timer, env.clock.nowMs + query.timeoutMs);
  }

  #finish(ltime: number): void {
    const collector = this.#open.get(ltime)?.collector;
    this.#end(ltime);
    collector?.finish();
  }

  #end(ltime: number): void {
    const query = this.#open.get(ltime);
    if (query === undefined) return;
    this.#parts.env.timers.cancel(query.timer);
    this.#open.delete(ltime);
  }

  #checkQuestion({ timeoutMs = 0, relayFactor = 0 }: Question): void {
    if (this.#parts.config.protocolVersion < QUERY_VERSION) {
      throw new ClusterError('ERR_UNSUPPORTED', `Feature not supported (queries need protocol ${QUERY_VERSION})`);
    }
    if (!(timeoutMs >= 0 && timeoutMs <= queryLimits.timeoutMaxMs)) {
      throw new ClusterError(
        'ERR_CONFIG',
        `query timeout is ${timeoutMs} ms, it must be 0 to ${queryLimits.timeoutMaxMs}`,
      );
    }
    if (!Number.isInteger(relayFactor) || relayFactor < 0 || relayFactor > RELAY_FACTOR_MAX) {
      throw new ClusterError('ERR_CONFIG', `relay factor is ${relayFactor}, it must be 0 to ${RELAY_FACTOR_MAX}`);
    }
    if (this.#open.size >= queryLimits.openMax) {
      throw new ClusterError(
        'ERR_QUEUE_FULL',
        `${this.#open.size} queries are open, the limit is ${queryLimits.openMax}`,
      );
    }
  }

  #timeoutMs({ timeoutMs = 0 }: Question, liveCount: number): number {
    const { gossipIntervalMs, config } = this.#parts;
    return timeoutMs > 0 ? timeoutMs : defaultQueryTimeoutMs(gossipIntervalMs, config.queryTimeoutMult, liveCount);
  }

  #toMessage(question: Question, timeoutMs: number): QueryMessage {
    const { host, env, queryClock } = this.#parts;
    const self = host.self();
    return {
      ltime: queryClock.time,
      id: env.rng.nextUint32() >>> 1,
      addr: self.addr,
      port: self.port,
      sourceNode: host.name,
      filters: toFilters(question),
      flags: question.requestAck === true ? QueryFlag.ack : 0,
      relayFactor: question.relayFactor ?? 0,
      timeoutMs,
      name: question.name,
      payload: question.payload,
    };
  }

  #encode(query: QueryMessage): Uint8Array {
    const maxBytes = this.#parts.config.queryMaxBytes;
    this.#writer.reset();
    encodeQuery(this.#writer, query);
    const { length } = this.#writer;
    if (length > maxBytes) {
      throw new ClusterError('ERR_QUERY_TOO_LARGE', `query exceeds limit of ${maxBytes} bytes (it has ${length})`);
    }
    return this.#writer.copy();
  }

  /** Live members that match the node filter. */
  #asked({ nodes = [] }: Question): string[] {
    const chosen = new Set(nodes);
    const asked: string[] = [];
    for (const { name, status } of this.#parts.members.all()) {
      if (status !== 'alive' && status !== 'leaving') continue;
      if (chosen.size === 0 || chosen.has(name)) asked.push(name);
    }
    return asked;
  }
}

interface CollectingQuery {
  readonly collector: QueryCollector;
  readonly timer: Timer;
}

/** Names that Serf keeps for itself, save for the question whether members can be reached. */
function checkName({ name, payload }: Question): void {
  if (!name.startsWith(INTERNAL_PREFIX) || (name === `${INTERNAL_PREFIX}ping` && payload === null)) return;
  throw new ClusterError('ERR_NAME', `Queries cannot contain the '${INTERNAL_PREFIX}' prefix`);
}

/** The node filter first, as the reference does. */
function toFilters({ nodes = [], tags = {} }: Question): Uint8Array[] {
  const filters = Object.entries(tags).map(([tag, expression]) => encodeTagFilter(tag, expression));
  return nodes.length === 0 ? filters : [encodeNodeFilter(nodes), ...filters];
}
