import {
  ClusterError,
  type RpcDiff,
  type RpcStatus,
  type RpcTelemetry,
  type RpcTraceReport,
  type RpcViews,
  type RpcWhyReport,
} from 'hearsay/client';
import type {
  AgentApi,
  AgentCoordinate,
  AgentEvent,
  AgentKeysResult,
  AgentMember,
  AgentQuery,
  QueryRecord,
} from '../../packages/agent/src/agent/rpc/agent-api.ts';
import type { TelemetryQuestion } from '../../packages/agent/src/agent/telemetry-report.ts';
import type { AgentKv } from '../../packages/agent/src/agent/rpc/agent-kv.ts';
import { LogRing } from '../../packages/agent/src/agent/log-ring.ts';

/** An agent that does nothing but what a test tells it, and keeps what it was asked for. */
export class ScriptedAgent implements AgentApi {
  readonly logs: LogRing = new LogRing();
  kv: AgentKv | undefined;
  /** Each call, as `name(arguments in JSON)`. */
  readonly calls: string[] = [];
  /** What the next call of that name fails with. */
  readonly failures: Map<string, Error> = new Map();
  memberList: readonly AgentMember[] = [];
  joinResult: { readonly joinedCount: number; readonly error?: string } = { joinedCount: 0 };
  keysResult: AgentKeysResult = {
    nodeCount: 0,
    responseCount: 0,
    errorCount: 0,
    messages: {},
    keys: undefined,
    error: undefined,
  };
  statistics: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
  /** What `trace` resolves to. */
  traceReport: RpcTraceReport | undefined;
  /** What `why` resolves to. */
  whyReport: RpcWhyReport | undefined;
  /** What `views` returns, and `diff` resolves to. */
  viewsReport: RpcViews | undefined;
  diffReport: RpcDiff | undefined;
  /** What `telemetry` resolves to. */
  telemetryReport: RpcTelemetry | undefined;
  /** What `status` returns. */
  statusReport: RpcStatus | undefined;
  coordinates: Map<string, AgentCoordinate> = new Map();
  /** The queries that were asked and have not been ended. */
  readonly queries: OpenQuery[] = [];
  /** Awaited by `leave`. */
  leaving: Promise<void> = Promise.resolve();
  onShutdown: () => void = () => {};
  readonly #listeners: Set<(event: AgentEvent) => void> = new Set();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  emit(event: AgentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  members(): readonly AgentMember[] {
    return this.memberList;
  }

  async join(addresses: readonly string[], replay: boolean): Promise<typeof this.joinResult> {
    this.#call('join', addresses, replay);
    return this.joinResult;
  }

  async trace(
    kind: 'event' | 'kv',
    name: string,
    value: Uint8Array,
    options: { readonly loss?: number; readonly timeoutMs?: number },
  ): Promise<RpcTraceReport> {
    this.#call('trace', kind, name, value, options);
    if (this.traceReport === undefined) throw new Error('the test has set no report');
    return this.traceReport;
  }

  async why(name: string, options: { readonly atMs?: number; readonly timeoutMs?: number }): Promise<RpcWhyReport> {
    this.#call('why', name, options);
    if (this.whyReport === undefined) throw new Error('the test has set no report');
    return this.whyReport;
  }

  views(): RpcViews {
    this.#call('views');
    if (this.viewsReport === undefined) throw new ClusterError('ERR_UNSUPPORTED', 'the test has set no views');
    return this.viewsReport;
  }

  async telemetry(question: TelemetryQuestion): Promise<RpcTelemetry> {
    this.#call('telemetry', question);
    if (this.telemetryReport === undefined) throw new ClusterError('ERR_UNSUPPORTED', 'the test has set no telemetry');
    return this.telemetryReport;
  }

  async diff(a: string, b: string, timeoutMs: number | undefined): Promise<RpcDiff> {
    this.#call('diff', a, b, timeoutMs);
    if (this.diffReport === undefined) throw new Error('the test has set no differences');
    return this.diffReport;
  }

  status(membersMax: number): RpcStatus {
    this.#call('status', membersMax);
    if (this.statusReport === undefined) throw new Error('the test has set no status');
    return this.statusReport;
  }

  async leave(): Promise<void> {
    this.#call('leave');
    await this.leaving;
  }

  shutdown(): void {
    this.#call('shutdown');
    this.onShutdown();
  }

  async forceLeave(name: string, prune: boolean): Promise<void> {
    this.#call('forceLeave', name, prune);
  }

  async changeTags(deleted: readonly string[], added: Readonly<Record<string, string>>): Promise<void> {
    this.#call('changeTags', deleted, added);
  }

  event(name: string, payload: Uint8Array, coalesce: boolean): void {
    this.#call('event', name, Buffer.from(payload).toString(), coalesce);
  }

  query(query: AgentQuery, signal: AbortSignal): AsyncIterable<QueryRecord> {
    const { payload, ...rest } = query;
    this.#call('query', rest, payload && Buffer.from(payload).toString());
    const open = new OpenQuery(signal);
    this.queries.push(open);
    return open;
  }

  async changeKey(change: 'install' | 'use' | 'remove', key: string): Promise<AgentKeysResult> {
    this.#call('changeKey', change, key);
    return this.keysResult;
  }

  async listKeys(): Promise<AgentKeysResult> {
    this.#call('listKeys');
    return this.keysResult;
  }

  stats(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return this.statistics;
  }

  coordinate(name: string): AgentCoordinate | undefined {
    return this.coordinates.get(name);
  }

  subscribe(listener: (event: AgentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #call(name: string, ...args: readonly unknown[]): void {
    this.calls.push(`${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
    const failure = this.failures.get(name);
    this.failures.delete(name);
    if (failure !== undefined) throw failure;
  }
}

/** A query whose answers the test gives. */
export class OpenQuery implements AsyncIterable<QueryRecord> {
  readonly signal: AbortSignal;
  readonly #records: QueryRecord[] = [];
  #isOver: boolean = false;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  push(record: QueryRecord): void {
    this.#records.push(record);
    this.#wake();
  }

  /** The time is up. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<QueryRecord> {
    for (;;) {
      this.signal.throwIfAborted();
      const record = this.#records.shift();
      if (record !== undefined) yield record;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
