import type { RpcClient, RpcCoordinate, RpcMember, RpcMemberStatus } from 'hearsay/client';
import type { SerfCoordinate } from 'hearsay/core';
import { safeText, type Look } from '../output.ts';
import { millisecondsText, spanText } from '../units.ts';

/** Members of which an agent of Serf is asked for a coordinate, each by a request of its own. Chosen. */
const coordinatesMax = 256;

/** How a state is to look. */
export function stateLook(state: string): Look {
  switch (state) {
    case 'alive':
      return 'green';
    case 'failed':
      return 'red';
    case 'suspect':
    case 'leaving':
      return 'yellow';
    default:
      return 'dim';
  }
}

/** State, for how long, round trip and lag, as cells. */
export function figuresOf({ state, stateForMs, rttMs, lagMs }: RpcMemberStatus): string[] {
  return [
    safeText(state),
    stateForMs === undefined ? '' : spanText(stateForMs),
    rttMs === undefined ? '' : millisecondsText(rttMs),
    lagMs === undefined ? '' : millisecondsText(lagMs),
  ];
}

/** The tag by which a member of a Serf pool says that it takes part in gossiped state. */
const stateTag = 'gs';

/**
 * What kind of member it is, and the protocol it speaks: `hearsay/5`, `serf/5`, and `memberlist/2` in a plain pool. One of
 * ours that takes no part in gossiped state cannot be told from one of theirs.
 */
export function softwareOf(member: RpcMember, status: RpcMemberStatus | undefined): string {
  const { tags, delegateCur, protocolCur } = member;
  if (status?.isOurs === true || tags[stateTag] === '1') return `hearsay/${delegateCur || protocolCur}`;
  return delegateCur > 0 ? `serf/${delegateCur}` : `memberlist/${protocolCur}`;
}

/** What can be told of the members of an agent that keeps no evidence: their statuses, and round trips by coordinates. */
export async function stockStatuses(
  client: RpcClient,
  ownName: string,
  members: readonly RpcMember[],
): Promise<RpcMemberStatus[]> {
  const { distanceNs } = await import('hearsay/core');
  const asked = members.filter(({ name, status }) => name !== ownName && status === 'alive').slice(0, coordinatesMax);
  const [own, ...others] = await Promise.all(
    [ownName, ...asked.map(({ name }) => name)].map((name) => client.coordinate(name)),
  );
  const rttMs = new Map(asked.map(({ name }, index) => [name, rttMsBetween(own, others[index], distanceNs)]));
  return members.map(({ name, status, tags }) => ({
    name,
    state: status,
    why: '',
    rttMs: rttMs.get(name),
    isOurs: tags[stateTag] === '1',
  }));
}

/** Undefined when one of them is not known, or they do not fit together. */
function rttMsBetween(
  a: RpcCoordinate | undefined,
  b: RpcCoordinate | undefined,
  distanceNs: (a: SerfCoordinate, b: SerfCoordinate) => number,
): number | undefined {
  const [from, to] = [a?.vec ?? [], b?.vec ?? []];
  if (a === undefined || b === undefined || from.length === 0 || from.length !== to.length) return undefined;
  return distanceNs({ ...a, vec: from }, { ...b, vec: to }) / 1e6;
}
