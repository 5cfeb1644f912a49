import type { ByteReader, ByteWriter } from '../util/index.ts';
import { Field, writeField } from './field.ts';
import {
  MessageType,
  type Ack,
  type Alive,
  type Compressed,
  type Dead,
  type IndirectPing,
  type Nack,
  type Ping,
  type Suspect,
} from './messages.ts';
import {
  hasEntry,
  readBool,
  readBytesView,
  readField,
  readOwnBytes,
  readSharedBytes,
  readStructHeader,
  readText,
  readUnsigned,
  skipValue,
  writeBool,
  writeBytes,
  writeMapHeader,
  writeText,
  writeUnsigned,
} from './msgpack.ts';

// One encode and one decode a message. Encoders write the keys in ascending byte order, as go-msgpack does; the lists
// of fields below are in Go's declaration order, which counts only for structs that come as arrays. A decoder starts
// after the type byte and fills `into`, which the hot path uses again and again; bad bytes set the reader's `failure`,
// and the result is then not to be used.

const U8_MAX = 0xff;
const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;

const pingFields = [Field.seqNo, Field.node, Field.sourceAddr, Field.sourcePort, Field.sourceNode];

/** Writes type byte and map. The source fields are left out when zero or empty, as senders before 0.2.0 do. */
export function encodePing(writer: ByteWriter, ping: Ping): void {
  writer.u8(MessageType.ping);
  writeMapHeader(writer, 2 + sourceFieldCount(ping));
  writeField(writer, Field.node);
  writeText(writer, ping.node);
  writeField(writer, Field.seqNo);
  writeUnsigned(writer, ping.seqNo);
  writeSource(writer, ping);
}

/** `reader` stands after the type byte. */
export function decodePing(reader: ByteReader, into: Ping = newPing()): Ping {
  into.seqNo = 0;
  into.node = '';
  into.sourceAddr = null;
  into.sourcePort = 0;
  into.sourceNode = '';
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, pingFields)) {
      case Field.node:
        into.node = readText(reader);
        break;
      case Field.seqNo:
        into.seqNo = readUnsigned(reader, U32_MAX);
        break;
      case Field.sourceAddr:
        into.sourceAddr = readSharedBytes(reader);
        break;
      case Field.sourceNode:
        into.sourceNode = readText(reader);
        break;
      case Field.sourcePort:
        into.sourcePort = readUnsigned(reader, U16_MAX);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}

function newPing(): Ping {
  return { seqNo: 0, node: '', sourceAddr: null, sourcePort: 0, sourceNode: '' };
}

const indirectPingFields = [
  Field.seqNo,
  Field.target,
  Field.port,
  Field.node,
  Field.nack,
  Field.sourceAddr,
  Field.sourcePort,
  Field.sourceNode,
];

/** Writes type byte and map. The source fields are left out when zero or empty. */
export function encodeIndirectPing(writer: ByteWriter, ping: IndirectPing): void {
  writer.u8(MessageType.indirectPing);
  writeMapHeader(writer, 5 + sourceFieldCount(ping));
  writeField(writer, Field.nack);
  writeBool(writer, ping.nack);
  writeField(writer, Field.node);
  writeText(writer, ping.node);
  writeField(writer, Field.port);
  writeUnsigned(writer, ping.port);
  writeField(writer, Field.seqNo);
  writeUnsigned(writer, ping.seqNo);
  writeSource(writer, ping);
  writeField(writer, Field.target);
  writeBytes(writer, ping.target);
}

