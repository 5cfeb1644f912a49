import type { RpcMemberStatus, RpcMemberTransition, RpcStateStatus, RpcStats, RpcStatus } from 'hearsay/client';

/** What was read from an agent at one moment. */
export type Reading =
  | { readonly kind: 'hearsay'; readonly status: RpcStatus }
  /** An agent of Serf, which tells less. */
  | { readonly kind: 'serf'; readonly stats: RpcStats; readonly members: readonly RpcMemberStatus[] };

/** How much there was in a second, between two readings. */
export interface TopRates {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Of packets and streams. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsRefused: number;
  readonly probes: number;
  readonly probesFailed: number;
  /** Of gossiped state: comparisons with other members, and bytes sent. */
  readonly sessions: number;
  readonly stateBytesSent: number;
  /** Processor time by time: 1 is one core. */
  readonly cpuCores: number;
}

/** One moment of an agent, as `hearsay top` shows it and as `--json` prints it. What the agent does not tell is absent. */
export interface TopDocument {
  readonly kind: Reading['kind'];
  readonly node: string;
  readonly uptimeMs?: number;
  readonly healthScore?: number;
  /** How many members are in each state. */
  readonly memberCounts: Readonly<Record<string, number>>;
  /** The time between the two readings that the rates are of. */
  readonly overMs?: number;
  /** Absent at the first reading. */
  readonly rates?: TopRates;
  /** Since the start of the agent. */
  readonly totals?: { readonly probesFailed: number; readonly suspicions: number; readonly refutations: number };
  readonly queues: Readonly<Record<string, number>>;
  readonly queueDropped?: number;
  readonly state?: RpcStateStatus;
  readonly process?: RpcStatus['process'];
  /** The worst first. */
  readonly members: readonly RpcMemberStatus[];
  /** The latest first. */
  readonly transitions: readonly RpcMemberTransition[];
}

/** What a reading says, and what follows from the one before it. */
export function toDocument(reading: Reading, before: Reading | undefined): TopDocument {
  if (reading.kind === 'serf') return stockDocument(reading.stats, reading.members);
  const { status } = reading;
  const { node, uptimeMs, healthScore, memberCounts, totals, queues, state, members, transitions } = status;
  const { probesFailed, suspicions, refutations, queueDropped } = totals;
  return {
    kind: 'hearsay',
    node,
    uptimeMs,
    healthScore,
    memberCounts,
    ...(before?.kind === 'hearsay' && ratesBetween(before.status, status)),
    totals: { probesFailed, suspicions, refutations },
    queues,
    queueDropped,
    ...(state !== undefined && { state }),
    process: status.process,
    members,
    transitions,
  };
}

/** Nothing when there is no time between the two, or the agent is another one by now. */
function ratesBetween(before: RpcStatus, now: RpcStatus): Pick<TopDocument, 'overMs' | 'rates'> | undefined {
  const overMs = now.atMs - before.atMs;
  if (!(overMs > 0) || now.node !== before.node || now.uptimeMs < before.uptimeMs) return undefined;
  const perSecond = (read: (status: RpcStatus) => number): number =>
    Math.max(0, Math.round(((read(now) - read(before)) * 1e6) / overMs) / 1_000);
  const rates: TopRates = {
    packetsReceived: perSecond(({ totals }) => totals.packetsReceived),
    packetsSent: perSecond(({ totals }) => totals.packetsSent),
    bytesReceived: perSecond(({ totals }) => totals.packetBytesReceived + totals.streamBytesReceived),
    bytesSent: perSecond(({ totals }) => totals.packetBytesSent + totals.streamBytesSent),
    packetsRefused: perSecond(({ totals }) => totals.packetsRefused),
    probes: perSecond(({ totals }) => totals.probes),
    probesFailed: perSecond(({ totals }) => totals.probesFailed),
    sessions: perSecond(({ state }) => state?.sessions ?? 0),
    stateBytesSent: perSecond(({ state }) => state?.sentBytes ?? 0),
    cpuCores: perSecond(({ totals }) => totals.cpuMs / 1_000),
  };
  return { overMs: Math.round(overMs), rates };
}

const stateOrder = ['failed', 'leaving', 'alive', 'left'];

function stockDocument(stats: RpcStats, members: readonly RpcMemberStatus[]): TopDocument {
  const serf = stats['serf'] ?? {};
  const number = (name: string): number => Number(serf[name] ?? 0) || 0;
  const memberCounts: Record<string, number> = { alive: 0, leaving: 0, failed: 0, left: 0 };
  for (const { state } of members) memberCounts[state] = (memberCounts[state] ?? 0) + 1;
  return {
    kind: 'serf',
    node: stats['agent']?.['name'] ?? '',
    ...(serf['health_score'] !== undefined && { healthScore: number('health_score') }),
    memberCounts,
    queues: { intent: number('intent_queue'), event: number('event_queue'), query: number('query_queue') },
    members: members.toSorted(
      (a, b) => stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) || (b.rttMs ?? 0) - (a.rttMs ?? 0),
    ),
    transitions: [],
  };
}
