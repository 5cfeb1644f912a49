import { SharedMembers } from '../swim/index.ts';
import type { Simulator } from './simulator.ts';

/** The action by which observers learn that all nodes know each other now, without events. */
export const CLUSTER_FORMED = 'all know each other';

/**
 * Lets all nodes know each other from the start, as if each had been handed the list of members: no join, no gossip
 * about it and no events. A join of thousands would leave each node with thousands of rumors to pass on, minutes of
 * virtual time full of packets that tell nobody anything new. What is left to drain is each node's announcement of
 * itself.
 */
export function formCluster(simulator: Simulator): void {
  simulator.note(undefined, CLUSTER_FORMED);
  const { nodes } = simulator;
  const members = nodes.map((node) => node.core.announcedMember);
  const shared = new SharedMembers(members, simulator.nowMs);
  for (const node of nodes) node.step((core, nowMs) => core.beginWith(nowMs, shared));
}
