export type { Aead, KeySource } from './aead.ts';
export { formatAddr, parseIp, toAddress } from './ip-address.ts';
export { wireLimits } from './limits.ts';
export {
  decodeAck,
  decodeAlive,
  decodeCompressed,
  decodeDead,
  decodeErrorReply,
  decodeIndirectPing,
  decodeNack,
  decodeNodeEntry,
  decodePing,
  decodePushPullHeader,
  decodeSuspect,
  decodeUserMessageHeader,
  encodeAck,
  encodeAlive,
  encodeDead,
  encodeErrorReply,
  encodeIndirectPing,
  encodeNack,
  encodeNodeEntry,
  encodePing,
  encodePushPullHeader,
  encodeSuspect,
  encodeUserMessageHeader,
} from './message-codec.ts';
export {
  MessageType,
  type Ack,
  type Alive,
  type Compressed,
  type Dead,
  type ErrorReply,
  type IndirectPing,
  type Nack,
  type NodeEntry,
  type Ping,
  type PushPullHeader,
  type Suspect,
  type UserMessageHeader,
} from './messages.ts';
export { newRefusals, wireFailures, type WireFailure } from './wire-failure.ts';