/** `reader` stands after the type byte. */
export function decodeIndirectPing(reader: ByteReader, into: IndirectPing = newIndirectPing()): IndirectPing {
  into.seqNo = 0;
  into.target = null;
  into.port = 0;
  into.node = '';
  into.nack = false;
  into.sourceAddr = null;
  into.sourcePort = 0;
  into.sourceNode = '';
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, indirectPingFields)) {
      case Field.nack:
        into.nack = readBool(reader);
        break;
      case Field.node:
        into.node = readText(reader);
        break;
      case Field.port:
        into.port = readUnsigned(reader, U16_MAX);
        break;
      case Field.seqNo:
        into.seqNo = readUnsigned(reader, U32_MAX);
        break;
      case Field.sourceAddr:
        into.sourceAddr = readSharedBytes(reader);
        break;
      case Field.sourceNode:
        into.sourceNode = readText(reader);
        break;
      case Field.sourcePort:
        into.sourcePort = readUnsigned(reader, U16_MAX);
        break;
      case Field.target:
        into.target = readSharedBytes(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}

function newIndirectPing(): IndirectPing {
  return {
    seqNo: 0,
    target: null,
    port: 0,
    node: '',
    nack: false,
    sourceAddr: null,
    sourcePort: 0,
    sourceNode: '',
  };
}

type Source = Pick<Ping, 'sourceAddr' | 'sourcePort' | 'sourceNode'>;

/** The three source fields are left out when they are zero, empty or nil. */
function sourceFieldCount(source: Source): number {
  return (
    (source.sourceAddr !== null && source.sourceAddr.length > 0 ? 1 : 0) +
    (source.sourceNode !== '' ? 1 : 0) +
    (source.sourcePort !== 0 ? 1 : 0)
  );
}

function writeSource(writer: ByteWriter, source: Source): void {
  if (source.sourceAddr !== null && source.sourceAddr.length > 0) {
    writeField(writer, Field.sourceAddr);
    writeBytes(writer, source.sourceAddr);
  }
  if (source.sourceNode !== '') {
    writeField(writer, Field.sourceNode);
    writeText(writer, source.sourceNode);
  }
  if (source.sourcePort !== 0) {
    writeField(writer, Field.sourcePort);
    writeUnsigned(writer, source.sourcePort);
  }
}

const ackFields = [Field.seqNo, Field.payload];

/** Writes type byte and map. Without a payload delegate the payload is null, on streams and in relayed acks always. */
export function encodeAck(writer: ByteWriter, ack: Ack): void {
  writer.u8(MessageType.ack);
  writeMapHeader(writer, 2);
  writeField(writer, Field.payload);
  writeBytes(writer, ack.payload);
  writeField(writer, Field.seqNo);
  writeUnsigned(writer, ack.seqNo);
}

/** `reader` stands after the type byte. The payload is a copy of its own: coordinates hardly ever come twice. */
export function decodeAck(reader: ByteReader, into: Ack = { seqNo: 0, payload: null }): Ack {
  into.seqNo = 0;
  into.payload = null;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, ackFields)) {
      case Field.payload:
        into.payload = readOwnBytes(reader);
        break;
      case Field.seqNo:
        into.seqNo = readUnsigned(reader, U32_MAX);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}

const nackFields = [Field.seqNo];

/** Writes type byte and map. Only for requesters that asked for nacks. */
export function encodeNack(writer: ByteWriter, nack: Nack): void {
  writer.u8(MessageType.nack);
  writeMapHeader(writer, 1);
  writeField(writer, Field.seqNo);
  writeUnsigned(writer, nack.seqNo);
}

/** `reader` stands after the type byte. */
export function decodeNack(reader: ByteReader, into: Nack = { seqNo: 0 }): Nack {
  into.seqNo = 0;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    if (readField(reader, header, index, nackFields) === Field.seqNo) into.seqNo = readUnsigned(reader, U32_MAX);
    else skipValue(reader);
  }
  return into;
}

/** Writes type byte and map. */
export function encodeSuspect(writer: ByteWriter, suspect: Suspect): void {
  writer.u8(MessageType.suspect);
  writeAccusation(writer, suspect);
}

/** `reader` stands after the type byte. */
export function decodeSuspect(reader: ByteReader, into: Suspect = newAccusation()): Suspect {
  return readAccusation(reader, into);
}

