import { kvChangeRecord, kvRequestBodyCodecs, kvResponseBodyCodecs } from './rpc-kv-codecs.ts';
import { rpcLimits } from './rpc-limits.ts';
import type {
  RpcAuthRequest,
  RpcCoordinate,
  RpcCoordinateRequest,
  RpcCoordinateResponse,
  RpcEventRequest,
  RpcForceLeaveRequest,
  RpcHandshakeRequest,
  RpcJoinRequest,
  RpcJoinResponse,
  RpcKeyRequest,
  RpcKeysResponse,
  RpcMember,
  RpcMemberEvent,
  RpcMemberRecord,
  RpcMembersFilteredRequest,
  RpcMembersResponse,
  RpcMonitorRecord,
  RpcMonitorRequest,
  RpcQueryRecord,
  RpcQueryReply,
  RpcQueryRequest,
  RpcRecordBodies,
  RpcRequestBodies,
  RpcRequestHeader,
  RpcRespondRequest,
  RpcResponseBodies,
  RpcResponseHeader,
  RpcStopRequest,
  RpcStreamRecord,
  RpcStreamRequest,
  RpcTagsRequest,
  RpcUserRecord,
} from './rpc-messages.ts';
import {
  bool,
  bytes,
  double,
  list,
  mapOf,
  orElse,
  signed,
  struct,
  text,
  unsigned,
  type StructCodec,
  type ValueCodec,
} from './rpc-values.ts';
import type { RpcStatusRequest, RpcStatusResponse } from './rpc-status-messages.ts';
import type { RpcTelemetryRequest, RpcTelemetryResponse } from './rpc-telemetry-messages.ts';
import type { RpcDiffRequest, RpcViewsResponse } from './rpc-views-messages.ts';
import type { RpcTraceRequest, RpcTraceResponse } from './rpc-trace-messages.ts';
import type { RpcWhyRequest, RpcWhyResponse } from './rpc-why-messages.ts';

// The tables of serf.md §14.3. Keys stand in ascending byte order, as they are written.

const uint8 = unsigned(0xff);
const uint16 = unsigned(0xffff);
const uint64 = unsigned(Number.MAX_SAFE_INTEGER);
const textList = list(text, rpcLimits.collectionMaxEntries);
const tags = mapOf(text, rpcLimits.tagsMaxEntries);

/** In front of every request. */
export const requestHeader: StructCodec<RpcRequestHeader> = struct({
  command: ['Command', text],
  seq: ['Seq', uint64],
});
/** In front of every answer and record. */
export const responseHeader: StructCodec<RpcResponseHeader> = struct({ error: ['Error', text], seq: ['Seq', uint64] });

const keyRequest = struct<RpcKeyRequest>({ key: ['Key', text] });

