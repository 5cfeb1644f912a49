import {
  decodeConflictResponse,
  decodeKeyRequest,
  decodeKeyResponse,
  encodeConflictResponse,
  encodeKeyRequest,
  encodeKeyResponse,
} from '../../packages/hearsay/src/serf/answer-codec.ts';
import {
  decodeJoinIntent,
  decodeLeaveIntent,
  decodeQuery,
  decodeQueryResponse,
  decodeRelayHeader,
  decodeUserEvent,
  encodeJoinIntent,
  encodeLeaveIntent,
  encodeQuery,
  encodeQueryResponse,
  encodeRelayHeader,
  encodeUserEvent,
} from '../../packages/hearsay/src/serf/message-codec.ts';
import type { ConflictResponse, QueryMessage, UserEventSlot } from '../../packages/hearsay/src/serf/messages.ts';
import { decodePushPull, encodePushPull } from '../../packages/hearsay/src/serf/push-pull-codec.ts';
import type { ByteReader, ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { bytesOf, type SerfStruct, type SerfValue } from './serf-vectors.ts';

interface SerfMessageKind {
  readonly decode: (reader: ByteReader) => unknown;
  readonly encode: (writer: ByteWriter, message: never) => void;
  /** The vector's struct as we keep the message. */
  readonly read: (fields: SerfStruct) => unknown;
}

const EMPTY = new Uint8Array(0);
const int = (value: SerfValue | undefined): number => Number((value as { readonly $int: string }).$int);
const text = (value: SerfValue | undefined): string => value as string;
const struct = (value: SerfValue | undefined): SerfStruct => value as SerfStruct;

/** How the vectors name the messages, our codec for each, and what a vector's fields are called here. */
export const serfMessageKinds: Readonly<Record<string, SerfMessageKind>> = {
  leave: {
    decode: decodeLeaveIntent,
    encode: encodeLeaveIntent,
    read: ({ LTime, Node, Prune }) => ({ ltime: int(LTime), node: Node, prune: Prune }),
  },
  join: {
    decode: decodeJoinIntent,
    encode: encodeJoinIntent,
    read: ({ LTime, Node }) => ({ ltime: int(LTime), node: Node }),
  },
  pushPull: { decode: decodePushPull, encode: encodePushPull, read: readPushPull },
  userEvent: {
    decode: decodeUserEvent,
    encode: encodeUserEvent,
    read: ({ CC, LTime, Name, Payload }) => ({
      coalesce: CC,
      ltime: int(LTime),
      name: Name,
      payload: bytesOf(Payload),
    }),
  },
  query: { decode: decodeQuery, encode: encodeQuery, read: readQuery },
  queryResponse: {
    decode: decodeQueryResponse,
    encode: encodeQueryResponse,
    read: ({ Flags, From, ID, LTime, Payload }) => ({
      flags: Flags,
      from: From,
      id: ID,
      ltime: int(LTime),
      payload: bytesOf(Payload),
    }),
  },
  conflictResponse: { decode: decodeConflictResponse, encode: encodeConflictResponse, read: readConflictResponse },
  keyRequest: {
    decode: decodeKeyRequest,
    encode: encodeKeyRequest,
    read: ({ Key }) => ({ key: bytesOf(Key) ?? EMPTY }),
  },
  keyResponse: {
    decode: decodeKeyResponse,
    encode: encodeKeyResponse,
    read: ({ Keys, Message, PrimaryKey, Result }) => ({
      keys: Keys,
      message: Message,
      primaryKey: PrimaryKey,
      result: Result,
    }),
  },
  relay: {
    decode: decodeRelayHeader,
    encode: encodeRelayHeader,
    read: ({ DestAddr, DestName }) => ({
      addr: bytesOf(struct(DestAddr)['IP']),
      port: struct(DestAddr)['Port'],
      name: DestName,
    }),
  },
};

function readPushPull(fields: SerfStruct): unknown {
  const events = (fields['Events'] ?? []) as readonly (SerfStruct | null)[];
  const statusLtimes = Object.entries((fields['StatusLTimes'] ?? {}) as SerfStruct);
  return {
    ltime: int(fields['LTime']),
    eventLtime: int(fields['EventLTime']),
    queryLtime: int(fields['QueryLTime']),
    leftMembers: fields['LeftMembers'] ?? [],
    statusLtimes: new Map(statusLtimes.map(([name, ltime]) => [name, int(ltime)])),
    events: events.filter((slot) => slot !== null).map(readSlot),
    passedOverCount: 0,
  };
}

function readSlot(slot: SerfStruct): UserEventSlot {
  const events = (slot['Events'] ?? []) as readonly SerfStruct[];
  return {
    ltime: int(slot['LTime']),
    events: events.map(({ Name, Payload }) => ({ name: text(Name), payload: bytesOf(Payload) })),
  };
}

function readQuery(fields: SerfStruct): QueryMessage {
  const filters = (fields['Filters'] ?? []) as readonly SerfValue[];
  return {
    addr: bytesOf(fields['Addr']),
    filters: filters.map((filter) => bytesOf(filter) ?? EMPTY),
    flags: fields['Flags'] as number,
    id: fields['ID'] as number,
    ltime: int(fields['LTime']),
    name: text(fields['Name']),
    payload: bytesOf(fields['Payload']),
    port: fields['Port'] as number,
    relayFactor: fields['RelayFactor'] as number,
    sourceNode: text(fields['SourceNode']),
    timeoutMs: int(fields['Timeout']) / 1_000_000,
  };
}

function readConflictResponse(fields: SerfStruct | null): ConflictResponse | undefined {
  if (fields === null) return undefined;
  const number = (name: string): number => fields[name] as number;
  return {
    addr: bytesOf(fields['Addr']) ?? EMPTY,
    name: text(fields['Name']),
    port: number('Port'),
    status: number('Status'),
    tags: (fields['Tags'] ?? {}) as Readonly<Record<string, string>>,
    protocolMin: number('ProtocolMin'),
    protocolMax: number('ProtocolMax'),
    protocolCurrent: number('ProtocolCur'),
    delegateMin: number('DelegateMin'),
    delegateMax: number('DelegateMax'),
    delegateCurrent: number('DelegateCur'),
  };
}
