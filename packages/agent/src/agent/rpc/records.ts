import { encodeRecord, type RpcMember } from 'hearsay/client';
import type { AgentEvent, AgentMember, QueryRecord } from './agent-api.ts';

type QueryEvent = Extract<AgentEvent, { readonly type: 'query' }>;

/** A record of the stream `seq`. `numberOf` gives the number by which a query can be answered on this connection. */
export function encodeEventRecord(seq: number, event: AgentEvent, numberOf: (query: QueryEvent) => number): Uint8Array {
  switch (event.type) {
    case 'user': {
      const { coalesce, ltime, name, payload } = event;
      return encodeRecord('stream', seq, { coalesce, event: 'user', ltime, name, payload: nilIfEmpty(payload) });
    }
    case 'query': {
      const { ltime, name, payload } = event;
      const id = numberOf(event);
      return encodeRecord('stream', seq, { event: 'query', id, ltime, name, payload: nilIfEmpty(payload) });
    }
    default:
      return encodeRecord('stream', seq, { event: event.type, members: event.members.map(toRpcMember) });
  }
}

/** A record of the monitor `seq`. */
export function encodeLogRecord(seq: number, log: string): Uint8Array {
  return encodeRecord('monitor', seq, { log });
}

/** A record of the query `seq`; undefined is its end. */
export function encodeQueryRecord(seq: number, record: QueryRecord | undefined): Uint8Array {
  if (record === undefined) return encodeRecord('query', seq, { from: '', payload: null, type: 'done' });
  const { from, payload, type } = record;
  return encodeRecord('query', seq, { from, payload: payload === undefined ? null : nilIfEmpty(payload), type });
}

/** As it goes over the wire. */
export function toRpcMember({ name, addr, port, tags, status, versions }: AgentMember): RpcMember {
  return {
    addr,
    delegateCur: versions.delegateCurrent,
    delegateMax: versions.delegateMax,
    delegateMin: versions.delegateMin,
    name,
    port,
    protocolCur: versions.protocolCurrent,
    protocolMax: versions.protocolMax,
    protocolMin: versions.protocolMin,
    status,
    tags,
  };
}

/** Gossip does not tell nothing from an empty payload; stock clients are used to nil. */
function nilIfEmpty(payload: Uint8Array): Uint8Array | null {
  return payload.length === 0 ? null : payload;
}