/** The body of each request. */
export const requestBodyCodecs: {
  readonly [Command in keyof RpcRequestBodies]: ValueCodec<RpcRequestBodies[Command]> | undefined;
} = {
  handshake: struct<RpcHandshakeRequest>({ version: ['Version', signed] }),
  auth: struct<RpcAuthRequest>({ authKey: ['AuthKey', text] }),
  event: struct<RpcEventRequest>({ coalesce: ['Coalesce', bool], name: ['Name', text], payload: ['Payload', bytes] }),
  'force-leave': struct<RpcForceLeaveRequest>({ node: ['Node', text], prune: ['Prune', bool] }),
  join: struct<RpcJoinRequest>({ existing: ['Existing', textList], replay: ['Replay', bool] }),
  members: undefined,
  'members-filtered': struct<RpcMembersFilteredRequest>({
    name: ['Name', text],
    status: ['Status', text],
    tags: ['Tags', tags],
  }),
  tags: struct<RpcTagsRequest>({ deleteTags: ['DeleteTags', textList], tags: ['Tags', tags] }),
  stream: struct<RpcStreamRequest>({ type: ['Type', text] }),
  monitor: struct<RpcMonitorRequest>({ logLevel: ['LogLevel', text] }),
  stop: struct<RpcStopRequest>({ stop: ['Stop', uint64] }),
  leave: undefined,
  query: struct<RpcQueryRequest>({
    filterNodes: ['FilterNodes', textList],
    filterTags: ['FilterTags', tags],
    name: ['Name', text],
    payload: ['Payload', bytes],
    relayFactor: ['RelayFactor', uint8],
    requestAck: ['RequestAck', bool],
    timeoutNs: ['Timeout', signed],
  }),
  respond: struct<RpcRespondRequest>({ id: ['ID', uint64], payload: ['Payload', bytes] }),
  'install-key': keyRequest,
  'use-key': keyRequest,
  'remove-key': keyRequest,
  'list-keys': undefined,
  stats: undefined,
  'get-coordinate': struct<RpcCoordinateRequest>({ node: ['Node', text] }),
  ...kvRequestBodyCodecs,
  'hearsay/status/1/read': struct<RpcStatusRequest>({ membersMax: ['Members', uint64] }),
  'hearsay/telemetry/1/read': struct<RpcTelemetryRequest>({
    metrics: ['Metrics', textList],
    mode: ['Mode', text],
    tags: ['Tags', tags],
    waitMs: ['Wait', uint64],
  }),
  'hearsay/views/1/diff': struct<RpcDiffRequest>({ a: ['A', text], b: ['B', text], waitMs: ['Wait', uint64] }),
  'hearsay/views/1/read': undefined,
  'hearsay/trace/1/run': struct<RpcTraceRequest>({
    kind: ['Kind', text],
    lossPermille: ['Loss', uint64],
    name: ['Name', text],
    value: ['Value', orElse(bytes, () => new Uint8Array(0))],
    waitMs: ['Wait', uint64],
  }),
  'hearsay/why/1/ask': struct<RpcWhyRequest>({ atMs: ['At', uint64], node: ['Node', text], waitMs: ['Wait', uint64] }),
};

const member = struct<RpcMember>({
  addr: ['Addr', bytes],
  delegateCur: ['DelegateCur', uint8],
  delegateMax: ['DelegateMax', uint8],
  delegateMin: ['DelegateMin', uint8],
  name: ['Name', text],
  port: ['Port', uint16],
  protocolCur: ['ProtocolCur', uint8],
  protocolMax: ['ProtocolMax', uint8],
  protocolMin: ['ProtocolMin', uint8],
  status: ['Status', text],
  tags: ['Tags', orElse(tags, noEntries)],
});
const memberList = list(member, rpcLimits.collectionMaxEntries);
const membersResponse = struct<RpcMembersResponse>({ members: ['Members', memberList] });

const keysResponse = struct<RpcKeysResponse>({
  keys: ['Keys', mapOf(signed, rpcLimits.collectionMaxEntries)],
  messages: ['Messages', mapOf(text, rpcLimits.collectionMaxEntries)],
  numErr: ['NumErr', signed],
  numNodes: ['NumNodes', signed],
  numResp: ['NumResp', signed],
});

const coordinate = struct<RpcCoordinate>({
  adjustment: ['Adjustment', double],
  error: ['Error', double],
  height: ['Height', double],
  vec: ['Vec', list(double, rpcLimits.collectionMaxEntries)],
});

const statsGroup = orElse(mapOf(text, rpcLimits.statsMaxEntries), noEntries);

const viewsResponse = struct<RpcViewsResponse>({
  code: ['Code', text],
  report: ['Report', orElse(bytes, () => new Uint8Array(0))],
});

