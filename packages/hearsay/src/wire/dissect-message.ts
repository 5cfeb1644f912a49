import { assert, ByteReader } from '../util/index.ts';
import { Field, fieldNames } from './field.ts';
import { MessageType } from './messages.ts';
import {
  hasEntry,
  readBool,
  readField,
  readOwnBytes,
  readSigned,
  readStructHeader,
  readText,
  readUnsigned,
  skipValue,
} from './msgpack.ts';
import type { WireFailure } from './wire-failure.ts';

/** A run of bytes. Offsets count from the first byte of the packet, or of what came out of decryption or decompression. */
export interface Span {
  readonly offset: number;
  readonly lengthBytes: number;
}

/** One field of a message: its span covers key and value. */
export interface DissectedField extends Span {
  /** As on the wire. */
  readonly name: string;
  /** Undefined for a field that the protocol does not know, and for one that cannot be read. */
  readonly value: number | string | boolean | Uint8Array | null | undefined;
  readonly isKnown: boolean;
  /** Why it cannot be read. */
  readonly failure?: WireFailure;
}

/** One msgpack struct with its fields in the order of the wire. */
export interface DissectedStruct extends Span {
  readonly fields: readonly DissectedField[];
  /** The first thing wrong, and where. */
  readonly failure?: { readonly reason: WireFailure; readonly offset: number };
}

type ShapeName =
  | 'ping'
  | 'indirect ping'
  | 'ack'
  | 'suspect'
  | 'alive'
  | 'dead'
  | 'push/pull'
  | 'user'
  | 'compress'
  | 'nack'
  | 'error'
  | 'node entry';

/** The fields of each struct in the order in which Go declares them (memberlist `net.go`, `state.go`). */
const shapes: Readonly<Record<ShapeName, readonly Field[]>> = {
  ping: [Field.seqNo, Field.node, Field.sourceAddr, Field.sourcePort, Field.sourceNode],
  'indirect ping': [
    Field.seqNo,
    Field.target,
    Field.port,
    Field.node,
    Field.nack,
    Field.sourceAddr,
    Field.sourcePort,
    Field.sourceNode,
  ],
  ack: [Field.seqNo, Field.payload],
  suspect: [Field.incarnation, Field.node, Field.from],
  alive: [Field.incarnation, Field.node, Field.addr, Field.port, Field.meta, Field.vsn],
  dead: [Field.incarnation, Field.node, Field.from],
  'push/pull': [Field.nodes, Field.userStateLen, Field.join],
  user: [Field.userMsgLen],
  compress: [Field.algo, Field.buf],
  nack: [Field.seqNo],
  error: [Field.error],
  'node entry': [Field.name, Field.addr, Field.port, Field.meta, Field.incarnation, Field.state, Field.vsn],
};

/** The message types that are one struct after the type byte. */
const structTypes: ReadonlyMap<number, ShapeName> = new Map([
  [MessageType.ping, 'ping'],
  [MessageType.indirectPing, 'indirect ping'],
  [MessageType.ack, 'ack'],
  [MessageType.suspect, 'suspect'],
  [MessageType.alive, 'alive'],
  [MessageType.dead, 'dead'],
  [MessageType.pushPull, 'push/pull'],
  [MessageType.user, 'user'],
  [MessageType.compress, 'compress'],
  [MessageType.nack, 'nack'],
  [MessageType.error, 'error'],
]);

/** A message type in words; undefined for a number that is not assigned. */
export function messageTypeName(type: number): string | undefined {
  if (type === MessageType.compound) return 'compound';
  if (type === MessageType.encrypt) return 'encrypt';
  if (type === MessageType.checksum) return 'checksum';
  if (type === MessageType.label) return 'label';
  return structTypes.get(type);
}

/** Reads the struct of a message of `type`, or a node entry of a push/pull, field by field, at `offset` of `bytes`. */
export function dissectStruct(bytes: Uint8Array, offset: number, type: number | 'node entry'): DissectedStruct {
  const shapeName = type === 'node entry' ? type : structTypes.get(type);
  assert(shapeName !== undefined, 'only struct messages are dissected as one');
  const shape = shapes[shapeName];
  const reader = new ByteReader();
  reader.reset(bytes, offset);
  const header = readStructHeader(reader);
  const fields: DissectedField[] = [];
  let at = offset;
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    at = reader.position;
    fields.push(readOne(reader, header, index, shape));
  }
  const lengthBytes = reader.position - offset;
  return reader.failure === undefined
    ? { offset, lengthBytes, fields }
    : { offset, lengthBytes, fields, failure: { reason: reader.failure as WireFailure, offset: at } };
}

function readOne(reader: ByteReader, header: number, index: number, shape: readonly Field[]): DissectedField {
  const offset = reader.position;
  const read = readField(reader, header, index, shape);
  const field = shape.find((candidate) => candidate === read);
  const name = field === undefined ? unknownName(reader, offset) : fieldNames[field]!;
  let value: DissectedField['value'];
  if (field === undefined) skipValue(reader);
  else value = (readers.get(field) ?? readOwnBytes)(reader);
  const isKnown = field !== undefined;
  const span = { offset, lengthBytes: reader.position - offset };
  return reader.failure === undefined
    ? { ...span, name, value, isKnown }
    : { ...span, name, value: undefined, isKnown, failure: reader.failure as WireFailure };
}

/** The text of an unknown key. The reader has just passed it. */
function unknownName(reader: ByteReader, offset: number): string {
  if (reader.failure !== undefined) return '';
  const key = new ByteReader();
  key.reset(reader.bytes, offset, reader.position);
  return readText(key);
}

type ReadValue = (reader: ByteReader) => number | string | boolean | Uint8Array | null;

const readU32: ReadValue = (reader) => readUnsigned(reader, 0xffff_ffff);
const readU16: ReadValue = (reader) => readUnsigned(reader, 0xffff);
const readU8: ReadValue = (reader) => readUnsigned(reader, 0xff);

/** How each field is read; those not listed are byte strings. */
const readers: ReadonlyMap<Field, ReadValue> = new Map([
  [Field.error, readText],
  [Field.from, readText],
  [Field.name, readText],
  [Field.node, readText],
  [Field.sourceNode, readText],
  [Field.incarnation, readU32],
  [Field.seqNo, readU32],
  [Field.port, readU16],
  [Field.sourcePort, readU16],
  [Field.algo, readU8],
  [Field.nodes, readSigned],
  [Field.state, readSigned],
  [Field.userMsgLen, readSigned],
  [Field.userStateLen, readSigned],
  [Field.join, readBool],
  [Field.nack, readBool],
]);
