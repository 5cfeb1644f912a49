import type { KvConfig, KvOptions } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkKinds, optionKinds, type Kind } from '../check-options.ts';

/** How a member takes part in gossiped state. */
export interface KvNodeOptions {
  /** Limits and lifetimes that differ from the defaults. */
  readonly limits?: Partial<KvConfig>;
  /** With how many members state is compared in each period. @defaultValue 2 */
  readonly peersPerPeriod?: number;
  /** How long such a period is, in milliseconds. @defaultValue 1000 */
  readonly periodMs?: number;
  /** Bytes of state that this member sends in a second, in the long run. @defaultValue 65536 */
  readonly bytesPerSecond?: number;
  /**
   * Serf pools: writes of this member to shared keys with one of these prefixes are also told as Serf user events, so that
   * members that take no part can react: named `kv:` and the key, with the value's bytes, or `kv-deleted:` and the key.
   * What does not fit into an event (512 bytes) is left out, and logged.
   *
   * @defaultValue none
   */
  readonly bridge?: { readonly prefixes: readonly string[] };
}

const kinds: Readonly<Record<keyof KvNodeOptions, Kind>> = {
  limits: optionKinds.record,
  peersPerPeriod: optionKinds.number,
  periodMs: optionKinds.number,
  bytesPerSecond: optionKinds.number,
  bridge: optionKinds.record,
};

/** What of the options of `createCluster` says whether, and how, a member takes part. */
interface StateOptions {
  readonly pool?: 'serf' | 'memberlist';
  readonly kv?: boolean | KvNodeOptions;
}

/**
 * How a member takes part; undefined when it does not.
 *
 * @throws {@link ClusterError} `ERR_CONFIG`
 */
export function checkKvOptions({ pool = 'serf', kv = pool === 'serf' }: StateOptions): KvNodeOptions | undefined {
  if (typeof kv === 'boolean') return kv ? {} : undefined;
  checkKinds('kv', kinds, kv);
  const { bridge } = kv;
  if (bridge === undefined) return kv;
  if (!Array.isArray(bridge.prefixes) || !bridge.prefixes.every((prefix) => typeof prefix === 'string')) {
    throw new ClusterError('ERR_CONFIG', 'kv.bridge.prefixes must be an array of strings');
  }
  if (pool === 'serf') return kv;
  throw new ClusterError('ERR_CONFIG', 'kv.bridge tells of writes by user events, which only a Serf pool has');
}

/** What of it the core is told. */
export function toCoreOptions({ limits, peersPerPeriod, periodMs, bytesPerSecond }: KvNodeOptions): KvOptions {
  return {
    ...(limits !== undefined && { config: limits }),
    gossip: {
      ...(peersPerPeriod !== undefined && { peersPerPeriod }),
      ...(periodMs !== undefined && { periodMs }),
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    },
  };
}
