import { kvLimits } from '../kv/index.ts';

/** How often a node may publish its digest in a pool of that size, in milliseconds. */
export function minIntervalMs(memberCount: number): number {
  return Math.min(10_000, Math.max(1_000, memberCount * 10));
}

/**
 * When a digest that has not changed is published anew, in milliseconds: so that in a large pool one member does in ten
 * seconds. To each of a thousand nodes any single change of state costs about a kilobyte.
 */
export function refreshIntervalMs(memberCount: number): number {
  return Math.min(kvLimits.ttlMaxMs / ttlRefreshes, Math.max(60_000, memberCount * 10_000));
}

/** How many times it may have been refreshed before it is believed no longer. */
export const ttlRefreshes = 3;
