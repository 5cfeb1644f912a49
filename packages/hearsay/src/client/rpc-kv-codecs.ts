import type {
  RpcKvChangeRecord,
  RpcKvDeleteRequest,
  RpcKvEntry,
  RpcKvGetRequest,
  RpcKvGetResponse,
  RpcKvListRequest,
  RpcKvListResponse,
  RpcKvOutcome,
  RpcKvPutRequest,
  RpcKvRequestBodies,
  RpcKvResponseBodies,
  RpcKvWatchRequest,
  RpcKvWhereRequest,
  RpcKvWhereResponse,
  RpcKvWriteResponse,
} from './rpc-kv-messages.ts';
import { rpcLimits } from './rpc-limits.ts';
import { bool, bytes, list, orElse, struct, text, unsigned, type StructCodec, type ValueCodec } from './rpc-values.ts';

// As Serf's messages: maps with keys in ascending byte order. Times are whole milliseconds.

const count = unsigned(Number.MAX_SAFE_INTEGER);
const value = orElse(bytes, () => new Uint8Array(0));
const names = list(text, rpcLimits.collectionMaxEntries);

const entry = struct<RpcKvEntry>({
  author: ['Author', text],
  key: ['Key', text],
  ttlMs: ['TTL', count],
  value: ['Value', value],
  writtenAtMs: ['WrittenAt', count],
});

/** The body of each request. */
export const kvRequestBodyCodecs: {
  readonly [Command in keyof RpcKvRequestBodies]: ValueCodec<RpcKvRequestBodies[Command]>;
} = {
  'hearsay/kv/1/get': struct<RpcKvGetRequest>({ key: ['Key', text], lane: ['Lane', text], node: ['Node', text] }),
  'hearsay/kv/1/put': struct<RpcKvPutRequest>({
    key: ['Key', text],
    lane: ['Lane', text],
    ttlMs: ['TTL', count],
    touch: ['Touch', bool],
    value: ['Value', value],
    waitMs: ['Wait', count],
  }),
  'hearsay/kv/1/delete': struct<RpcKvDeleteRequest>({
    key: ['Key', text],
    lane: ['Lane', text],
    waitMs: ['Wait', count],
  }),
  'hearsay/kv/1/list': struct<RpcKvListRequest>({
    cursor: ['Cursor', text],
    keysOnly: ['KeysOnly', bool],
    lane: ['Lane', text],
    node: ['Node', text],
    prefix: ['Prefix', text],
  }),
  'hearsay/kv/1/watch': struct<RpcKvWatchRequest>({
    key: ['Key', text],
    lane: ['Lane', text],
    node: ['Node', text],
    prefix: ['Prefix', text],
    snapshot: ['Snapshot', bool],
  }),
  'hearsay/kv/1/where': struct<RpcKvWhereRequest>({ key: ['Key', text], waitMs: ['Wait', count] }),
};

const writeResponse = struct<RpcKvWriteResponse>({
  changed: ['Changed', bool],
  code: ['Code', text],
  missing: ['Missing', names],
  overwrittenBy: ['OverwrittenBy', text],
  seenCount: ['SeenCount', count],
});

/** The body of each answer. */
export const kvResponseBodyCodecs: {
  readonly [Command in keyof RpcKvResponseBodies]: ValueCodec<RpcKvResponseBodies[Command]>;
} = {
  'hearsay/kv/1/get': struct<RpcKvGetResponse>({
    code: ['Code', text],
    entry: ['Entry', entry],
    found: ['Found', bool],
  }),
  'hearsay/kv/1/put': writeResponse,
  'hearsay/kv/1/delete': writeResponse,
  'hearsay/kv/1/list': struct<RpcKvListResponse>({
    code: ['Code', text],
    cursor: ['Cursor', text],
    entries: ['Entries', list(entry, rpcLimits.collectionMaxEntries)],
  }),
  'hearsay/kv/1/watch': struct<RpcKvOutcome>({ code: ['Code', text] }),
  'hearsay/kv/1/where': struct<RpcKvWhereResponse>({
    code: ['Code', text],
    entry: ['Entry', entry],
    found: ['Found', bool],
    incapable: ['Incapable', names],
    missing: ['Missing', names],
    seen: ['Seen', names],
  }),
};

/** What follows the answer to `hearsay/kv/1/watch`. */
export const kvChangeRecord: StructCodec<RpcKvChangeRecord> = struct<RpcKvChangeRecord>({
  concurrent: ['Concurrent', bool],
  entry: ['Entry', entry],
  previous: ['Previous', bytes],
  source: ['Source', text],
  type: ['Type', text],
});
