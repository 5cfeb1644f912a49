import { ClusterError } from '../util/index.ts';
import { defaultRpcAddress } from './rpc-address.ts';
import type { RecordSink, RpcConnection } from './rpc-connection.ts';
import { dialRpc } from './rpc-dial.ts';
import { RpcKv } from './rpc-kv.ts';
import type {
  RpcCommand,
  RpcCoordinate,
  RpcKeysResponse,
  RpcMember,
  RpcQueryReply,
  RpcRecordBodies,
  RpcRequestBodies,
  RpcResponseBodies,
  RpcStats,
  RpcStreamRecord,
} from './rpc-messages.ts';
import type {
  RpcCallOptions,
  RpcConnectOptions,
  RpcEventOptions,
  RpcForceLeaveOptions,
  RpcJoinOptions,
  RpcMembersFilter,
  RpcQueryItem,
  RpcQueryOptions,
  RpcStatusOptions,
  RpcTagChanges,
} from './rpc-options.ts';
import { decodeRecord } from './rpc-protocol.ts';
import { decodeRpcJson, unsupportedAs } from './rpc-json.ts';
import type { RpcStatus } from './rpc-status-messages.ts';
import { RpcStream, type RpcStreamOptions } from './rpc-stream.ts';
import { askTelemetry, type RpcTelemetryOptions } from './rpc-telemetry.ts';
import type { RpcTelemetry } from './rpc-telemetry-messages.ts';
import { askViews, diffWaitMs, type RpcDiffOptions } from './rpc-views.ts';
import type { RpcDiff, RpcViews } from './rpc-views-messages.ts';
import { askTrace, type RpcTraceOptions, type RpcTraceRumor } from './rpc-trace.ts';
import type { RpcTraceReport } from './rpc-trace-messages.ts';
import { askWhy, type RpcWhyOptions } from './rpc-why.ts';
import type { RpcWhyReport } from './rpc-why-messages.ts';

const QUICK_TIMEOUT_MS = 10_000;
const SLOW_TIMEOUT_MS = 60_000;
/** The longest query of which the agent itself chose the time: its default grows with the logarithm of the pool. */
const DEFAULT_QUERY_MAX_MS = 120_000;
/** Timers hold no more than 2^31 - 1; half of it leaves room for sums. */
const TIMEOUT_MAX_MS = 1_000_000_000;
const QUERY_CAPACITY = 65_536;
const textEncoder = new TextEncoder();

/**
 * A connection to a Serf agent, stock or ours: all commands of its RPC, typed. What only ours know is {@link RpcClient.kv}.
 *
 * Errors are {@link ClusterError}s. `ERR_RPC`: the agent refused, the message is its text, and `cause` the body of its
 * answer if there was one. `ERR_RPC_CONNECTION`: the agent cannot be reached or the connection broke, which also ends
 * every stream. `ERR_TIMEOUT`: no answer in time; the connection stays usable, and the late answer is passed over.
 * `ERR_QUEUE_FULL`: more than 1,024 requests wait for their answers. An aborted signal rejects with its reason.
 *
 * @see serf.md §14
 */
export class RpcClient {
  /** Gossiped state: commands of our own, which only our agents know. */
  readonly kv: RpcKv;
  readonly #connection: RpcConnection;
  readonly #timeoutMs: number | undefined;

