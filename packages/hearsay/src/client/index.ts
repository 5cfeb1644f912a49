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
export { RpcParser, type RpcParserOptions } from './rpc-parser.ts';
export type { SignedForm } from './rpc-values.ts';
