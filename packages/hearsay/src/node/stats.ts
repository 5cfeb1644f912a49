import type { ClusterNodeStats } from '../cluster/index.ts';
import type { ClusterViews } from '../views/index.ts';
import type { DriverStats } from './driver.ts';
import type { KvStoreStats } from './kv-store/kv-store.ts';
import type { TcpStats } from './tcp-transport.ts';
import type { UdpStats } from './udp-transport.ts';

/** Counters since the start of the cluster, and a few values of the moment. */
export interface ClusterStats {
  /** Members that are alive or suspected, this one included. */
  readonly members: number;
  /** The protocol: messages, refusals by reason, queue depth, health score, stalls. */
  readonly core: ClusterNodeStats;
  /** The event loop: timers and how late they were. */
  readonly driver: Readonly<DriverStats>;
  /** `unansweredMs`: for how long packets have been sent and none has come; 0 while all is well. */
  readonly udp: Readonly<UdpStats> & { readonly unansweredMs: number };
  readonly tcp: Readonly<TcpStats>;
  /** The store of gossiped state; undefined when none is kept. */
  readonly kvStore: KvStoreStats | undefined;
  /** Who agrees on who is live; undefined when this member takes no part in gossiped state. */
  readonly views: ViewsSummary | undefined;
}

/** How many members believe what this one believes of who is live: `views()` in numbers. */
export interface ViewsSummary {
  /** Different views among those that tell theirs, this member's included: 1 when all agree. */
  readonly distinct: number;
  /** Members that believe the same as this one, itself included; others that do not; and those that have not told. */
  readonly same: number;
  readonly other: number;
  readonly untold: number;
  /** A number that is the same where members believe the same. */
  readonly fingerprint: number;
}

/** {@link ClusterViews} in numbers. */
export function summarizeViews({ groups, silent }: ClusterViews): ViewsSummary {
  const ours = groups.find(({ isOurs }) => isOurs)!;
  const told = groups.reduce((count, { members }) => count + members.length, 0);
  return {
    distinct: groups.length,
    same: ours.members.length,
    other: told - ours.members.length,
    untold: silent.length,
    fingerprint: Number.parseInt(ours.live.slice(0, fingerprintDigits), 16),
  };
}

/** Of the 16 digits of a digest as many as a double holds exactly. */
const fingerprintDigits = 13;

/** Every number in `stats`, named by its path with dots between. */
export function flattenStats(
  stats: object,
  prefix: string = '',
  flat: Record<string, number> = {},
): Record<string, number> {
  for (const [name, value] of Object.entries(stats) as [string, unknown][]) {
    if (typeof value === 'number') flat[prefix + name] = value;
    else if (typeof value === 'object' && value !== null) flattenStats(value, `${prefix}${name}.`, flat);
  }
  return flat;
}
