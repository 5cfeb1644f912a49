import type { ByteReader, ByteWriter } from '../util/index.ts';
import { Field, writeField } from './field.ts';
import {
  MessageType,
  type ErrorReply,
  type NodeEntry,
  type PushPullHeader,
  type UserMessageHeader,
} from './messages.ts';
import {
  hasEntry,
  readBool,
  readField,
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

// The messages that only streams carry, and the maps inside them; see message-codec.ts.

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;

const errorFields = [Field.error];

/** Writes type byte and map. The peer may be anyone: keep the text short and generic. */
export function encodeErrorReply(writer: ByteWriter, reply: ErrorReply): void {
  writer.u8(MessageType.error);
  writeMapHeader(writer, 1);
  writeField(writer, Field.error);
  writeText(writer, reply.error);
}

/** `reader` stands after the type byte. */
export function decodeErrorReply(reader: ByteReader, into: ErrorReply = { error: '' }): ErrorReply {
  into.error = '';
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    if (readField(reader, header, index, errorFields) === Field.error) into.error = readText(reader);
    else skipValue(reader);
  }
  return into;
}

const pushPullHeaderFields = [Field.nodes, Field.userStateLen, Field.join];

/** Writes the map only: the type byte belongs to the whole push/pull. */
export function encodePushPullHeader(writer: ByteWriter, header: PushPullHeader): void {
  writeMapHeader(writer, 3);
  writeField(writer, Field.join);
  writeBool(writer, header.join);
  writeField(writer, Field.nodes);
  writeSigned(writer, header.nodes);
  writeField(writer, Field.userStateLen);
  writeSigned(writer, header.userStateLen);
}

/** Reads the map only. The counts are as they came; check them. */
export function decodePushPullHeader(
  reader: ByteReader,
  into: PushPullHeader = { nodes: 0, userStateLen: 0, join: false },
): PushPullHeader {
  into.nodes = 0;
  into.userStateLen = 0;
  into.join = false;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, pushPullHeaderFields)) {
      case Field.join:
        into.join = readBool(reader);
        break;
      case Field.nodes:
        into.nodes = readSigned(reader);
        break;
      case Field.userStateLen:
        into.userStateLen = readSigned(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}

const nodeEntryFields = [Field.name, Field.addr, Field.port, Field.meta, Field.incarnation, Field.state, Field.vsn];

/** Writes the map only: entries follow the header of a push/pull. */
export function encodeNodeEntry(writer: ByteWriter, entry: NodeEntry): void {
  writeMapHeader(writer, 7);
  writeField(writer, Field.addr);
  writeBytes(writer, entry.addr);
  writeField(writer, Field.incarnation);
  writeUnsigned(writer, entry.incarnation);
  writeField(writer, Field.meta);
  writeBytes(writer, entry.meta);
  writeField(writer, Field.name);
  writeText(writer, entry.name);
  writeField(writer, Field.port);
  writeUnsigned(writer, entry.port);
  writeField(writer, Field.state);
  writeSigned(writer, entry.state);
  writeField(writer, Field.vsn);
  writeBytes(writer, entry.vsn);
}

/** Reads the map only. */
export function decodeNodeEntry(reader: ByteReader, into: NodeEntry = newNodeEntry()): NodeEntry {
  into.name = '';
  into.addr = null;
  into.port = 0;
  into.meta = null;
  into.incarnation = 0;
  into.state = 0;
  into.vsn = null;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, nodeEntryFields)) {
      case Field.addr:
        into.addr = readSharedBytes(reader);
        break;
      case Field.incarnation:
        into.incarnation = readUnsigned(reader, U32_MAX);
        break;
      case Field.meta:
        into.meta = readSharedBytes(reader);
        break;
      case Field.name:
        into.name = readText(reader);
        break;
      case Field.port:
        into.port = readUnsigned(reader, U16_MAX);
        break;
      case Field.state:
        into.state = readSigned(reader);
        break;
      case Field.vsn:
        into.vsn = readSharedBytes(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}

function newNodeEntry(): NodeEntry {
  return { name: '', addr: null, port: 0, meta: null, incarnation: 0, state: 0, vsn: null };
}

const userMessageHeaderFields = [Field.userMsgLen];

/** Writes the map only: type byte before, payload after. */
export function encodeUserMessageHeader(writer: ByteWriter, header: UserMessageHeader): void {
  writeMapHeader(writer, 1);
  writeField(writer, Field.userMsgLen);
  writeSigned(writer, header.userMsgLen);
}

/** Reads the map only. The length is as it came; check it. */
export function decodeUserMessageHeader(
  reader: ByteReader,
  into: UserMessageHeader = { userMsgLen: 0 },
): UserMessageHeader {
  into.userMsgLen = 0;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    const field = readField(reader, header, index, userMessageHeaderFields);
    if (field === Field.userMsgLen) into.userMsgLen = readSigned(reader);
    else skipValue(reader);
  }
  return into;
}
