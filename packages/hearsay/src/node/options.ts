import { isUint8Array } from 'node:util/types';
import { ClusterError } from '../util/index.ts';
import type { DelegateVersions, StableViewConfig } from '../cluster/index.ts';
import type { SerfConfig, SerfTraceEvent } from '../serf/index.ts';
import type { Delegate, RuleSetName, SwimConfig, SwimProfile, SwimRules, SwimTraceEvent } from '../swim/index.ts';
import type { KvNodeOptions } from './kv/options.ts';
import type { Logger } from './logger.ts';
import type { Lookup } from './seeds.ts';
import type { TelemetryOptions } from './telemetry/options.ts';

/** What {@link createCluster} takes. Every field has a default: `createCluster({})` is a cluster of one. */
export interface CreateClusterOptions {
  /**
   * This member's name, unique in the cluster; a second node of the same name is refused by the others.
   *
   * @defaultValue the host name, a dash and the bound port
   */
  readonly name?: string;
  /**
   * `serf`: a pool of Serf's kind, with tags, events, queries and key changes; Serf agents can be members of it. Serf
   * itself, Consul and Nomad form such pools. `memberlist`: a plain one, whose members send each other messages of their
   * own; Alertmanager and Mimir form such pools. Members of one kind refuse those of the other.
   *
   * @defaultValue `serf`
   */
  readonly pool?: 'serf' | 'memberlist';
  /**
   * Where to listen, as `host:port`, IPv6 in square brackets; for UDP and TCP alike. Port 0 takes any that is free for
   * both. `::` listens for IPv4 as well, where the system does so.
   *
   * @defaultValue `0.0.0.0:7946`
   * @throws {@link ClusterError} `ERR_BIND` when it cannot be bound
   */
  readonly bind?: string;
  /**
   * The address to tell the others, as `host[:port]`, for instance behind a port mapping; a host name is resolved once.
   *
   * @defaultValue the bound address when it is a specific one; else this host's private address on the interface with
   * the default route
   * @throws {@link ClusterError} `ERR_ADDRESS` when none can be found out
   */
  readonly advertise?: string;
  /**
   * Members to join, as `[name/]host[:port]`; a missing port is that of `bind`, or 7946 when that is 0. They are tried in the
   * background, again and again while this node is alone, and host names are resolved anew each time. It does no harm
   * that the list names this node too, so all nodes can have the same.
   *
   * @defaultValue none: wait to be joined, or call `join`
   */
  readonly seeds?: readonly string[];
  /**
   * The preset of timings: `lan` for one data centre, `wan` for slow links, `local` for one machine.
   *
   * @defaultValue `lan`
   */
  readonly profile?: SwimProfile;
  /** Single settings that differ from the preset. Unsafe combinations are refused with `ERR_CONFIG`. */
  readonly swim?: Partial<SwimConfig>;
  /**
   * What this member does otherwise than memberlist, on its own and unseen on the wire: `sharp` for all of it,
   * `memberlist` for none of it, or changes to the sharp set. Members with different rules get along.
   *
   * @defaultValue `sharp`
   * @throws {@link ClusterError} `ERR_CONFIG`
   */
  readonly rules?: RuleSetName | Partial<SwimRules>;
  /**
   * Encryption keys of 16, 24 or 32 bytes (AES-128, -192, -256), or the same in base64. The first one encrypts, all of
   * them decrypt.
   *
   * @defaultValue none: messages are neither encrypted nor authenticated
   * @throws {@link ClusterError} `ERR_KEY_LENGTH`
   */
  readonly keys?: readonly (Uint8Array | string)[];
  /**
   * Keeps clusters apart that can reach each other: messages with another label are dropped. At most 255 bytes.
   * Needs memberlist 0.3 or newer on all members.
   *
   * @defaultValue none
   */
  readonly label?: string;
  /**
   * Serf pools: what this member says of itself, such as its role. At most 512 bytes when encoded, with the five of the
   * tag `gs`, by which a member says that it takes part in gossiped state; no tag of a user may be named so.
   *
   * @defaultValue none
   * @throws {@link ClusterError} `ERR_TAGS_TOO_LARGE`
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** Serf pools: single settings that differ from Serf's defaults. */
  readonly serf?: Partial<SerfConfig>;
  /**
   * Serf pools: a file, of Serf's own format, in which this member remembers who else was there. After a restart it joins
   * them again, and old events are not delivered twice. Made when it does not exist. Of one node at a time: `FILE.lock`
   * beside it says whose it is.
   *
   * @defaultValue none
   * @throws {@link ClusterError} `ERR_FILE` when it cannot be read or written, or another node uses it
   */
  readonly snapshotPath?: string;
  /**
   * Serf pools: stores the encryption keys after each change, the primary one first. What it throws is told to whoever asked for the
   * change. It is called in the middle of the protocol's work: it must be quick and must not call the cluster.
   *
   * @defaultValue keys are kept in memory alone
   */
  readonly saveKeys?: (keys: readonly Uint8Array[]) => void;
  /**
   * Plain pools: what the others see as this member's metadata, at most 512 bytes, or 508 with `kv`, which puts a mark of
   * four bytes before it that members of this kind do not show; text becomes UTF-8.
   *
   * @defaultValue empty
   */
  readonly meta?: Uint8Array | string;
  /**
   * Take part in gossiped state, {@link Cluster.kv}: `true` for the defaults, or what differs from them.
   *
   * @defaultValue true in a Serf pool, false in a plain one
   */
  readonly kv?: boolean | KvNodeOptions;
  /**
   * Publish metrics by gossip, and read those of all members, {@link Cluster.telemetry}: `true` for the defaults, or what
   * differs from them. Also how this process does, every ten seconds, about 300 bytes.
   *
   * @defaultValue true where there is gossiped state
   * @throws {@link ClusterError} `ERR_CONFIG` when it is wanted and `kv` is off
   */
  readonly telemetry?: boolean | TelemetryOptions;
  /**
   * Tell of members in stable batches too, {@link Cluster.stableView} and the event `members-changed`: what differs from the
   * defaults, or `false` to leave it out. It sends nothing; it remembers who accused whom in the last minute, and each
   * batch hands out a copy of all members.
   *
   * @defaultValue true
   * @throws {@link ClusterError} `ERR_CONFIG`
   */
  readonly stableView?: boolean | Partial<StableViewConfig>;
  /**
   * Remember what happens to members and to rumors, a megabyte or so at most, for {@link Cluster.why} and
   * {@link Cluster.trace}.
   *
   * @defaultValue true
   */
  readonly evidence?: boolean;
  /**
   * Networks that members may be in, in CIDR notation. Members elsewhere are refused.
   *
   * @defaultValue all
   */
  readonly allowedNetworks?: readonly string[];
  /** Plain pools: protocol versions of the layer above. */
  readonly versions?: DelegateVersions;
  /** Plain pools: for layers above membership; see `hearsay/core`. What it throws stops the cluster. */
  readonly delegate?: Partial<Delegate>;
  /**
   * Where to log, of pino's shape.
   *
   * @defaultValue nowhere
   */
  readonly logger?: Logger;
  /** Ends the cluster: its start if it still starts, else as `close` would, with no leave. */
  readonly signal?: AbortSignal;
  /** Hears what happens inside the protocol, packet by packet. Costs time; for tools and tests. */
  readonly trace?: (event: SwimTraceEvent) => void;
  /** Serf pools: hears what happens inside the Serf layer, message by message, and how long the snapshot takes. */
  readonly serfTrace?: (event: SerfTraceEvent | SnapshotTraceEvent) => void;
  /**
   * Resolves host names.
   *
   * @defaultValue the system's resolver
   */
  readonly lookup?: Lookup;
}

/** The snapshot file was changed: lines were added to it, or it was made anew because it had grown. */
export interface SnapshotTraceEvent {
  readonly type: 'snapshot-appended' | 'snapshot-compacted';
  readonly durationMs: number;
}

/** Bytes as they are, text as UTF-8. */
export function toBytes(value: Uint8Array | string): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value;
}

/**
 * The core checks the length.
 *
 * @throws {@link ClusterError} `ERR_KEY_LENGTH` when it is neither bytes nor base64
 */
export function toKey(value: Uint8Array | string): Uint8Array {
  if (typeof value !== 'string' && !isUint8Array(value)) {
    throw new ClusterError('ERR_KEY_LENGTH', 'an encryption key must be bytes or base64');
  }
  if (typeof value !== 'string') return value;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) {
    throw new ClusterError('ERR_KEY_LENGTH', 'an encryption key is text but not base64; the key itself is not shown');
  }
  return new Uint8Array(Buffer.from(value, 'base64'));
}
