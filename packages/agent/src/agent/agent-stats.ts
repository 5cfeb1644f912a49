import { availableParallelism } from 'node:os';
import type { Cluster } from 'hearsay';
import type { EventHandler } from './event-filter.ts';

/** Groups of figures and settings as text, as `serf info` shows them. */
export type AgentStats = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Go's names for what Node.js calls differently. */
const goNames: Readonly<Record<string, string>> = { win32: 'windows', x64: 'amd64', ia32: '386' };

/** What an agent says of itself. */
export function agentStats(cluster: Cluster, handlers: readonly EventHandler[]): AgentStats {
  const cpuCount = String(availableParallelism());
  return {
    agent: { name: cluster.name },
    runtime: {
      arch: goName(process.arch),
      cpu_count: cpuCount,
      // The nearest there is: what keeps this process going.
      goroutines: String(process.getActiveResourcesInfo().length),
      max_procs: cpuCount,
      os: goName(process.platform),
      version: `node-${process.version}`,
    },
    serf: serfGroup(cluster),
    tags: cluster.tags,
    event_handlers: Object.fromEntries(
      handlers.map(({ filter, script }) => [`${filter.event}:${filter.name}`, script] as const),
    ),
  };
}

function goName(name: string): string {
  return goNames[name] ?? name;
}

function serfGroup(cluster: Cluster): Record<string, string> {
  const { core } = cluster.stats();
  const { serf } = core;
  const members = serf ?? { members: cluster.allMembers.length, failed: core.members.dead, left: core.members.left };
  return {
    ...texts({
      ...(serf?.coordinateResets !== undefined && { coordinate_resets: serf.coordinateResets }),
      event_queue: serf?.eventQueue ?? 0,
      event_time: serf?.eventTime ?? 0,
      failed: members.failed,
      health_score: core.healthScore,
      intent_queue: serf?.intentQueue ?? 0,
      left: members.left,
      member_time: serf?.memberTime ?? 0,
      members: members.members,
      query_queue: serf?.queryQueue ?? 0,
      query_time: serf?.queryTime ?? 0,
    }),
    encrypted: String(cluster.keyring.list().length > 0),
  };
}

function texts(figures: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}