/** The body of each answer. */
export const responseBodyCodecs: {
  readonly [Command in keyof RpcResponseBodies]: ValueCodec<RpcResponseBodies[Command]> | undefined;
} = {
  handshake: undefined,
  auth: undefined,
  event: undefined,
  'force-leave': undefined,
  join: struct<RpcJoinResponse>({ num: ['Num', signed] }),
  members: membersResponse,
  'members-filtered': membersResponse,
  tags: undefined,
  stream: undefined,
  monitor: undefined,
  stop: undefined,
  leave: undefined,
  query: undefined,
  respond: undefined,
  'install-key': keysResponse,
  'use-key': keysResponse,
  'remove-key': keysResponse,
  'list-keys': keysResponse,
  stats: orElse(mapOf(statsGroup, rpcLimits.statsMaxEntries), noEntries),
  'get-coordinate': struct<RpcCoordinateResponse>({ coord: ['Coord', coordinate], ok: ['Ok', bool] }),
  ...kvResponseBodyCodecs,
  'hearsay/status/1/read': struct<RpcStatusResponse>({ status: ['Status', orElse(bytes, () => new Uint8Array(0))] }),
  'hearsay/telemetry/1/read': struct<RpcTelemetryResponse>({
    code: ['Code', text],
    report: ['Report', orElse(bytes, () => new Uint8Array(0))],
  }),
  'hearsay/views/1/diff': viewsResponse,
  'hearsay/views/1/read': viewsResponse,
  'hearsay/trace/1/run': struct<RpcTraceResponse>({
    code: ['Code', text],
    report: ['Report', orElse(bytes, () => new Uint8Array(0))],
  }),
  'hearsay/why/1/ask': struct<RpcWhyResponse>({
    code: ['Code', text],
    report: ['Report', orElse(bytes, () => new Uint8Array(0))],
  }),
};

const eventName = text as ValueCodec<never>;
const memberRecord = struct<RpcMemberRecord>({ event: ['Event', eventName], members: ['Members', memberList] });
const userRecord = struct<RpcUserRecord>({
  coalesce: ['Coalesce', bool],
  event: ['Event', eventName],
  ltime: ['LTime', uint64],
  name: ['Name', text],
  payload: ['Payload', bytes],
});
const queryRecord = struct<RpcQueryRecord>({
  event: ['Event', eventName],
  id: ['ID', uint64],
  ltime: ['LTime', uint64],
  name: ['Name', text],
  payload: ['Payload', bytes],
});
const recordKind = struct<{ readonly event: string }>({ event: ['Event', text] });
const memberEvents: readonly string[] = [
  'member-join',
  'member-leave',
  'member-failed',
  'member-update',
  'member-reap',
] satisfies readonly RpcMemberEvent[];

/** Which of three maps it is, its entry Event tells, which may stand anywhere: so it is looked for first. */
const streamRecord: ValueCodec<RpcStreamRecord> = {
  empty: () => memberRecord.empty(),
  read: (reader) => {
    const { bytes: source, position, remaining } = reader;
    const { event } = recordKind.read(reader);
    if (reader.failure !== undefined) return memberRecord.empty();
    reader.reset(source, position, position + remaining);
    if (event === 'user') return userRecord.read(reader);
    if (event === 'query') return queryRecord.read(reader);
    if (!memberEvents.includes(event)) reader.fail('unknown-type');
    return memberRecord.read(reader);
  },
  write: (writer, record, form) => {
    if (record.event === 'user') userRecord.write(writer, record, form);
    else if (record.event === 'query') queryRecord.write(writer, record, form);
    else memberRecord.write(writer, record, form);
  },
};

/** The body of each record. */
export const recordCodecs: { readonly [Kind in keyof RpcRecordBodies]: ValueCodec<RpcRecordBodies[Kind]> } = {
  stream: streamRecord,
  monitor: struct<RpcMonitorRecord>({ log: ['Log', text] }),
  query: struct<RpcQueryReply>({ from: ['From', text], payload: ['Payload', bytes], type: ['Type', text] }),
  'hearsay/kv/1/watch': kvChangeRecord,
};

function noEntries(): Readonly<Record<string, never>> {
  return Object.create(null) as Record<string, never>;
}
