import type { Cluster, ClusterStats, MemberReport, MemberState } from 'hearsay';
import type { RpcMemberStatus, RpcStateStatus, RpcStatus, RpcStatusTotals } from 'hearsay/client';
import type { LoopDelay } from './loop-watch.ts';

/** What a status is made of. */
export interface StatusParts {
  readonly cluster: Cluster;
  readonly loopDelay: LoopDelay | undefined;
  /** Of how many members to tell. */
  readonly membersMax: number;
}

/** Changes of members that are told. Chosen: what fits on a large terminal. */
const transitionsMax = 32;

/** How the agent is, all of it from its own memory. */
export function agentStatus({ cluster, loopDelay, membersMax }: StatusParts): RpcStatus {
  const stats = cluster.stats();
  const { core } = stats;
  const reports = cluster.memberReports();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    node: cluster.name,
    pool: core.serf === undefined ? 'memberlist' : 'serf',
    atMs: performance.now(),
    uptimeMs: Math.round(process.uptime() * 1_000),
    healthScore: core.healthScore,
    memberCounts: countByState(reports),
    totals: totalsOf(stats),
    queues: queuesOf(stats),
    process: { rssBytes: rss, heapUsedBytes: heapUsed, ...(loopDelay !== undefined && { loopDelayMs: loopDelay }) },
    ...(core.kv !== undefined && { state: stateOf(cluster, core.kv) }),
    members: reports.toSorted(worstFirst).slice(0, membersMax).map(toMemberStatus),
    transitions: cluster.recentTransitions(transitionsMax).map(({ from, to, agoMs, ...rest }) => ({
      ...rest,
      from: toStatus(from),
      to: toStatus(to),
      agoMs: Math.round(agoMs),
    })),
  };
}

function toMemberStatus(report: MemberReport): RpcMemberStatus {
  const { stateForMs, rttMs, lagMs } = report;
  return {
    ...report,
    stateForMs: stateForMs && Math.round(stateForMs),
    rttMs: rttMs && Math.round(rttMs * 1_000) / 1_000,
    lagMs: lagMs && Math.round(lagMs),
  };
}

/** What failed is dead in the words of memberlist. */
function toStatus(state: MemberState): string {
  return state === 'dead' ? 'failed' : state;
}

const stateOrder: readonly MemberReport['state'][] = ['suspect', 'failed', 'leaving', 'alive', 'left'];

/** Who is in doubt or gone comes first, the latest news first; then who is late, strange, or far away. */
export function worstFirst(a: MemberReport, b: MemberReport): number {
  const byState = stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state);
  if (byState !== 0) return byState;
  if (a.state !== 'alive') return (a.stateForMs ?? Infinity) - (b.stateForMs ?? Infinity) || byName(a, b);
  const byLag = Math.round((b.lagMs ?? 0) / 1_000) - Math.round((a.lagMs ?? 0) / 1_000);
  const byStrangeness = Number(b.why !== '') - Number(a.why !== '');
  return byLag || byStrangeness || (b.rttMs ?? 0) - (a.rttMs ?? 0) || byName(a, b);
}

function byName(a: MemberReport, b: MemberReport): number {
  return a.name < b.name ? -1 : 1;
}

function countByState(reports: readonly MemberReport[]): Record<string, number> {
  const counts: Record<MemberReport['state'], number> = { alive: 0, suspect: 0, leaving: 0, failed: 0, left: 0 };
  for (const { state } of reports) counts[state] += 1;
  return counts;
}

function totalsOf({ udp, tcp, core }: ClusterStats): RpcStatusTotals {
  const { user, system } = process.cpuUsage();
  const { swim, serf, kv, rumorQueue, broadcastQueue } = core;
  return {
    packetsReceived: udp.packetsReceived,
    packetsSent: udp.packetsSent,
    packetBytesReceived: udp.bytesReceived,
    packetBytesSent: udp.bytesSent,
    streamBytesReceived: tcp.bytesReceived,
    streamBytesSent: tcp.bytesSent,
    packetsRefused: sum(core.packetRefusals),
    probes: swim.probes,
    probesFailed: swim.probesFailed,
    suspicions: swim.suspicions,
    refutations: swim.refutations,
    cpuMs: (user + system) / 1_000,
    queueDropped:
      rumorQueue.dropped + broadcastQueue.dropped + (serf?.broadcastsDropped ?? 0) + (kv?.rumorsDropped ?? 0),
  };
}

function queuesOf({ core: { rumorQueue, broadcastQueue, serf, kv } }: ClusterStats): Record<string, number> {
  return {
    rumor: rumorQueue.count,
    broadcast: broadcastQueue.count,
    ...(serf !== undefined && { intent: serf.intentQueue, event: serf.eventQueue, query: serf.queryQueue }),
    ...(kv !== undefined && { state: kv.rumorsQueued }),
  };
}

function stateOf(cluster: Cluster, stats: NonNullable<ClusterStats['core']['kv']>): RpcStateStatus {
  const { kv } = cluster;
  return {
    ...kv.fill,
    members: stats.capableCount,
    views: cluster.views().groups.length,
    lagMs: Math.round(stats.lagMs),
    isReady: kv.isReady,
    sessions: stats.sessionsBegun,
    sentBytes: sum(stats.sentBytes),
    bytesPerSecondMax: kv.bytesPerSecondMax,
    ...(stats.propagationMs !== undefined && { spreadMs: stats.propagationMs }),
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
