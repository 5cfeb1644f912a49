import type { MemberStatus, SerfMember } from '../serf/index.ts';
import type { MemberState, MemberView } from '../swim/index.ts';

/** Suspicion is no status: such a member counts as alive until it is declared dead. */
const statusOf: Readonly<Record<MemberState, MemberStatus>> = {
  alive: 'alive',
  suspect: 'alive',
  dead: 'failed',
  left: 'left',
};

/**
 * A member as users see it: with copies of all that the core shares between views, so that nobody can change the
 * protocol's state through one. In a plain pool without tags, and with the status that follows from the state.
 */
export function toUserView(member: MemberView | SerfMember): SerfMember {
  const isSerf = 'tags' in member;
  // Each field by name: there is one for every member that joins, and a spread takes several times as long.
  return {
    name: member.name,
    address: member.address && { host: member.address.host, port: member.address.port },
    addr: new Uint8Array(member.addr),
    port: member.port,
    meta: new Uint8Array(member.meta),
    state: member.state,
    incarnation: member.incarnation,
    versions: { ...member.versions },
    tags: isSerf ? { ...member.tags } : {},
    status: isSerf ? member.status : statusOf[member.state],
  };
}