/** Writes type byte and map. */
export function encodeDead(writer: ByteWriter, dead: Dead): void {
  writer.u8(MessageType.dead);
  writeAccusation(writer, dead);
}

/** `reader` stands after the type byte. */
export function decodeDead(reader: ByteReader, into: Dead = newAccusation()): Dead {
  return readAccusation(reader, into);
}

/** Suspect and dead have the same fields. */
type Accusation = Suspect & Dead;

const accusationFields = [Field.incarnation, Field.node, Field.from];

function writeAccusation(writer: ByteWriter, accusation: Accusation): void {
  writeMapHeader(writer, 3);
  writeField(writer, Field.from);
  writeText(writer, accusation.from);
  writeField(writer, Field.incarnation);
  writeUnsigned(writer, accusation.incarnation);
  writeField(writer, Field.node);
  writeText(writer, accusation.node);
}

function readAccusation(reader: ByteReader, into: Accusation): Accusation {
  into.incarnation = 0;
  into.node = '';
  into.from = '';
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, accusationFields)) {
      case Field.from:
        into.from = readText(reader);
        break;
      case Field.incarnation:
        into.incarnation = readUnsigned(reader, U32_MAX);
        break;
      case Field.node:
        into.node = readText(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}

function newAccusation(): Accusation {
  return { incarnation: 0, node: '', from: '' };
}

const aliveFields = [Field.incarnation, Field.node, Field.addr, Field.port, Field.meta, Field.vsn];

/** Writes type byte and map. `vsn` must have six bytes: libraries up to 0.6.0 die of one to five. */
export function encodeAlive(writer: ByteWriter, alive: Alive): void {
  writer.u8(MessageType.alive);
  writeMapHeader(writer, 6);
  writeField(writer, Field.addr);
  writeBytes(writer, alive.addr);
  writeField(writer, Field.incarnation);
  writeUnsigned(writer, alive.incarnation);
  writeField(writer, Field.meta);
  writeBytes(writer, alive.meta);
  writeField(writer, Field.node);
  writeText(writer, alive.node);
  writeField(writer, Field.port);
  writeUnsigned(writer, alive.port);
  writeField(writer, Field.vsn);
  writeBytes(writer, alive.vsn);
}

/** `reader` stands after the type byte. */
export function decodeAlive(reader: ByteReader, into: Alive = newAlive()): Alive {
  into.incarnation = 0;
  into.node = '';
  into.addr = null;
  into.port = 0;
  into.meta = null;
  into.vsn = null;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, aliveFields)) {
      case Field.addr:
        into.addr = readSharedBytes(reader);
        break;
      case Field.incarnation:
        into.incarnation = readUnsigned(reader, U32_MAX);
        break;
      case Field.meta:
        into.meta = readSharedBytes(reader);
        break;
      case Field.node:
        into.node = readText(reader);
        break;
      case Field.port:
        into.port = readUnsigned(reader, U16_MAX);
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

function newAlive(): Alive {
  return { incarnation: 0, node: '', addr: null, port: 0, meta: null, vsn: null };
}

const compressedFields = [Field.algo, Field.buf];

/** Writes type byte and map. */
export function encodeCompressed(writer: ByteWriter, compressed: Compressed): void {
  writer.u8(MessageType.compress);
  writeMapHeader(writer, 2);
  writeField(writer, Field.algo);
  writeUnsigned(writer, compressed.algo);
  writeField(writer, Field.buf);
  writeBytes(writer, compressed.buf);
}

/** `reader` stands after the type byte. The buffer is a view into the reader's bytes. */
export function decodeCompressed(reader: ByteReader, into: Compressed = { algo: 0, buf: null }): Compressed {
  into.algo = 0;
  into.buf = null;
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readField(reader, header, index, compressedFields)) {
      case Field.algo:
        into.algo = readUnsigned(reader, U8_MAX);
        break;
      case Field.buf:
        into.buf = readBytesView(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return into;
}
