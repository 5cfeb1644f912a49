import type { RpcDiff, RpcStatus, RpcTelemetry, RpcTraceReport, RpcViews, RpcWhyReport } from 'hearsay/client';
import type { MemberEventKind } from '../event-filter.ts';
import type { LogRing } from '../log-ring.ts';
import type { TelemetryQuestion } from '../telemetry-report.ts';
import type { AgentKv } from './agent-kv.ts';

/** A member as RPC shows it. What a `Cluster` lists fits as it is. */
export interface AgentMember {
  readonly name: string;
  /** The address as it came on the wire: 4 or 16 bytes from a correct member. */
  readonly addr: Uint8Array;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: string;
  readonly versions: {
    readonly protocolMin: number;
    readonly protocolMax: number;
    readonly protocolCurrent: number;
    readonly delegateMin: number;
    readonly delegateMax: number;
    readonly delegateCurrent: number;
  };
}

/** What happened in the pool, as handlers and streams get it: after coalescing. */
export type AgentEvent =
  | {
      readonly type: MemberEventKind;
      readonly members: readonly AgentMember[];
    }
  | {
      readonly type: 'user';
      readonly name: string;
      readonly payload: Uint8Array;
      readonly ltime: number;
      readonly coalesce: boolean;
    }
  | {
      readonly type: 'query';
      readonly name: string;
      readonly payload: Uint8Array;
      readonly ltime: number;
      /** When it came, by `performance.now()`. */
      readonly receivedAtMs: number;
      /** How long after that it may be answered. */
      readonly timeoutMs: number;
      /** @throws ClusterError when it is too long, too late, or not the first answer */
      respond(payload: Uint8Array): void;
    };

/** What a client wants to ask the members. */
export interface AgentQuery {
  readonly name: string;
  /** Undefined: none at all, which `_serf_ping` tells from an empty one. */
  readonly payload: Uint8Array | undefined;
  /** Empty: all. */
  readonly filterNodes: readonly string[];
  /** Tag to expression. */
  readonly filterTags: Readonly<Record<string, string>>;
  readonly requestAck: boolean;
  readonly relayFactor: number;
  /** 0: Serf's default for a pool of this size. */
  readonly timeoutMs: number;
}

/** What comes back while a query is open. */
export interface QueryRecord {
  readonly type: 'ack' | 'response';
  readonly from: string;
  readonly payload?: Uint8Array;
}

/** What came of a cluster-wide change or listing of keys. */
export interface AgentKeysResult {
  readonly nodeCount: number;
  readonly responseCount: number;
  readonly errorCount: number;
  /** Errors and notes, by member. */
  readonly messages: Readonly<Record<string, string>>;
  /** `list` only: base64 key to how many members have it. */
  readonly keys: Readonly<Record<string, number>> | undefined;
  /** Serf's text when not all members reported success. */
  readonly error: string | undefined;
}

/** A network coordinate, in seconds. */
export interface AgentCoordinate {
  readonly vec: readonly number[];
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
}

/**
 * All that RPC can do with an agent. Errors are thrown or rejected as `ClusterError`; their texts are Serf's, for
 * the stock command shows them.
 */
export interface AgentApi {
  /** All members that are remembered. */
  members(): readonly AgentMember[];
  /** Resolves to how many addresses answered, and to Serf's text when none did. */
  join(
    addresses: readonly string[],
    replay: boolean,
  ): Promise<{ readonly joinedCount: number; readonly error?: string }>;
  /** Says goodbye and waits until that has spread. The agent runs on until {@link AgentApi.shutdown}. */
  leave(): Promise<void>;
  /** Ends the agent. Called when the answer to `leave` is on its way. */
  shutdown(): void;
  forceLeave(name: string, prune: boolean): Promise<void>;
  /** Takes `deleted` away, then adds `added`. */
  changeTags(deleted: readonly string[], added: Readonly<Record<string, string>>): Promise<void>;
  event(name: string, payload: Uint8Array, coalesce: boolean): void;
  /** Ends when the time is up, or at once with `signal`. */
  query(query: AgentQuery, signal: AbortSignal): AsyncIterable<QueryRecord>;
  /** `key` in base64. Rejects when it is none; what the members say is in the result. */
  changeKey(change: 'install' | 'use' | 'remove', key: string): Promise<AgentKeysResult>;
  listKeys(): Promise<AgentKeysResult>;
  /** Groups of texts: agent, runtime, serf, tags, event_handlers. */
  stats(): Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of a member, or undefined when none is known. */
  coordinate(name: string): AgentCoordinate | undefined;
  /** Why a member was accused, or went. @throws ClusterError */
  why(name: string, options: { readonly atMs?: number; readonly timeoutMs?: number }): Promise<RpcWhyReport>;
  /** Who believes what. @throws ClusterError */
  views(): RpcViews;
  /** Where two members disagree. @throws ClusterError */
  diff(a: string, b: string, timeoutMs: number | undefined): Promise<RpcDiff>;
  /** Sends a rumor and finds out how it went. @throws ClusterError */
  trace(
    kind: 'event' | 'kv',
    name: string,
    value: Uint8Array,
    options: { readonly loss?: number; readonly timeoutMs?: number },
  ): Promise<RpcTraceReport>;
  /** Metrics of all members. @throws ClusterError */
  telemetry(question: TelemetryQuestion): Promise<RpcTelemetry>;
  /** How the agent is, and so many of its members, the worst first. */
  status(membersMax: number): RpcStatus;
  /** Gossiped state; undefined when the agent keeps none. */
  readonly kv: AgentKv | undefined;
  /** The last lines of the log, and those to come. */
  readonly logs: Pick<LogRing, 'subscribe'>;
  /** Calls `listener` with each event until the returned function is called. */
  subscribe(listener: (event: AgentEvent) => void): () => void;
}