  private constructor(connection: RpcConnection, timeoutMs: number | undefined) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.kv = new RpcKv({
      call: (command, body, options, extraMs) => {
        const answerMs = options.timeoutMs ?? timeoutMs ?? QUICK_TIMEOUT_MS;
        return this.#call(command, body, { ...options, timeoutMs: answerMs + extraMs });
      },
      watch: (body, options, receive) => this.#open('hearsay/kv/1/watch', body, options, receive),
    });
  }

  /**
   * Connects, shakes hands and, with a key, authenticates.
   *
   * @throws {@link ClusterError} `ERR_ADDRESS`, `ERR_RPC_CONNECTION`, `ERR_TIMEOUT`, or `ERR_RPC` for a wrong key
   */
  static async connect(options: RpcConnectOptions = {}): Promise<RpcClient> {
    const address = options.address ?? defaultRpcAddress;
    checkTimeout(options.timeoutMs);
    const connection = await dialRpc(address, {
      ...(options.signedForm === undefined ? {} : { signedForm: options.signedForm }),
      timeoutMs: options.timeoutMs ?? QUICK_TIMEOUT_MS,
      signal: options.signal,
    });
    const client = new RpcClient(connection, options.timeoutMs);
    try {
      await client.#call('handshake', { version: 1 }, options);
      if (options.authKey !== undefined) await client.#call('auth', { authKey: options.authKey }, options);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Whether the connection has ended. */
  get isClosed(): boolean {
    return this.#connection.isClosed;
  }

  /** Records of streams that could not be decoded, and were dropped. */
  get refusedRecords(): number {
    return this.#connection.refusedRecords;
  }

  /** The members the agent knows of, in no order: all, or those that pass the filter. */
  async members(filter?: RpcMembersFilter, options: RpcCallOptions = {}): Promise<readonly RpcMember[]> {
    const { members } =
      filter === undefined
        ? await this.#call('members', undefined, options)
        : await this.#call(
            'members-filtered',
            { name: filter.name ?? '', status: filter.status ?? '', tags: filter.tags ?? {} },
            options,
          );
    return members ?? [];
  }

  /** Makes the agent join a pool. Resolves with how many of the addresses were reached; rejects when none was. */
  async join(addresses: readonly string[], options: RpcJoinOptions = {}): Promise<number> {
    const body = { existing: addresses, replay: options.replay ?? false };
    return (await this.#call('join', body, options, SLOW_TIMEOUT_MS)).num;
  }

  /** Makes the agent leave its pool and end. The connection closes after the answer. */
  async leave(options: RpcCallOptions = {}): Promise<void> {
    await this.#call('leave', undefined, options, SLOW_TIMEOUT_MS);
  }

  /** Declares a failed member to have left. Succeeds for unknown names too. */
  async forceLeave(node: string, options: RpcForceLeaveOptions = {}): Promise<void> {
    await this.#call('force-leave', { node, prune: options.prune ?? false }, options, SLOW_TIMEOUT_MS);
  }

  /** Fires a user event. A text is sent as UTF-8. */
  async event(name: string, payload?: string | Uint8Array, options: RpcEventOptions = {}): Promise<void> {
    await this.#call('event', { coalesce: options.coalesce ?? true, name, payload: toBytes(payload) }, options);
  }

  /**
   * Asks the pool. Resolves when the agent has sent the query out; the stream then brings acks and responses as they
   * arrive, and ends when the query's time is up. A query cannot be stopped: a loop that is left early only stops
   * listening.
   */
  async query(
    name: string,
    payload?: string | Uint8Array,
    options: RpcQueryOptions = {},
  ): Promise<RpcStream<RpcQueryItem>> {
    const body = {
      filterNodes: options.nodes ?? null,
      filterTags: options.tags ?? null,
      name,
      payload: toBytes(payload),
      relayFactor: options.relayFactor ?? 0,
      requestAck: options.requestAck ?? false,
      timeoutNs: Math.round((options.timeoutMs ?? 0) * 1_000_000),
    };
    checkRelayFactor(body.relayFactor);
    checkTimeout(options.timeoutMs);
    const streamOptions: RpcStreamOptions = { capacity: QUERY_CAPACITY, overflow: 'error', ...options };
    const stream = await this.#open('query', body, streamOptions, receiveReply);
    stream.expectEndWithin((options.timeoutMs || DEFAULT_QUERY_MAX_MS) + (this.#timeoutMs ?? QUICK_TIMEOUT_MS));
    return stream;
  }

  /** Answers a query that came on a {@link stream} of this connection, by the `id` of its record. */
  async respond(id: number, payload?: string | Uint8Array, options: RpcCallOptions = {}): Promise<void> {
    await this.#call('respond', { id, payload: toBytes(payload) }, options);
  }

  /** Changes the agent's tags. */
  async tags(changes: RpcTagChanges, options: RpcCallOptions = {}): Promise<void> {
    await this.#call('tags', { deleteTags: changes.delete ?? null, tags: changes.set ?? {} }, options, SLOW_TIMEOUT_MS);
  }

  /**
   * Events from now on. `types` is an event filter as of event handlers, or several: `member-join`, `user:deploy`,
   * `query`. Default: all.
   */
  stream(types: string | readonly string[] = '*', options: RpcStreamOptions = {}): Promise<RpcStream<RpcStreamRecord>> {
    const type = typeof types === 'string' ? types : types.join(',');
    return this.#open('stream', { type }, options, (stream, record, sizeBytes) => stream.push(record, sizeBytes));
  }

  /**
   * Log lines without line ends: first the agent's last (up to 512), then new ones. One at a time on a connection.
   * Levels are trace, debug, info, warn and err.
   */
  monitor(logLevel: string = 'info', options: RpcStreamOptions = {}): Promise<RpcStream<string>> {
    return this.#open('monitor', { logLevel }, options, (stream, { log }, sizeBytes) => stream.push(log, sizeBytes));
  }

  /** Groups of figures and settings, all as text: agent, runtime, serf, tags, event_handlers. */
  async stats(options: RpcCallOptions = {}): Promise<RpcStats> {
    return await this.#call('stats', undefined, options);
  }

  /** The network coordinate of a member; undefined when there is none, as with unknown names. */
  async coordinate(node: string, options: RpcCallOptions = {}): Promise<RpcCoordinate | undefined> {
    const { coord, ok } = await this.#call('get-coordinate', { node }, options);
    return ok ? coord : undefined;
  }

  /**
   * Sends an event or a write like any other, and finds out how it went through the cluster: who heard it when and from
   * whom, how that compares with theory, and why somebody was late. A command of our own.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when the agent takes no part in gossiped state, or is a stock one, which
   * then closes the connection
   */
  trace(rumor: RpcTraceRumor, options: RpcTraceOptions = {}): Promise<RpcTraceReport> {
    return askTrace(
      (body, extraMs) => this.#call('hearsay/trace/1/run', body, options, QUICK_TIMEOUT_MS, extraMs),
      rumor,
      options,
    );
  }

  /**
   * Finds out why a member was accused, or went: what the agent, the accusers, the member itself and some others recorded,
   * and what that amounts to. A command of our own.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when the agent is a stock one, which then closes the connection
   */
  why(node: string, options: RpcWhyOptions = {}): Promise<RpcWhyReport> {
    return askWhy(
      (body, extraMs) => this.#call('hearsay/why/1/ask', body, options, QUICK_TIMEOUT_MS, extraMs),
      node,
      options,
    );
  }

  /**
   * Metrics of all members, as the agent knows them or finds them out. A command of our own.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when the agent has no telemetry, or is a stock one, which then closes the
   * connection
   */
  telemetry(options: RpcTelemetryOptions = {}): Promise<RpcTelemetry> {
    return askTelemetry(
      (body, extraMs) => this.#call('hearsay/telemetry/1/read', body, options, QUICK_TIMEOUT_MS, extraMs),
      options,
    );
  }

  /**
   * Which members believe the same of who is live, as far as the agent has heard. A command of our own.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when the agent takes no part in gossiped state, or is a stock one, which
   * then closes the connection
   */
  views(options: RpcCallOptions = {}): Promise<RpcViews> {
    return askViews('views', this.#call('hearsay/views/1/read', undefined, options));
  }

  /**
   * Where two members disagree about all members: the agent asks both. A command of our own.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` as {@link RpcClient.views}
   */
  diff(a: string, b: string, options: RpcDiffOptions = {}): Promise<RpcDiff> {
    const { waitMs = diffWaitMs } = options;
    const body = { a, b, waitMs: Math.ceil(waitMs) };
    return askViews('differences', this.#call('hearsay/views/1/diff', body, options, QUICK_TIMEOUT_MS, waitMs));
  }

  /**
   * How the agent is: traffic, queues, health, state, its members with what they are and why, and what changed last. A
   * command of our own.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when the agent is a stock one, which then closes the connection
   */
  async status(options: RpcStatusOptions = {}): Promise<RpcStatus> {
    const { membersMax = 0 } = options;
    checkMembersMax(membersMax);
    try {
      const { status } = await this.#call('hearsay/status/1/read', { membersMax }, options);
      return decodeRpcJson('status', status);
    } catch (error) {
      throw unsupportedAs('this agent does not tell its status: it is one of Serf, or of an earlier hearsay', error);
    }
  }

  /**
   * Gives every member a further key (base64). The four key methods reject with `ERR_RPC` unless every member has
   * done it; then `cause` is the {@link RpcKeysResponse}, unless the agent could not even ask.
   */
  async installKey(key: string, options: RpcCallOptions = {}): Promise<RpcKeysResponse> {
    return await this.#call('install-key', { key }, options, SLOW_TIMEOUT_MS);
  }

  /** Makes every member encrypt with a key that all have. */
  async useKey(key: string, options: RpcCallOptions = {}): Promise<RpcKeysResponse> {
    return await this.#call('use-key', { key }, options, SLOW_TIMEOUT_MS);
  }

  /** Makes every member forget a key that none encrypts with. */
  async removeKey(key: string, options: RpcCallOptions = {}): Promise<RpcKeysResponse> {
    return await this.#call('remove-key', { key }, options, SLOW_TIMEOUT_MS);
  }

  /** Which keys the members have, and how many have each. */
  async listKeys(options: RpcCallOptions = {}): Promise<RpcKeysResponse> {
    return await this.#call('list-keys', undefined, options, SLOW_TIMEOUT_MS);
  }

  /** Ends the connection at once: calls reject with `ERR_RPC_CONNECTION`, streams end. May be called again. */
  close(): void {
    this.#connection.finish(new ClusterError('ERR_RPC_CONNECTION', 'this side has closed the connection'), true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** `extraMs` is for what the agent itself waits for, beside the time that it has to answer. */
  #call<Command extends RpcCommand>(
    command: Command,
    body: RpcRequestBodies[Command],
    options: RpcCallOptions,
    defaultTimeoutMs: number = QUICK_TIMEOUT_MS,
    extraMs: number = 0,
  ): Promise<RpcResponseBodies[Command]> {
    checkTimeout(options.timeoutMs);
    const timeoutMs = (options.timeoutMs ?? this.#timeoutMs ?? defaultTimeoutMs) + extraMs;
    return this.#connection.call(command, body, { timeoutMs, signal: options.signal });
  }

  async #open<Kind extends keyof RpcRecordBodies, Item>(
    kind: Kind,
    body: RpcRequestBodies[Kind],
    options: RpcStreamOptions,
    receive: (stream: RpcStream<Item>, record: RpcRecordBodies[Kind], sizeBytes: number) => void,
  ): Promise<RpcStream<Item>> {
    const isStoppable = kind !== 'query';
    let seq: number | undefined;
    const stream = new RpcStream<Item>(options, () => {
      if (seq !== undefined) this.#connection.closeStream(seq, isStoppable);
    });
    const sink: RecordSink = {
      isStoppable,
      onOpen: (opened) => (seq = opened),
      receive: (value) => {
        const record = decodeRecord(kind, value);
        if (record.ok) receive(stream, record.value, value.length);
        return record.ok;
      },
      onEnd: (failure) => stream.end(failure),
    };
    try {
      const wait = { timeoutMs: this.#timeoutMs ?? QUICK_TIMEOUT_MS, signal: options.signal };
      await this.#connection.call(kind, body, wait, sink);
      return stream;
    } catch (error) {
      stream.end();
      throw error;
    }
  }
}

/** Agents may send records from nobody in the last moment of a query: they say nothing. */
function receiveReply(stream: RpcStream<RpcQueryItem>, reply: RpcQueryReply, sizeBytes: number): void {
  const { type, from, payload } = reply;
  if (type === 'done') stream.end();
  else if ((type === 'ack' || type === 'response') && from !== '') stream.push({ type, from, payload }, sizeBytes);
}

/** Absent is nil, which `_serf_ping` needs; an empty text is zero bytes. */
function toBytes(payload: string | Uint8Array | undefined): Uint8Array | null {
  return typeof payload === 'string' ? textEncoder.encode(payload) : (payload ?? null);
}

function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (timeoutMs >= 0 && timeoutMs <= TIMEOUT_MAX_MS)) return;
  throw new ClusterError('ERR_CONFIG', `timeoutMs is ${timeoutMs}, it must be 0 to ${TIMEOUT_MAX_MS}`);
}

function checkMembersMax(membersMax: number): void {
  if (Number.isSafeInteger(membersMax) && membersMax >= 0) return;
  throw new ClusterError('ERR_CONFIG', `membersMax is ${membersMax}, it must be a whole number of 0 or more`);
}

function checkRelayFactor(relayFactor: number): void {
  if (Number.isInteger(relayFactor) && relayFactor >= 0 && relayFactor <= 255) return;
  throw new ClusterError('ERR_CONFIG', `relayFactor is ${relayFactor}, it must be a whole number of 0 to 255`);
}
