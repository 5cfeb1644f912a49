import type { ClusterNodeStats } from '../cluster/index.ts';
import type { ViewsSummary } from '../views/index.ts';
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
  /** `unansweredMs`: for how long packets have been sent and none has come; a second or two at most while all is well. */
  readonly udp: Readonly<UdpStats> & { readonly unansweredMs: number };
  readonly tcp: Readonly<TcpStats>;
  /** The store of gossiped state; undefined when none is kept. */
  readonly kvStore: KvStoreStats | undefined;
  /** Who agrees on who is live; undefined when this member does not publish what it believes. */
  readonly views: ViewsSummary | undefined;
}

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
