import {
  ClusterError,
  type Cluster,
  type DiffBelief,
  type QueryAnswer,
  type TraceOptions,
  type WhyReport,
} from 'hearsay';
import type { RpcDiff, RpcDiffBelief, RpcStatus, RpcTelemetry, RpcTraceReport, RpcViews } from 'hearsay/client';
import type { AgentEvents } from './agent-events.ts';
import type { AgentLog, LeveledLogger } from './agent-log.ts';
import { agentStats } from './agent-stats.ts';
import { agentStatus } from './agent-status.ts';
import { decodeKeyOfAnyLength } from './encryption-key.ts';
import type { EventHandler } from './event-filter.ts';
import { joinErrorText } from './join-errors.ts';
import { LoopWatch } from './loop-watch.ts';
import type {
  AgentApi,
  AgentCoordinate,
  AgentEvent,
  AgentKeysResult,
  AgentMember,
  AgentQuery,
} from './rpc/agent-api.ts';
import type { AgentKv } from './rpc/agent-kv.ts';
import { TaskQueue } from './task-queue.ts';
import { reportTelemetry, type TelemetryQuestion } from './telemetry-report.ts';

/** What RPC's view of an agent is made of. */
export interface ClusterApiParts {
  readonly cluster: Cluster;
  readonly events: AgentEvents;
  readonly log: AgentLog;
  readonly broadcastTimeoutMs: number;
  readonly handlers: () => readonly EventHandler[];
  /** Keeps the tags for the next start; undefined when they are not kept. */
  readonly saveTags: ((tags: Readonly<Record<string, string>>) => void) | undefined;
  /** Undefined: none is kept. */
  readonly kv: AgentKv | undefined;
  /** Called when a leave begins, whoever has asked for it. */
  readonly onLeave: () => void;
  readonly shutdown: () => void;
}

/** Tags tell all that there is in a Serf pool. */
function withoutMeta(belief: DiffBelief | undefined): RpcDiffBelief | undefined {
  if (belief === undefined) return undefined;
  const { state, address, incarnation, tags } = belief;
  return { state, address, incarnation, tags };
}

/** A cluster as RPC sees it: Serf's texts for what goes wrong, in the answers and in the log. */
export class ClusterApi implements AgentApi {
  readonly #parts: ClusterApiParts;
  readonly #logger: LeveledLogger;
  /** Tags are read, changed and written as one. */
  readonly #tagChanges: TaskQueue = new TaskQueue();
  /** Serf allows one change of keys at a time. */
  readonly #keyChanges: TaskQueue = new TaskQueue();
  readonly #loop: LoopWatch = new LoopWatch();
  #leaving: Promise<void> | undefined;

  constructor(parts: ClusterApiParts) {
    this.#parts = parts;
    this.#logger = parts.log.logger('agent');
  }

  get kv(): AgentKv | undefined {
    return this.#parts.kv;
  }

  get logs(): AgentApi['logs'] {
    return this.#parts.log.ring;
  }

  members(): readonly AgentMember[] {
    return this.#parts.cluster.allMembers;
  }

  async join(
    addresses: readonly string[],
    replay: boolean,
  ): Promise<{ readonly joinedCount: number; readonly error?: string }> {
    this.#logger.info({}, `joining: [${addresses.join(' ')}] replay: ${replay}`);
    try {
      const { joinedCount } = await this.#parts.cluster.join(addresses, { replay });
      this.#logger.info({}, `joined: ${joinedCount} nodes`);
      return { joinedCount };
    } catch (error) {
      const text = joinErrorText(error) ?? (error as Error).message;
      this.#logger.warn({}, `error joining: ${text}`);
      return { joinedCount: 0, error: text };
    }
  }

  /** Who asks while a leave is under way waits for that one: an error would let the agent end in the middle of it. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave().finally(() => (this.#leaving = undefined));
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    this.#parts.onLeave();
    this.#logger.info({}, 'requesting graceful leave from Serf');
    const { cluster, broadcastTimeoutMs } = this.#parts;
    const { spread } = await cluster.leave({ timeoutMs: broadcastTimeoutMs });
    if (!spread) this.#logger.warn({ broadcastTimeoutMs }, 'the goodbye has not spread in time');
  }

  shutdown(): void {
    this.#parts.shutdown();
  }

  async forceLeave(name: string, prune: boolean): Promise<void> {
    this.#logger.info({}, `Force leaving node${prune ? ' (prune)' : ''}: ${name}`);
    const { cluster, broadcastTimeoutMs } = this.#parts;
    const { spread } = await cluster.forceLeave(name, { prune, timeoutMs: broadcastTimeoutMs });
    if (!spread) throw new ClusterError('ERR_TIMEOUT', 'timed out broadcasting node removal');
  }

  async changeTags(deleted: readonly string[], added: Readonly<Record<string, string>>): Promise<void> {
    await this.#tagChanges.run(async () => {
      const kept = Object.entries(this.#parts.cluster.tags).filter(([tag]) => !deleted.includes(tag));
      await this.#setTags(Object.fromEntries([...kept, ...Object.entries(added)]));
    });
  }

  /** Replaces all tags. */
  async replaceTags(tags: Readonly<Record<string, string>>): Promise<void> {
    await this.#tagChanges.run(() => this.#setTags(tags));
  }

