import { formatMemberAddress, type RpcMember, type RpcMemberStatus } from 'hearsay/client';
import { safeText, table, type Paint } from '../output.ts';
import { memberDocument } from '../serf/members-text.ts';
import { figuresOf, softwareOf, stateLook } from './member-status.ts';

/** A member as Serf lists it, and what the agent can tell of it besides. */
export interface WideMember {
  readonly member: RpcMember;
  /** Undefined for a member that came or went between two questions. */
  readonly status: RpcMemberStatus | undefined;
}

/** `hearsay members -wide`: a line for each member, below a line of heads. */
export function wideText(members: readonly WideMember[], paint: Paint): string {
  const heads = ['NAME', 'ADDRESS', 'STATE', 'FOR', 'RTT', 'LAG', 'VERSION', 'WHY'];
  const rows = members.map(({ member, status }) => {
    const [state = '', ...spans] = figuresOf(
      status ?? { name: member.name, state: member.status, why: '', isOurs: false },
    );
    const name = safeText(member.name);
    const why = safeText(status?.why ?? '');
    const version = softwareOf(member, status);
    return [name, formatMemberAddress(member), paint(state, stateLook(state)), ...spans, version, why];
  });
  return table([heads.map((head) => paint(head, 'bold')), ...rows]);
}

/** What `hearsay members` tells of a member, and what it tells with `-wide`. */
export function wideDocument({ member, status }: WideMember): object {
  const { state = member.status, stateForMs, why = '', rttMs, lagMs } = status ?? {};
  return { ...memberDocument(member), state, stateForMs, why, rttMs, lagMs, software: softwareOf(member, status) };
}
