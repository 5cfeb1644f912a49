import type { RpcMember, RpcStreamRecord } from 'hearsay/client';
import { memberDocument } from './members-text.ts';
import { goBytes, goInteger, goQuote } from './go-syntax.ts';

/**
 * An event as `serf monitor` prints it: a field a line, values in Go's syntax. There the fields come in any order, here
 * in that of the record.
 */
export function eventInfoText(record: RpcStreamRecord): string {
  const lines = fieldsOf(record).map(([name, value]) => `\t${name}: ${value}\n`);
  return `Event Info:\n${lines.join('')}`;
}

function fieldsOf(record: RpcStreamRecord): (readonly [string, string])[] {
  const event = ['Event', goQuote(record.event)] as const;
  switch (record.event) {
    case 'user':
      return [
        ['Coalesce', String(record.coalesce)],
        event,
        ['LTime', goInteger(record.ltime)],
        ['Name', goQuote(record.name)],
        ['Payload', payloadText(record.payload)],
      ];
    case 'query':
      return [
        event,
        ['ID', goInteger(record.id)],
        ['LTime', goInteger(record.ltime)],
        ['Name', goQuote(record.name)],
        ['Payload', payloadText(record.payload)],
      ];
    default:
      return [event, ['Members', membersText(record.members)]];
  }
}

function payloadText(payload: Uint8Array | null): string {
  if (payload === null) return '<nil>';
  return payload.length === 0 ? '[]byte(nil)' : goBytes(payload, '[]byte');
}

function membersText(members: readonly RpcMember[] | null): string {
  if (members === null) return '<nil>';
  return `[]interface {}{${members.map(memberText).join(', ')}}`;
}

function memberText(member: RpcMember): string {
  const tags = Object.keys(member.tags).toSorted();
  return mapText([
    ['Addr', member.addr === null ? 'interface {}(nil)' : goBytes(member.addr, '[]uint8')],
    ['DelegateCur', goInteger(member.delegateCur)],
    ['DelegateMax', goInteger(member.delegateMax)],
    ['DelegateMin', goInteger(member.delegateMin)],
    ['Name', goQuote(member.name)],
    ['Port', goInteger(member.port)],
    ['ProtocolCur', goInteger(member.protocolCur)],
    ['ProtocolMax', goInteger(member.protocolMax)],
    ['ProtocolMin', goInteger(member.protocolMin)],
    ['Status', goQuote(member.status)],
    ['Tags', mapText(tags.map((tag) => [tag, goQuote(member.tags[tag]!)]))],
  ]);
}

function mapText(entries: readonly (readonly [string, string])[]): string {
  return `map[interface {}]interface {}{${entries.map(([key, value]) => `${goQuote(key)}:${value}`).join(', ')}}`;
}

/** An event for programs: payloads as text and, because they need not be text, in base64. */
export function eventDocument(record: RpcStreamRecord): object {
  switch (record.event) {
    case 'user':
    case 'query': {
      const payload = Buffer.from(record.payload ?? []);
      return { ...record, payload: payload.toString(), payloadBase64: payload.toString('base64') };
    }
    default:
      return { event: record.event, members: (record.members ?? []).map(memberDocument) };
  }
}