  /** The file comes first, so that nobody hears of tags that a crash would take back; unless they are refused. */
  async #setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    const { cluster, saveTags, broadcastTimeoutMs } = this.#parts;
    const before = cluster.tags;
    saveTags?.(tags);
    const { spread } = await cluster.setTags(tags, { timeoutMs: broadcastTimeoutMs }).catch((error: unknown) => {
      saveTags?.(before);
      throw error;
    });
    // They are in force, here and in the file, and others will hear of them with the next exchange of states.
    if (!spread) throw new ClusterError('ERR_TIMEOUT', 'timeout waiting for update broadcast');
  }

  event(name: string, payload: Uint8Array, coalesce: boolean): void {
    this.#logger.debug(
      {},
      `Requesting user event send: ${name}. Coalesced: ${coalesce}. Payload: ${payload.length} bytes`,
    );
    this.#warned('failed to send user event', () => this.#parts.cluster.event(name, payload, { coalesce }));
  }

  query(query: AgentQuery, signal: AbortSignal): AsyncIterable<QueryAnswer> {
    const { name, payload, filterNodes, filterTags, requestAck, relayFactor, timeoutMs } = query;
    return this.#warned('failed to start user query', () => {
      const asked = this.#parts.cluster.query(name, payload, {
        ...(filterNodes.length > 0 && { nodes: filterNodes }),
        ...(Object.keys(filterTags).length > 0 && { tags: filterTags }),
        timeoutMs,
        requestAck,
        relayFactor,
        signal,
      });
      asked.summary.catch(() => {}); // told to who reads the answers
      return asked;
    });
  }

  async changeKey(change: 'install' | 'use' | 'remove', key: string): Promise<AgentKeysResult> {
    this.#logger.info({}, `Initiating key ${change}`);
    // One of a wrong length is the members' to refuse.
    const decoded = decodeKeyOfAnyLength(key);
    if (!decoded.ok) throw new ClusterError('ERR_KEY_LENGTH', decoded.problem);
    return this.#keyChanges.run(() => this.#parts.cluster.keys[change](decoded.key));
  }

  async listKeys(): Promise<AgentKeysResult> {
    this.#logger.info({}, 'Initiating key listing');
    return this.#keyChanges.run(() => this.#parts.cluster.keys.list());
  }

  stats(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return agentStats(this.#parts.cluster, this.#parts.handlers());
  }

  coordinate(name: string): AgentCoordinate | undefined {
    const { cluster } = this.#parts;
    return name === cluster.name ? cluster.coordinate : cluster.coordinateOf(name);
  }

  why(name: string, options: { readonly atMs?: number; readonly timeoutMs?: number }): Promise<WhyReport> {
    return this.#parts.cluster.why(name, options);
  }

  views(): RpcViews {
    return { node: this.#parts.cluster.name, ...this.#parts.cluster.views() };
  }

  async diff(a: string, b: string, timeoutMs: number | undefined): Promise<RpcDiff> {
    const diff = await this.#parts.cluster.diff(a, b, timeoutMs === undefined ? {} : { timeoutMs });
    const differences = diff.differences.map((each) => ({ ...each, a: withoutMeta(each.a), b: withoutMeta(each.b) }));
    return { ...diff, differences };
  }

  trace(kind: 'event' | 'kv', name: string, value: Uint8Array, options: TraceOptions): Promise<RpcTraceReport> {
    const rumor = kind === 'event' ? { event: name, payload: value } : { key: name, value };
    return this.#parts.cluster.trace(rumor, options);
  }

  async telemetry(question: TelemetryQuestion): Promise<RpcTelemetry> {
    return reportTelemetry(this.#parts.cluster, question);
  }

  status(membersMax: number): RpcStatus {
    return agentStatus({ cluster: this.#parts.cluster, loopDelay: this.#loop.look(), membersMax });
  }

  subscribe(listener: (event: AgentEvent) => void): () => void {
    return this.#parts.events.subscribe(listener);
  }

  #warned<Result>(what: string, action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      this.#logger.warn({}, `${what}: ${(error as Error).message}`);
      throw error;
    }
  }
}
