import { formatMemberAddress, type RpcMember } from 'hearsay/client';
import { plainPaint, safeText, type Look, type Paint } from '../output.ts';
import { columns } from './columns.ts';
import { goJson, sortedKeys } from './go-json.ts';

/** `hearsay members`: a line for each member, in the order the agent gave them. */
export function membersText(members: readonly RpcMember[], isDetailed: boolean, paint: Paint = plainPaint): string {
  const rows = members.map((member) => row(member, isDetailed).map(safeText));
  return `${columns(rows, (cell, column) => (column === STATUS_COLUMN ? paint(cell, ...statusLook(cell)) : cell))}\n`;
}

/** `hearsay members -format=json`. */
export function membersJson(members: readonly RpcMember[]): string {
  return goJson({ members: members.length === 0 ? null : members.map(memberDocument) });
}

/** A member in JSON: the keys are those of `serf`, the protocol versions Serf's and not memberlist's. */
export function memberDocument(member: RpcMember): object {
  return {
    name: member.name,
    addr: formatMemberAddress(member),
    port: member.port,
    tags: sortedKeys(member.tags),
    status: member.status,
    protocol: { max: member.delegateMax, min: member.delegateMin, version: member.delegateCur },
  };
}

function row(member: RpcMember, isDetailed: boolean): string[] {
  const { name, status, tags, delegateCur, delegateMin, delegateMax } = member;
  const cells = [name, formatMemberAddress(member), status, tagsText(tags)];
  if (!isDetailed) return cells;
  return [...cells, `Protocol Version: ${delegateCur}`, `Available Protocol Range: [${delegateMin}, ${delegateMax}]`];
}

const STATUS_COLUMN = 2;

function statusLook(status: string): Look[] {
  switch (status) {
    case 'alive':
      return ['green'];
    case 'failed':
      return ['red'];
    case 'leaving':
      return ['yellow'];
    default:
      return ['dim'];
  }
}

/** Tags as one cell: `dc=east,role=web`, in the order of their keys. */
function tagsText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(sortedKeys(tags))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
