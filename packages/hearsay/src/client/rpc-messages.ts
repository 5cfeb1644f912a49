import type { RpcKvChangeRecord, RpcKvRequestBodies, RpcKvResponseBodies } from './rpc-kv-messages.ts';
import type { RpcStatusRequest, RpcStatusResponse } from './rpc-status-messages.ts';
import type { RpcTelemetryRequest, RpcTelemetryResponse } from './rpc-telemetry-messages.ts';
import type { RpcDiffRequest, RpcViewsResponse } from './rpc-views-messages.ts';
import type { RpcTraceRequest, RpcTraceResponse } from './rpc-trace-messages.ts';
import type { RpcWhyRequest, RpcWhyResponse } from './rpc-why-messages.ts';

/** A header in front of every request. */
export interface RpcRequestHeader {
  readonly command: string;
  /** Chosen by the client and echoed; up to 2^53 - 1. */
  readonly seq: number;
}

/** A header in front of every answer and of every record. */
export interface RpcResponseHeader {
  /** Empty for success. */
  readonly error: string;
  readonly seq: number;
}

/** First on every connection. The only version there is is 1. */
export interface RpcHandshakeRequest {
  readonly version: number;
}

/** Needed once on a connection to an agent that has an RPC auth key. */
export interface RpcAuthRequest {
  readonly authKey: string;
}

/** Fire a user event. */
export interface RpcEventRequest {
  /** Whether receivers may join several of this name into the latest. */
  readonly coalesce: boolean;
  readonly name: string;
  readonly payload: Uint8Array | null;
}

/** Declare a failed member to have left. */
export interface RpcForceLeaveRequest {
  readonly node: string;
  /** Forget it entirely. */
  readonly prune: boolean;
}

/** Join the pool through any of these addresses. */
export interface RpcJoinRequest {
  readonly existing: readonly string[] | null;
  /** Whether user events from before the join are delivered. */
  readonly replay: boolean;
}

/** Which members to list: each text is a regular expression for all of the value; all must match. */
export interface RpcMembersFilteredRequest {
  readonly name: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>> | null;
}

/** Change the agent's tags: first those of `deleteTags` go, then `tags` are set. */
export interface RpcTagsRequest {
  readonly deleteTags: readonly string[] | null;
  readonly tags: Readonly<Record<string, string>> | null;
}

/** Hear of events. */
export interface RpcStreamRequest {
  /** An event filter as of event handlers, such as `member-join,user:deploy`; empty for all. */
  readonly type: string;
}

/** Hear of log lines. */
export interface RpcMonitorRequest {
  /** TRACE, DEBUG, INFO, WARN or ERR, in any case. */
  readonly logLevel: string;
}

/** End the stream or monitor that was opened with that `seq`. */
export interface RpcStopRequest {
  readonly stop: number;
}

/** Ask the pool. */
export interface RpcQueryRequest {
  readonly filterNodes: readonly string[] | null;
  /** A regular expression for each tag. */
  readonly filterTags: Readonly<Record<string, string>> | null;
  readonly name: string;
  readonly payload: Uint8Array | null;
  /** How many members carry each answer a second time, 0 to 255. */
  readonly relayFactor: number;
  readonly requestAck: boolean;
  /** 0 for the agent's default. */
  readonly timeoutNs: number;
}

/** Answer a query that came on a stream. */
export interface RpcRespondRequest {
  /** From the query's record, of the same connection. */
  readonly id: number;
  readonly payload: Uint8Array | null;
}

/** A key for all members. */
export interface RpcKeyRequest {
  /** Base64. */
  readonly key: string;
}

/** Where a member is in the space of round trips. */
export interface RpcCoordinateRequest {
  readonly node: string;
}

/** The body of each request, undefined where there is none. */
export interface RpcRequestBodies extends RpcKvRequestBodies {
  readonly 'hearsay/status/1/read': RpcStatusRequest;
  readonly 'hearsay/telemetry/1/read': RpcTelemetryRequest;
  readonly 'hearsay/views/1/diff': RpcDiffRequest;
  readonly 'hearsay/views/1/read': undefined;
  readonly 'hearsay/trace/1/run': RpcTraceRequest;
  readonly 'hearsay/why/1/ask': RpcWhyRequest;
  readonly handshake: RpcHandshakeRequest;
  readonly auth: RpcAuthRequest;
  readonly event: RpcEventRequest;
  readonly 'force-leave': RpcForceLeaveRequest;
  readonly join: RpcJoinRequest;
  readonly members: undefined;
  readonly 'members-filtered': RpcMembersFilteredRequest;
  readonly tags: RpcTagsRequest;
  readonly stream: RpcStreamRequest;
  readonly monitor: RpcMonitorRequest;
  readonly stop: RpcStopRequest;
  readonly leave: undefined;
  readonly query: RpcQueryRequest;
  readonly respond: RpcRespondRequest;
  readonly 'install-key': RpcKeyRequest;
  readonly 'use-key': RpcKeyRequest;
  readonly 'remove-key': RpcKeyRequest;
  readonly 'list-keys': undefined;
  readonly stats: undefined;
  readonly 'get-coordinate': RpcCoordinateRequest;
}

