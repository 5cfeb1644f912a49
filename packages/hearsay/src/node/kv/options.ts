import type { KvConfig, KvOptions, SavedKv } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkChoice, checkKinds, optionKinds, type Kind } from '../check-options.ts';
import type { KvDurability, KvStore } from '../kv-store/kv-store.ts';
import type { StateStore } from '../kv-store/state-store.ts';

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
   * A folder of this member's own, in which its state outlives the process. Made when it does not exist.
   *
   * @defaultValue none: a member that starts again begins empty, and learns all from the others
   * @throws {@link ClusterError} `ERR_FILE` when it cannot be used, or another process uses it
   */
  readonly dataDir?: string;
  /** Instead of `dataDir`: another place for state, such as a database. The cluster closes it. */
  readonly store?: StateStore;
  /** When what was written outlives a power failure. With `always`, writes resolve when they do. @defaultValue `batch` */
  readonly durability?: KvDurability;
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
  dataDir: optionKinds.text,
  store: optionKinds.record,
  durability: optionKinds.text,
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
  const { bridge, durability = 'batch', dataDir, store } = kv;
  checkChoice('kv.durability', durability, ['batch', 'always', 'off']);
  if (dataDir !== undefined && store !== undefined) {
    throw new ClusterError('ERR_CONFIG', 'kv.dataDir and kv.store are both given; state is kept in one place');
  }
  if (bridge === undefined) return kv;
  if (!Array.isArray(bridge.prefixes) || !bridge.prefixes.every((prefix) => typeof prefix === 'string')) {
    throw new ClusterError('ERR_CONFIG', 'kv.bridge.prefixes must be an array of strings');
  }
  if (pool === 'serf') return kv;
  throw new ClusterError('ERR_CONFIG', 'kv.bridge tells of writes by user events, which only a Serf pool has');
}

/** What of it the core is told, and what is left of the process before. */
export function toCoreOptions(
  { limits, peersPerPeriod, periodMs, bytesPerSecond }: KvNodeOptions,
  store: Pick<KvStore, 'saved' | 'isCleanStop' | 'savedAtMs'> | undefined,
): KvOptions {
  return {
    ...(store !== undefined && { saved: toSaved(store) }),
    ...(limits !== undefined && { config: limits }),
    gossip: {
      ...(peersPerPeriod !== undefined && { peersPerPeriod }),
      ...(periodMs !== undefined && { periodMs }),
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    },
  };
}

function toSaved({ saved, isCleanStop, savedAtMs }: Pick<KvStore, 'saved' | 'isCleanStop' | 'savedAtMs'>): SavedKv {
  return {
    ...(saved !== undefined && { state: saved }),
    isCleanStop,
    ...(savedAtMs !== undefined && { atMs: savedAtMs }),
  };
}
