import type { KvConfig, KvOptions } from '../../cluster/index.ts';

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

/** Whether a member with these options of `createCluster` takes part in gossiped state. */
export function isStateful({ kv = false }: { readonly kv?: boolean | KvNodeOptions }): boolean {
  return kv !== false;
}

/** What of it the core is told. */
export function toKvOptions(kv: boolean | KvNodeOptions | undefined): KvOptions {
  if (kv === undefined || typeof kv === 'boolean') return {};
  const { limits, peersPerPeriod, periodMs, bytesPerSecond } = kv;
  return {
    ...(limits !== undefined && { config: limits }),
    gossip: {
      ...(peersPerPeriod !== undefined && { peersPerPeriod }),
      ...(periodMs !== undefined && { periodMs }),
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    },
  };
}
