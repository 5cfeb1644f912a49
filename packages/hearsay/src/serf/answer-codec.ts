import type { ByteReader, ByteWriter } from '../util/index.ts';
import {
  hasEntry,
  readBool,
  readKey,
  readListHeader,
  readOwnBytes,
  readSharedBytes,
  readSigned,
  readStructHeader,
  readTextUpTo,
  readUnsigned,
  skipValue,
  writeBool,
  writeBytes,
  writeListHeader,
  writeMapHeader,
  writeSigned,
  writeText,
  writeUnsigned,
} from '../wire/index.ts';
import { serfLimits } from './limits.ts';
import { SerfMessageType, type ConflictResponse, type KeyRequest, type KeyResponse } from './messages.ts';
import { readTagMap, writeTagMap } from './tags.ts';

// What travels as the payload of internal queries and of the answers to them; see message-codec.ts.

const NIL = 0xc0;
const EMPTY = new Uint8Array(0);
const U8_MAX = 0xff;
const U16_MAX = 0xffff;

/** Writes type byte and map, or type byte and nil for a name that is not known. */
export function encodeConflictResponse(writer: ByteWriter, response: ConflictResponse | undefined): void {
  writer.u8(SerfMessageType.conflictResponse);
  if (response === undefined) {
    writer.u8(NIL);
    return;
  }
  writeMapHeader(writer, 11);
  writeText(writer, 'Addr');
  writeBytes(writer, response.addr);
  writeText(writer, 'DelegateCur');
  writeUnsigned(writer, response.delegateCurrent);
  writeText(writer, 'DelegateMax');
  writeUnsigned(writer, response.delegateMax);
  writeText(writer, 'DelegateMin');
  writeUnsigned(writer, response.delegateMin);
  writeText(writer, 'Name');
  writeText(writer, response.name);
  writeText(writer, 'Port');
  writeUnsigned(writer, response.port);
  writeText(writer, 'ProtocolCur');
  writeUnsigned(writer, response.protocolCurrent);
  writeText(writer, 'ProtocolMax');
  writeUnsigned(writer, response.protocolMax);
  writeText(writer, 'ProtocolMin');
  writeUnsigned(writer, response.protocolMin);
  writeText(writer, 'Status');
  writeSigned(writer, response.status);
  writeText(writer, 'Tags');
  writeTagMap(writer, response.tags);
}

const memberKeys = [
  'Name',
  'Addr',
  'Port',
  'Tags',
  'Status',
  'ProtocolMin',
  'ProtocolMax',
  'ProtocolCur',
  'DelegateMin',
  'DelegateMax',
  'DelegateCur',
];

/** `reader` stands after the type byte. Undefined: the one who answers does not know the name. */
export function decodeConflictResponse(reader: ByteReader): ConflictResponse | undefined {
  if (reader.peek() === NIL) {
    reader.skip(1);
    return undefined;
  }
  const response = newConflictResponse();
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, memberKeys)) {
      case 'Addr':
        response.addr = readSharedBytes(reader) ?? EMPTY;
        break;
      case 'DelegateCur':
        response.delegateCurrent = readUnsigned(reader, U8_MAX);
        break;
      case 'DelegateMax':
        response.delegateMax = readUnsigned(reader, U8_MAX);
        break;
      case 'DelegateMin':
        response.delegateMin = readUnsigned(reader, U8_MAX);
        break;
      case 'Name':
        response.name = readTextUpTo(reader, serfLimits.nameMaxBytes);
        break;
      case 'Port':
        response.port = readUnsigned(reader, U16_MAX);
        break;
      case 'ProtocolCur':
        response.protocolCurrent = readUnsigned(reader, U8_MAX);
        break;
      case 'ProtocolMax':
        response.protocolMax = readUnsigned(reader, U8_MAX);
        break;
      case 'ProtocolMin':
        response.protocolMin = readUnsigned(reader, U8_MAX);
        break;
      case 'Status':
        response.status = readSigned(reader);
        break;
      case 'Tags':
        response.tags = readTagMap(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return response;
}

function newConflictResponse(): ConflictResponse {
  return {
    name: '',
    addr: EMPTY,
    port: 0,
    tags: {},
    status: 0,
    protocolMin: 0,
    protocolMax: 0,
    protocolCurrent: 0,
    delegateMin: 0,
    delegateMax: 0,
    delegateCurrent: 0,
  };
}

const keyRequestKeys = ['Key'];

/** Writes type byte and map. */
export function encodeKeyRequest(writer: ByteWriter, request: KeyRequest): void {
  writer.u8(SerfMessageType.keyRequest);
  writeMapHeader(writer, 1);
  writeText(writer, 'Key');
  writeBytes(writer, request.key);
}

/** `reader` stands after the type byte. */
export function decodeKeyRequest(reader: ByteReader): KeyRequest {
  const request: KeyRequest = { key: EMPTY };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    if (readKey(reader, header, index, keyRequestKeys) === 'Key') request.key = readOwnBytes(reader) ?? EMPTY;
    else skipValue(reader);
  }
  return request;
}

const keyResponseKeys = ['Result', 'Message', 'Keys', 'PrimaryKey'];

/** Writes type byte and map. */
export function encodeKeyResponse(writer: ByteWriter, response: KeyResponse): void {
  writer.u8(SerfMessageType.keyResponse);
  writeMapHeader(writer, 4);
  writeText(writer, 'Keys');
  writeKeys(writer, response.keys);
  writeText(writer, 'Message');
  writeText(writer, response.message);
  writeText(writer, 'PrimaryKey');
  writeText(writer, response.primaryKey);
  writeText(writer, 'Result');
  writeBool(writer, response.result);
}

/** `reader` stands after the type byte. */
export function decodeKeyResponse(reader: ByteReader): KeyResponse {
  const response: KeyResponse = { result: false, message: '', keys: null, primaryKey: '' };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, keyResponseKeys)) {
      case 'Keys':
        response.keys = readKeys(reader);
        break;
      case 'Message':
        response.message = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      case 'PrimaryKey':
        response.primaryKey = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      case 'Result':
        response.result = readBool(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return response;
}

function writeKeys(writer: ByteWriter, keys: readonly string[] | null): void {
  if (keys === null) {
    writer.u8(NIL);
    return;
  }
  writeListHeader(writer, keys.length);
  for (const key of keys) writeText(writer, key);
}

function readKeys(reader: ByteReader): readonly string[] | null {
  const isNil = reader.peek() === NIL;
  const count = readListHeader(reader);
  if (count > serfLimits.keysMax) reader.fail('too-many-entries');
  if (isNil) return null;
  const keys: string[] = [];
  while (keys.length < count && reader.failure === undefined) {
    keys.push(readTextUpTo(reader, serfLimits.textMaxBytes));
  }
  return keys;
}
