import { ClusterError } from '../util/index.ts';
import type { CallOptions } from './calls.ts';

/** How a {@link Cluster.why} goes. */
export interface WhyCallOptions extends CallOptions {
  /** When it happened, in milliseconds since 1970 by this machine's clock. @defaultValue the latest trouble remembered */
  readonly atMs?: number;
}

/**
 * How long ago that was.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` when it is no time, or in the future
 */
export function toAgoMs(atMs: number | undefined): number | undefined {
  if (atMs === undefined) return undefined;
  const agoMs = Date.now() - atMs;
  if (agoMs >= 0 && atMs >= 0) return agoMs;
  throw new ClusterError('ERR_CONFIG', `atMs is ${atMs}, it must be from 0 to now, ${Date.now()}`);
}
