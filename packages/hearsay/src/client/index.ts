export {
  decodeRecord,
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponseBody,
  decodeResponseHeader,
  encodeRecord,
  encodeRequest,
  encodeResponse,
  encodeResponseHeader,
  formatMemberAddress,
  hasRequestBody,
  hasResponseBody,
  isRpcCommand,
  type RpcDecoded,
  type RpcEncodeOptions,
} from './rpc-protocol.ts';
export { rpcLimits } from './rpc-limits.ts';
export type * from './rpc-messages.ts';
export type * from './rpc-kv-messages.ts';
export type * from './rpc-kv-options.ts';
export { decodeKvJson, RpcKv } from './rpc-kv.ts';
export type * from './rpc-status-messages.ts';
export type { RpcTelemetryOptions } from './rpc-telemetry.ts';
export type * from './rpc-telemetry-messages.ts';
export type { RpcDiffOptions } from './rpc-views.ts';
export type * from './rpc-views-messages.ts';
export type { RpcTraceOptions, RpcTraceRumor } from './rpc-trace.ts';
export type * from './rpc-trace-messages.ts';
export type { RpcWhyOptions } from './rpc-why.ts';
export type * from './rpc-why-messages.ts';
export { RpcParser, type RpcParserOptions } from './rpc-parser.ts';
export type { SignedForm } from './rpc-values.ts';
export { defaultRpcAddress, parseRpcAddress, type RpcAddress } from './rpc-address.ts';
export { RpcClient } from './rpc-client.ts';
export type {
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
export type { RpcStream, RpcStreamOptions } from './rpc-stream.ts';
export { ClusterError, type ClusterErrorCode } from '../util/index.ts';
