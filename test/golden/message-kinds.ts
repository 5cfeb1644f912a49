import {
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
  encodeCompressed,
  encodeDead,
  encodeIndirectPing,
  encodeNack,
  encodePing,
  encodeSuspect,
} from '../../packages/hearsay/src/wire/message-codec.ts';
import type { ByteReader, ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import {
  decodeErrorReply,
  decodeNodeEntry,
  decodePushPullHeader,
  decodeUserMessageHeader,
  encodeErrorReply,
  encodeNodeEntry,
  encodePushPullHeader,
  encodeUserMessageHeader,
} from '../../packages/hearsay/src/wire/stream-message-codec.ts';
import { fromHex, toHex } from './vectors.ts';

/** A message as the vectors write it: Go's field names, byte strings in hex. */
export type VectorValue = Readonly<Record<string, string | number | boolean | null>>;

interface MessageKind {
  readonly decode: (reader: ByteReader) => object;
  readonly encode: (writer: ByteWriter, message: never) => void;
}

/** How the vectors name the messages (Go's struct names), and our codec for each. */
export const messageKinds: Readonly<Record<string, MessageKind>> = {
  ping: { decode: decodePing, encode: encodePing },
  indirectPingReq: { decode: decodeIndirectPing, encode: encodeIndirectPing },
  ackResp: { decode: decodeAck, encode: encodeAck },
  nackResp: { decode: decodeNack, encode: encodeNack },
  errResp: { decode: decodeErrorReply, encode: encodeErrorReply },
  suspect: { decode: decodeSuspect, encode: encodeSuspect },
  dead: { decode: decodeDead, encode: encodeDead },
  alive: { decode: decodeAlive, encode: encodeAlive },
  pushPullHeader: { decode: decodePushPullHeader, encode: encodePushPullHeader },
  pushNodeState: { decode: decodeNodeEntry, encode: encodeNodeEntry },
  userMsgHeader: { decode: decodeUserMessageHeader, encode: encodeUserMessageHeader },
  compress: { decode: decodeCompressed, encode: encodeCompressed },
};

const byteFields: ReadonlySet<string> = new Set(['Addr', 'Meta', 'Vsn', 'SourceAddr', 'Target', 'Payload', 'Buf']);

/** A decoded message as the vectors would write it. Go's JSON shows bytes that are not UTF-8 as U+FFFD. */
export function toVectorValue(message: object): VectorValue {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]: [string, unknown]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      value instanceof Uint8Array
        ? toHex(value)
        : typeof value === 'string'
          ? value.replaceAll(/\p{Surrogate}/gu, '\ufffd')
          : (value as number | boolean | null),
    ]),
  );
}

/** The message that a vector shows. */
export function fromVectorValue(value: VectorValue): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      typeof field === 'string' && byteFields.has(name) ? fromHex(field) : field,
    ]),
  );
}
