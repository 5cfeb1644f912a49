import { ClusterError } from '../util/index.ts';
import type { TraceOptions } from '../cluster/index.ts';
import type { CallOptions } from './calls.ts';
import { checkText, checkTextOrBytes } from './check-options.ts';

/** What a {@link Cluster.trace} sends. */
export type TraceRumor =
  /** A user event, as {@link Cluster.event} sends it; in Serf pools only. */
  | { readonly event: string; readonly payload?: Uint8Array | string }
  /** A write to the map that all members share, as `cluster.kv.shared.put`; a value that is there already is written again. */
  | { readonly key: string; readonly value: unknown };

/** How a {@link Cluster.trace} goes. */
export interface TraceCallOptions extends CallOptions, TraceOptions {
  /** How long to wait for members that have not heard it yet, or do not answer, in milliseconds; at most 60,000. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** @throws {@link ClusterError} `ERR_CONFIG` when it is neither */
export function checkRumor(rumor: TraceRumor): void {
  if ('event' in rumor) {
    checkText('the name of an event', rumor.event);
    return checkTextOrBytes('payload', rumor.payload ?? '');
  }
  if ('key' in rumor) return checkText('key', rumor.key);
  throw new ClusterError('ERR_CONFIG', 'a rumor is an event, or a key and its value');
}
