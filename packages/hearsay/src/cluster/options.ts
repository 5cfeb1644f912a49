import type { KvOptions } from '../kv/index.ts';
import { serfDefaults, type SerfConfig, type SerfSnapshot } from '../serf/index.ts';
import {
  AllowedNetworks,
  checkSwimConfig,
  checkSwimRules,
  Keyring,
  swimLimits,
  swimPresets,
  type Delegate,
  type SwimConfig,
  type RuleSetName,
  type SwimProfile,
  type SwimRules,
} from '../swim/index.ts';
import type { TelemetryConfig } from '../telemetry/index.ts';
import { ClusterError, copyBytes, formatAddress, type Address } from '../util/index.ts';
import { parseIp, utf8Length, wireLimits } from '../wire/index.ts';
import { kvHeadBytes, refuseKvTag } from './capability.ts';
import { checkStableView, type StableViewConfig } from './stable-view/config.ts';

/** Version numbers of the layer above membership. A Serf agent is only joined by members that speak 2 to 5. */
export interface DelegateVersions {
  readonly delegateMin: number;
  readonly delegateMax: number;
  readonly delegateCurrent: number;
}

/** Makes a node a member of a Serf pool. */
export interface SerfLayerOptions {
  /** What this member says of itself; at most 512 bytes when encoded. @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Given values replace Serf's defaults. */
  readonly config?: Partial<SerfConfig>;
  /** What the snapshot of a former life said. Given, also when it is an empty one: a snapshot is kept from now on. */
  readonly snapshot?: SerfSnapshot;
}

/** Who a node is and how it takes part. Checked and frozen when the node is made. */
export interface ClusterOptions {
  /**
   * The identity of this node: no two members may have the same.
   *
   * @throws `ClusterError` `ERR_CONFIG` when it is empty, longer than 255 bytes, or not well-formed
   */
  readonly name: string;
  /**
   * Where the others reach this node: an IP literal and a port.
   *
   * @throws `ClusterError` `ERR_CONFIG` for an unspecified address (`0.0.0.0`, `::`), and for a loopback address when
   * `bindHost` is not one: everybody would take it for itself
   */
  readonly advertise: Address;
  /** Where this node listens, if the driver knows; only to check `advertise` against. */
  readonly bindHost?: string;
  /** Stands for a port of 0 in what others send. @defaultValue the advertised port */
  readonly bindPort?: number;
  /**
   * What this node says of itself.
   *
   * @throws `ClusterError` `ERR_META_TOO_LARGE` when longer than 512 bytes
   */
  readonly meta?: Uint8Array;
  /** Encryption keys of 16, 24 or 32 bytes; the first one seals. None: nothing is encrypted. */
  readonly keys?: readonly Uint8Array[];
  /** Keeps clusters apart that share a network; the same as `swim.label`. */
  readonly label?: string;
  /** Where the cluster may be found. Healing keeps trying those that are not among the live members. */
  readonly seeds?: readonly Address[];
  /** For which network the timers are made. @defaultValue 'lan' */
  readonly profile?: SwimProfile;
  /** Overrides of the profile's preset. */
  readonly swim?: Partial<SwimConfig>;
  /**
   * What this node does otherwise than memberlist: a set by its name, or changes to the sharp set.
   *
   * @defaultValue 'sharp'
   * @throws `ClusterError` `ERR_CONFIG`
   */
  readonly rules?: RuleSetName | Partial<SwimRules>;
  /** Networks that members may be in, in CIDR notation. @defaultValue all */
  readonly allowedNetworks?: readonly string[];
  /**
   * Be a member of a Serf pool. Without it of a plain one, which only `meta`, `delegate` and `versions` belong to.
   *
   * @throws `ClusterError` `ERR_CONFIG` when one of these is given too
   */
  readonly serf?: SerfLayerOptions;
  /**
   * Take part in gossiped state: {@link ClusterNode.kv}. Needs `Env.wallMs`. A Serf pool's members see the tag `gs`, and
   * a plain pool's metadata begins with four bytes of a mark. @defaultValue none
   *
   * @throws `ClusterError` `ERR_CONFIG`
   */
  readonly kv?: KvOptions;
  /**
   * Publish metrics, and read those of all members: {@link ClusterNode.telemetry}. Needs `kv`. @defaultValue none
   *
   * @throws `ClusterError` `ERR_CONFIG`
   */
  readonly telemetry?: Partial<TelemetryConfig>;
  /** Publish a digest of the member list, and read those of all members: {@link ClusterNode.views}. @defaultValue with `kv` */
  readonly views?: boolean;
  /**
   * Tell of members in stable batches too, as `members-changed`, and keep the members by which an application goes:
   * {@link ClusterNode.stableView}. What differs from the defaults. @defaultValue none: it is left out
   *
   * @throws `ClusterError` `ERR_CONFIG`
   */
  readonly stableView?: Partial<StableViewConfig>;
  /** Remember what happens to members and to rumors, for {@link ClusterNode.why} and traces. @defaultValue true */
  readonly evidence?: boolean;
  /** Hooks of a layer above. */
  readonly delegate?: Partial<Delegate>;
  /** @defaultValue all 0; in a Serf pool Serf's 2, 5 and its protocol version */
  readonly versions?: DelegateVersions;
}

