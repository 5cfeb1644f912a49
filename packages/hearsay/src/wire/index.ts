export type { Aead, KeySource } from './aead.ts';
export { dissectPacket, dissectStream, type DissectOptions } from './dissect.ts';
export {
  dissectionFailures,
  type ChecksumLayer,
  type CompoundLayer,
  type CompressionLayer,
  type DissectFailure,
  type Dissection,
  type EncryptionLayer,
  type LabelLayer,
  type MessageLayer,
  type UnreadableLayer,
} from './dissection.ts';
export { type DissectedField, type DissectedStruct, type Span } from './dissect-message.ts';
export { packCompound } from './compound.ts';
export { formatAddr, parseIp, toAddress } from './ip-address.ts';
export { wireLimits } from './limits.ts';
export {
  decodeAck,
  decodeAlive,
  decodeCompressed,
  decodeDead,
  decodeIndirectPing,
  decodeNack,
  decodePing,
  decodeSuspect,
  encodeAck,
  encodeAlive,
  encodeDead,
  encodeIndirectPing,
  encodeNack,
  encodePing,
  encodeSuspect,
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
export {
  hasEntry,
  readBool,
  readBytesView,
  readOwnBytes,
  readSharedBytes,
  readSigned,
  readStructHeader,
  readText,
  readUnsigned,
  skipValue,
  writeBool,
  writeBytes,
  writeMapHeader,
  writeSigned,
  writeText,
  writeUnsigned,
} from './msgpack.ts';
export {
  readDouble,
  readKey,
  readListHeader,
  readMapHeader,
  readTextUpTo,
  tryReadText,
  writeDouble,
  writeLargeMapHeader,
  writeListHeader,
} from './msgpack-containers.ts';
export { MsgpackScanner } from './msgpack-scanner.ts';
export { PacketCodec, type MessageSink } from './packet.ts';
export type { EncryptionVersion } from './seal.ts';
export { StreamCodec } from './stream-framing.ts';
export {
  decodeErrorReply,
  decodeNodeEntry,
  decodePushPullHeader,
  decodeUserMessageHeader,
  encodeErrorReply,
  encodeNodeEntry,
  encodePushPullHeader,
  encodeUserMessageHeader,
} from './stream-message-codec.ts';
export type { StreamMessage, StreamReader, StreamSide } from './stream-reader.ts';
export { decodeUtf8, utf8Length, writeUtf8 } from './utf8.ts';
export type { WireConfig } from './wire-config.ts';
export { newRefusals, wireFailures, type WireFailure } from './wire-failure.ts';
