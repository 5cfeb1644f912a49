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
import {
  SerfMessageType,
  type JoinIntent,
  type LeaveIntent,
  type QueryMessage,
  type QueryResponseMessage,
  type RelayHeader,
  type UserEventMessage,
} from './messages.ts';

// What Serf gossips, one encode and one decode a message. Encoders write type byte and map, the keys in ascending byte
// order as go-msgpack does; signed numbers go out in the unsigned form, which both generations read. The lists of keys
// are in Go's declaration order, which counts only for structs that come as arrays. A decoder starts after the type
// byte; bad bytes set the reader's `failure`, and the result is then not to be used. What it returns does not share
// memory with the reader's bytes.

const EMPTY = new Uint8Array(0);
const U8_MAX = 0xff;
const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
const NS_PER_MS = 1_000_000;

const intentKeys = ['LTime', 'Node', 'Prune'];

/** Writes type byte and map. */
export function encodeLeaveIntent(writer: ByteWriter, leave: LeaveIntent): void {
  writer.u8(SerfMessageType.leave);
  writeMapHeader(writer, 3);
  writeText(writer, 'LTime');
  writeUnsigned(writer, leave.ltime);
  writeText(writer, 'Node');
  writeText(writer, leave.node);
  writeText(writer, 'Prune');
  writeBool(writer, leave.prune);
}

/** `reader` stands after the type byte. */
export function decodeLeaveIntent(reader: ByteReader): LeaveIntent {
  const leave = { ltime: 0, node: '', prune: false };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, intentKeys)) {
      case 'LTime':
        leave.ltime = readLamportTime(reader);
        break;
      case 'Node':
        leave.node = readTextUpTo(reader, serfLimits.nameMaxBytes);
        break;
      case 'Prune':
        leave.prune = readBool(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return leave;
}

/** Writes type byte and map. */
export function encodeJoinIntent(writer: ByteWriter, join: JoinIntent): void {
  writer.u8(SerfMessageType.join);
  writeMapHeader(writer, 2);
  writeText(writer, 'LTime');
  writeUnsigned(writer, join.ltime);
  writeText(writer, 'Node');
  writeText(writer, join.node);
}

/** `reader` stands after the type byte. */
export function decodeJoinIntent(reader: ByteReader): JoinIntent {
  const join = { ltime: 0, node: '' };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, intentKeys)) {
      case 'LTime':
        join.ltime = readLamportTime(reader);
        break;
      case 'Node':
        join.node = readTextUpTo(reader, serfLimits.nameMaxBytes);
        break;
      default:
        skipValue(reader);
    }
  }
  return join;
}

const userEventKeys = ['LTime', 'Name', 'Payload', 'CC'];

/** Writes type byte and map. */
export function encodeUserEvent(writer: ByteWriter, event: UserEventMessage): void {
  writer.u8(SerfMessageType.userEvent);
  writeMapHeader(writer, 4);
  writeText(writer, 'CC');
  writeBool(writer, event.coalesce);
  writeText(writer, 'LTime');
  writeUnsigned(writer, event.ltime);
  writeText(writer, 'Name');
  writeText(writer, event.name);
  writeText(writer, 'Payload');
  writeBytes(writer, event.payload);
}

/** `reader` stands after the type byte. */
export function decodeUserEvent(reader: ByteReader): UserEventMessage {
  const event: UserEventMessage = { ltime: 0, name: '', payload: null, coalesce: false };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, userEventKeys)) {
      case 'CC':
        event.coalesce = readBool(reader);
        break;
      case 'LTime':
        event.ltime = readLamportTime(reader);
        break;
      case 'Name':
        event.name = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      case 'Payload':
        event.payload = readOwnBytes(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return event;
}

const queryKeys = [
  'LTime',
  'ID',
  'Addr',
  'Port',
  'SourceNode',
  'Filters',
  'Flags',
  'RelayFactor',
  'Timeout',
  'Name',
  'Payload',
];

const keyChanges: ReadonlySet<string> = new Set(['_serf_install-key', '_serf_use-key', '_serf_remove-key']);

/** Writes type byte and map. No filters are written as nil, as Go does. */
export function encodeQuery(writer: ByteWriter, query: QueryMessage): void {
  writer.u8(SerfMessageType.query);
  writeMapHeader(writer, 11);
  writeText(writer, 'Addr');
  writeBytes(writer, query.addr);
  writeText(writer, 'Filters');
  writeFilters(writer, query.filters);
  writeText(writer, 'Flags');
  writeUnsigned(writer, query.flags);
  writeText(writer, 'ID');
  writeUnsigned(writer, query.id);
  writeText(writer, 'LTime');
  writeUnsigned(writer, query.ltime);
  writeText(writer, 'Name');
  writeText(writer, query.name);
  writeText(writer, 'Payload');
  writeBytes(writer, query.payload);
  writeText(writer, 'Port');
  writeUnsigned(writer, query.port);
  writeText(writer, 'RelayFactor');
  writeUnsigned(writer, query.relayFactor);
  writeText(writer, 'SourceNode');
  writeText(writer, query.sourceNode);
  writeText(writer, 'Timeout');
  writeSigned(writer, Math.round(query.timeoutMs * NS_PER_MS));
}

/**
 * `reader` stands after the type byte. The timeout is as it came: it may be negative, or centuries. A query of which
 * Serf dies is refused like one that is broken, and so is not passed on to others.
 */
export function decodeQuery(reader: ByteReader): QueryMessage {
  const query = newQuery();
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, queryKeys)) {
      case 'Addr':
        query.addr = readSharedBytes(reader);
        break;
      case 'Filters':
        query.filters = readFilters(reader);
        break;
      case 'Flags':
        query.flags = readUnsigned(reader, U32_MAX);
        break;
      case 'ID':
        query.id = readUnsigned(reader, U32_MAX);
        break;
      case 'LTime':
        query.ltime = readLamportTime(reader);
        break;
      case 'Name':
        query.name = readTextUpTo(reader, serfLimits.textMaxBytes);
        break;
      case 'Payload':
        query.payload = readOwnBytes(reader);
        break;
      case 'Port':
        query.port = readUnsigned(reader, U16_MAX);
        break;
      case 'RelayFactor':
        query.relayFactor = readUnsigned(reader, U8_MAX);
        break;
      case 'SourceNode':
        query.sourceNode = readTextUpTo(reader, serfLimits.nameMaxBytes);
        break;
      case 'Timeout':
        query.timeoutMs = readSigned(reader) / NS_PER_MS;
        break;
      default:
        skipValue(reader);
    }
  }
  if (isDeadly(query)) reader.fail('empty');
  return query;
}