/** {@link ClusterOptions}, checked, with every default in place. */
export interface CheckedOptions {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly bindPort: number;
  readonly meta: Uint8Array;
  readonly keyring: Keyring;
  readonly seeds: readonly Address[];
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly allowedNetworks: AllowedNetworks | undefined;
  readonly serf: SerfLayerOptions | undefined;
  readonly kv: KvOptions | undefined;
  readonly telemetry: Partial<TelemetryConfig> | undefined;
  readonly evidence: boolean;
  readonly hasViews: boolean;
  readonly stableView: StableViewConfig | undefined;
  readonly delegate: Partial<Delegate>;
  readonly vsn: Uint8Array;
}

const protocolMin = 1;
const protocolMax = 5;
/** Serf's own range (Serf `config.go`, `ProtocolVersionMin` and `ProtocolVersionMax`). */
const serfProtocolMin = 2;
const serfProtocolMax = 5;

/**
 * Merges, checks and freezes, once.
 *
 * @throws `ClusterError` that names the option, its value and the limit
 */
export function checkClusterOptions(options: ClusterOptions): CheckedOptions {
  const { name, advertise, meta = new Uint8Array(0), keys = [], seeds = [], allowedNetworks } = options;
  checkName(name);
  checkPool(options);
  refuseKvTag(options.serf?.tags ?? {});
  const config = toConfig(options);
  return Object.freeze({
    name,
    addr: checkAdvertised(advertise, options.bindHost),
    port: advertise.port,
    bindPort: options.bindPort ?? advertise.port,
    meta: checkMeta(meta, options.kv !== undefined),
    keyring: new Keyring(keys),
    seeds: Object.freeze(seeds.map(checkSeed)),
    config,
    rules: checkSwimRules(options.rules ?? 'sharp'),
    allowedNetworks: allowedNetworks && new AllowedNetworks(allowedNetworks),
    serf: options.serf,
    kv: options.kv,
    telemetry: options.telemetry,
    evidence: options.evidence ?? true,
    hasViews: options.views ?? true,
    stableView: options.stableView && checkStableView(options.stableView, config.probeIntervalMs),
    delegate: options.delegate ?? {},
    vsn: toVersions(config.protocolVersion, options.serf ? serfVersions(options.serf) : options.versions),
  });
}

/** A copy of `meta` that nobody else can change. A member that takes part in state has less room for it. */
export function checkMeta(meta: Uint8Array, isStateful: boolean): Uint8Array {
  const maxBytes = wireLimits.metaMaxBytes - (isStateful ? kvHeadBytes : 0);
  if (meta.length > maxBytes) {
    throw new ClusterError('ERR_META_TOO_LARGE', `meta is ${meta.length} bytes, the limit is ${maxBytes}`);
  }
  return copyBytes(meta);
}