/** Every command of Serf's protocol, and ours. */
export type RpcCommand = keyof RpcRequestBodies;

/** A member as the agent shows it. */
export interface RpcMember {
  /** 4 or 16 bytes. */
  readonly addr: Uint8Array | null;
  /** Serf's protocol version, spoken and understood. */
  readonly delegateCur: number;
  readonly delegateMax: number;
  readonly delegateMin: number;
  readonly name: string;
  readonly port: number;
  /** memberlist's protocol version, spoken and understood. */
  readonly protocolCur: number;
  readonly protocolMax: number;
  readonly protocolMin: number;
  /** `none`, `alive`, `leaving`, `left` or `failed`. */
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** How many of the addresses were joined. */
export interface RpcJoinResponse {
  readonly num: number;
}

/** The members, in no order. */
export interface RpcMembersResponse {
  readonly members: readonly RpcMember[] | null;
}

/** What became of a key operation. Comes with errors too. */
export interface RpcKeysResponse {
  /** Only of list-keys: how many members have each key, in base64. */
  readonly keys: Readonly<Record<string, number>> | null;
  /** What members had to say, by name. */
  readonly messages: Readonly<Record<string, string>> | null;
  /** How many members failed. */
  readonly numErr: number;
  /** How many members there are. */
  readonly numNodes: number;
  /** How many answered. */
  readonly numResp: number;
}

/** Groups of figures and settings, all as text: agent, runtime, serf, tags, event_handlers. */
export type RpcStats = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A network coordinate; adjustment, error and height in seconds. */
export interface RpcCoordinate {
  readonly adjustment: number;
  readonly error: number;
  readonly height: number;
  readonly vec: readonly number[] | null;
}

/** The coordinate, meaningless unless `ok`. */
export interface RpcCoordinateResponse {
  readonly coord: RpcCoordinate;
  readonly ok: boolean;
}

/** The body of each answer, undefined where there is none. */
export interface RpcResponseBodies extends RpcKvResponseBodies {
  readonly 'hearsay/status/1/read': RpcStatusResponse;
  readonly 'hearsay/telemetry/1/read': RpcTelemetryResponse;
  readonly 'hearsay/views/1/diff': RpcViewsResponse;
  readonly 'hearsay/views/1/read': RpcViewsResponse;
  readonly 'hearsay/trace/1/run': RpcTraceResponse;
  readonly 'hearsay/why/1/ask': RpcWhyResponse;
  readonly handshake: undefined;
  readonly auth: undefined;
  readonly event: undefined;
  readonly 'force-leave': undefined;
  readonly join: RpcJoinResponse;
  readonly members: RpcMembersResponse;
  readonly 'members-filtered': RpcMembersResponse;
  readonly tags: undefined;
  readonly stream: undefined;
  readonly monitor: undefined;
  readonly stop: undefined;
  readonly leave: undefined;
  readonly query: undefined;
  readonly respond: undefined;
  readonly 'install-key': RpcKeysResponse;
  readonly 'use-key': RpcKeysResponse;
  readonly 'remove-key': RpcKeysResponse;
  readonly 'list-keys': RpcKeysResponse;
  readonly stats: RpcStats;
  readonly 'get-coordinate': RpcCoordinateResponse;
}

/** The kinds of {@link RpcMemberRecord}. */
export type RpcMemberEvent = 'member-join' | 'member-leave' | 'member-failed' | 'member-update' | 'member-reap';

/** Something happened to these members. */
export interface RpcMemberRecord {
  readonly event: RpcMemberEvent;
  readonly members: readonly RpcMember[] | null;
}

/** A user event. */
export interface RpcUserRecord {
  readonly coalesce: boolean;
  readonly event: 'user';
  /** Its Lamport time. */
  readonly ltime: number;
  readonly name: string;
  readonly payload: Uint8Array | null;
}

/** Somebody asks; answer with the command respond. */
export interface RpcQueryRecord {
  readonly event: 'query';
  /** Of this connection alone; valid until the query's time is up. */
  readonly id: number;
  readonly ltime: number;
  readonly name: string;
  readonly payload: Uint8Array | null;
}

/** What a stream carries. */
export type RpcStreamRecord = RpcMemberRecord | RpcUserRecord | RpcQueryRecord;

/** What a monitor carries: a log line without its end, never empty. */
export interface RpcMonitorRecord {
  readonly log: string;
}

/** What comes of a query; `done`, from nobody, is the last. */
export interface RpcQueryReply {
  readonly from: string;
  readonly payload: Uint8Array | null;
  /** `ack`, `response` or `done`. */
  readonly type: string;
}

/** The records that follow the answer to these commands. */
export interface RpcRecordBodies {
  readonly stream: RpcStreamRecord;
  readonly monitor: RpcMonitorRecord;
  readonly query: RpcQueryReply;
  readonly 'hearsay/kv/1/watch': RpcKvChangeRecord;
}