/** Serf looks at the first byte of these without asking whether there is one. */
function isDeadly({ filters, name, payload }: QueryMessage): boolean {
  return (
    filters.some((filter) => filter.length === 0) ||
    (keyChanges.has(name) && (payload === null || payload.length === 0))
  );
}

function newQuery(): QueryMessage {
  return {
    ltime: 0,
    id: 0,
    addr: null,
    port: 0,
    sourceNode: '',
    filters: [],
    flags: 0,
    relayFactor: 0,
    timeoutMs: 0,
    name: '',
    payload: null,
  };
}

function writeFilters(writer: ByteWriter, filters: readonly Uint8Array[]): void {
  if (filters.length === 0) {
    writeBytes(writer, null);
    return;
  }
  writeListHeader(writer, filters.length);
  for (const filter of filters) writeBytes(writer, filter);
}

function readFilters(reader: ByteReader): readonly Uint8Array[] {
  const count = readListHeader(reader);
  if (count > serfLimits.filtersMax) reader.fail('too-many-entries');
  const filters: Uint8Array[] = [];
  while (filters.length < count && reader.failure === undefined) filters.push(readOwnBytes(reader) ?? EMPTY);
  return filters;
}

const queryResponseKeys = ['LTime', 'ID', 'From', 'Flags', 'Payload'];

/** Writes type byte and map. */
export function encodeQueryResponse(writer: ByteWriter, response: QueryResponseMessage): void {
  writer.u8(SerfMessageType.queryResponse);
  writeMapHeader(writer, 5);
  writeText(writer, 'Flags');
  writeUnsigned(writer, response.flags);
  writeText(writer, 'From');
  writeText(writer, response.from);
  writeText(writer, 'ID');
  writeUnsigned(writer, response.id);
  writeText(writer, 'LTime');
  writeUnsigned(writer, response.ltime);
  writeText(writer, 'Payload');
  writeBytes(writer, response.payload);
}

/** `reader` stands after the type byte. */
export function decodeQueryResponse(reader: ByteReader): QueryResponseMessage {
  const response: QueryResponseMessage = { ltime: 0, id: 0, from: '', flags: 0, payload: null };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, queryResponseKeys)) {
      case 'Flags':
        response.flags = readUnsigned(reader, U32_MAX);
        break;
      case 'From':
        response.from = readTextUpTo(reader, serfLimits.nameMaxBytes);
        break;
      case 'ID':
        response.id = readUnsigned(reader, U32_MAX);
        break;
      case 'LTime':
        response.ltime = readLamportTime(reader);
        break;
      case 'Payload':
        response.payload = readOwnBytes(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  return response;
}

const relayKeys = ['DestAddr', 'DestName'];
const destinationKeys = ['IP', 'Port', 'Zone'];

/** Writes type byte and map; the message to be relayed, type byte first, must follow. */
export function encodeRelayHeader(writer: ByteWriter, relay: RelayHeader): void {
  writer.u8(SerfMessageType.relay);
  writeMapHeader(writer, 2);
  writeText(writer, 'DestAddr');
  writeMapHeader(writer, 3);
  writeText(writer, 'IP');
  writeBytes(writer, relay.addr);
  writeText(writer, 'Port');
  writeSigned(writer, relay.port);
  writeText(writer, 'Zone');
  writeText(writer, '');
  writeText(writer, 'DestName');
  writeText(writer, relay.name);
}

/** `reader` stands after the type byte, and in the end at the relayed message. */
export function decodeRelayHeader(reader: ByteReader): RelayHeader {
  const relay: RelayHeader = { addr: null, port: 0, name: '' };
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, relayKeys)) {
      case 'DestAddr':
        readDestination(reader, relay);
        break;
      case 'DestName':
        relay.name = readTextUpTo(reader, serfLimits.nameMaxBytes);
        break;
      default:
        skipValue(reader);
    }
  }
  return relay;
}

/** The zone is passed over: it means something only to the host that wrote it. */
function readDestination(reader: ByteReader, relay: RelayHeader): void {
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, destinationKeys)) {
      case 'IP':
        relay.addr = readSharedBytes(reader);
        break;
      case 'Port':
        relay.port = readUnsigned(reader, U16_MAX);
        break;
      default:
        skipValue(reader);
    }
  }
}

/** Beyond 2^53 - 1 a number would no longer be exact, and no correct cluster gets there. */
export function readLamportTime(reader: ByteReader): number {
  return readUnsigned(reader, Number.MAX_SAFE_INTEGER);
}