function checkPool({ serf, meta, delegate, versions }: ClusterOptions): void {
  if (serf === undefined) return;
  const strangers = Object.entries({ meta, delegate, versions }).filter(([, value]) => value !== undefined);
  if (strangers.length === 0) return;
  const names = strangers.map(([name]) => name).join(', ');
  throw new ClusterError('ERR_CONFIG', `${names} belong to plain pools; in a Serf pool use tags`);
}

function serfVersions({ config }: SerfLayerOptions): DelegateVersions {
  const delegateCurrent = config?.protocolVersion ?? serfDefaults.protocolVersion;
  if (!Number.isInteger(delegateCurrent) || delegateCurrent < serfProtocolMin || delegateCurrent > serfProtocolMax) {
    throw new ClusterError(
      'ERR_CONFIG',
      `serf protocolVersion is ${delegateCurrent}, it must be from ${serfProtocolMin} to ${serfProtocolMax}`,
    );
  }
  return { delegateMin: serfProtocolMin, delegateMax: serfProtocolMax, delegateCurrent };
}

function checkName(name: string): void {
  const lengthBytes = utf8Length(name);
  if (lengthBytes === 0) throw new ClusterError('ERR_CONFIG', 'name is empty');
  // It would come back from the others as another name, and the node would take its own record for a second member.
  if (/\p{Surrogate}/u.test(name)) throw new ClusterError('ERR_CONFIG', 'name holds half of a surrogate pair');
  if (lengthBytes <= swimLimits.nameMaxBytes) return;
  throw new ClusterError('ERR_CONFIG', `name is ${lengthBytes} bytes, the limit is ${swimLimits.nameMaxBytes}`);
}

function toConfig({ profile = 'lan', swim = {}, label }: ClusterOptions): SwimConfig {
  if (!Object.hasOwn(swimPresets, profile)) {
    throw new ClusterError('ERR_CONFIG', `profile is '${profile}', not one of lan, wan, local`);
  }
  return checkSwimConfig({ ...swimPresets[profile], ...swim, ...(label !== undefined && { label }) });
}

function checkAdvertised(advertise: Address, bindHost: string | undefined): Uint8Array {
  const addr = checkAddress('advertise', advertise);
  if (addr.every((byte) => byte === 0)) {
    throw new ClusterError(
      'ERR_CONFIG',
      `advertise is ${formatAddress(advertise)}: an unspecified address leads every other node to itself`,
    );
  }
  const bindAddr = bindHost === undefined ? undefined : parseIp(bindHost);
  if (bindAddr !== undefined && isLoopback(addr) && !isLoopback(bindAddr)) {
    throw new ClusterError(
      'ERR_CONFIG',
      `advertise is ${formatAddress(advertise)}, a loopback address, but bindHost is ${bindHost}: others could not reach it`,
    );
  }
  return addr;
}

function checkSeed(seed: Address): Address {
  checkAddress('seeds', seed);
  return seed;
}

function checkAddress(option: string, address: Address): Uint8Array {
  const addr = parseIp(address.host);
  const { port } = address;
  if (addr !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535) return addr;
  throw new ClusterError(
    'ERR_CONFIG',
    `${option} has ${address.host} port ${port}, not an IP address and a port of 1 to 65535`,
  );
}

function toVersions(protocolVersion: number, versions: DelegateVersions | undefined): Uint8Array {
  const { delegateMin = 0, delegateMax = 0, delegateCurrent = 0 } = versions ?? {};
  const areBytes = [delegateMin, delegateMax, delegateCurrent].every((n) => Number.isInteger(n) && n >= 0 && n <= 255);
  if (!areBytes || delegateMin > delegateCurrent || delegateCurrent > delegateMax) {
    throw new ClusterError(
      'ERR_CONFIG',
      `versions are ${delegateMin}, ${delegateCurrent}, ${delegateMax}: not in order of minimum, current, maximum from 0 to 255`,
    );
  }
  return Uint8Array.of(protocolMin, protocolMax, protocolVersion, delegateMin, delegateMax, delegateCurrent);
}

function isLoopback(addr: Uint8Array): boolean {
  if (addr.length === 4) return addr[0] === 127;
  return addr.every((byte, index) => byte === (index === 15 ? 1 : 0));
}
