import { configKeys, type ConfigField, type ConfigKey } from './config-keys.ts';

/** Settings of mDNS discovery. */
export interface MdnsConfig {
  /** Network interface by name; empty: the system's choice. */
  readonly interface: string;
  readonly disableIpv4: boolean;
  readonly disableIpv6: boolean;
}

/**
 * All an agent can be told, merged from defaults, files and flags. What each setting means, its key and its flag stand
 * in `config-keys.ts`. An empty text means that nothing was said.
 */
export interface SerfAgentConfig {
  readonly nodeName: string;
  readonly role: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly tagsFile: string;
  readonly bind: string;
  readonly interface: string;
  readonly advertise: string;
  readonly discover: string;
  readonly mdns: MdnsConfig;
  readonly encryptKey: string;
  readonly keyringFile: string;
  readonly logLevel: string;
  readonly rpcAddr: string;
  readonly rpcAuth: string;
  readonly protocol: number;
  readonly replayOnJoin: boolean;
  readonly queryResponseMaxBytes: number;
  readonly queryMaxBytes: number;
  readonly userEventMaxBytes: number;
  readonly startJoin: readonly string[];
  readonly retryJoin: readonly string[];
  readonly retryIntervalMs: number;
  /** 0: for ever. */
  readonly retryMaxAttempts: number;
  readonly eventHandlers: readonly string[];
  readonly profile: string;
  readonly snapshotPath: string;
  readonly rejoinAfterLeave: boolean;
  readonly leaveOnTerminate: boolean;
  readonly skipLeaveOnInterrupt: boolean;
  readonly reconnectIntervalMs: number;
  readonly reconnectTimeoutMs: number;
  readonly tombstoneTimeoutMs: number;
  readonly disableNameResolution: boolean;
  readonly enableSyslog: boolean;
  readonly syslogFacility: string;
  readonly statsiteAddr: string;
  readonly statsdAddr: string;
  readonly broadcastTimeoutMs: number;
  readonly enableCompression: boolean;
  readonly disableCoordinates: boolean;
  readonly validateNodeNames: boolean;
  /** From here on: keys that Serf does not have. */
  readonly rules: string;
  readonly label: string;
  readonly rpcUnixSocket: string;
  readonly leaveTimeoutMs: number;
  /** 0: none, as with Serf. */
  readonly eventHandlerTimeoutMs: number;
  readonly logJson: boolean;
  readonly prometheusAddr: string;
  readonly kv: boolean;
  readonly dataDir: string;
  readonly kvDurability: string;
  readonly kvFanout: number;
  readonly kvIntervalMs: number;
  readonly kvBridge: readonly string[];
  readonly telemetry: boolean;
  readonly telemetryIntervalMs: number;
  readonly telemetryProcess: boolean;
  readonly telemetryPublish: boolean;
  readonly telemetryEstimate: readonly string[];
}

/** What one file, or the command line, says. */
export interface ConfigLayer {
  /** For errors: `'agent.json'`, or {@link commandLine}. */
  readonly source: string;
  readonly values: Partial<SerfAgentConfig>;
}

/** The source of a {@link ConfigLayer} made of flags. */
export const commandLine = 'the command line';

/** A setting as errors name it: `-bind` `on the command line`, `bind` `in 'agent.json'`, or `by default`. */
export function settingAt(
  { key, flag }: ConfigKey,
  source: string | undefined,
): { readonly name: string; readonly where: string } {
  if (source === undefined) return { name: key, where: 'by default' };
  if (source !== commandLine) return { name: key, where: `in ${source}` };
  return { name: flag === undefined ? key : `-${flag}`, where: `on ${source}` };
}

/** The settings in force, and who said so. */
export interface MergedConfig {
  readonly config: SerfAgentConfig;
  /** By field, the source of a value; of a list, one source an entry. Nothing for defaults. */
  readonly sources: ReadonlyMap<ConfigField, readonly string[]>;
}

/** What holds when nothing is said. */
export const agentDefaults: SerfAgentConfig = Object.freeze({
  nodeName: '',
  role: '',
  tags: Object.freeze({}),
  tagsFile: '',
  bind: '0.0.0.0',
  interface: '',
  advertise: '',
  discover: '',
  mdns: Object.freeze({ interface: '', disableIpv4: false, disableIpv6: false }),
  encryptKey: '',
  keyringFile: '',
  logLevel: 'INFO',
  rpcAddr: '127.0.0.1:7373',
  rpcAuth: '',
  protocol: 5,
  replayOnJoin: false,
  queryResponseMaxBytes: 1_024,
  queryMaxBytes: 1_024,
  userEventMaxBytes: 512,
  startJoin: Object.freeze([]),
  retryJoin: Object.freeze([]),
  retryIntervalMs: 30_000,
  retryMaxAttempts: 0,
  eventHandlers: Object.freeze([]),
  profile: 'lan',
  snapshotPath: '',
  rejoinAfterLeave: false,
  leaveOnTerminate: false,
  skipLeaveOnInterrupt: false,
  reconnectIntervalMs: 30_000,
  reconnectTimeoutMs: 86_400_000,
  tombstoneTimeoutMs: 86_400_000,
  disableNameResolution: false,
  enableSyslog: false,
  syslogFacility: 'LOCAL0',
  statsiteAddr: '',
  statsdAddr: '',
  broadcastTimeoutMs: 5_000,
  enableCompression: true,
  disableCoordinates: false,
  validateNodeNames: false,
  rules: 'sharp',
  label: '',
  rpcUnixSocket: '',
  leaveTimeoutMs: 3_000,
  eventHandlerTimeoutMs: 0,
  logJson: false,
  prometheusAddr: '',
  kv: true,
  dataDir: '',
  kvDurability: 'batch',
  kvFanout: 2,
  kvIntervalMs: 1_000,
  kvBridge: Object.freeze([]),
  telemetry: true,
  telemetryIntervalMs: 10_000,
  telemetryProcess: true,
  telemetryPublish: true,
  telemetryEstimate: Object.freeze([]),
});

/** The same for a plain pool: its members tell what they can do only when they are asked to. */
export const plainPoolDefaults: SerfAgentConfig = Object.freeze({ ...agentDefaults, kv: false });

/**
 * Lays `layers` over `base`, the last one on top, by Serf's rules: a text that is not empty, a number that is not 0 and
 * `true` replace what lies below, and `false`, 0 and empty texts never do; tags are merged key by key; lists are
 * appended (Serf `MergeConfig`). The exceptions are ours: `enable_compression`, `kv` and the switches of telemetry are as
 * they were said last, for their default is `true` and only `false` tells anything.
 */
export function mergeConfig(layers: readonly ConfigLayer[], base: SerfAgentConfig = agentDefaults): MergedConfig {
  const config: Record<string, unknown> = { ...base };
  const sources = new Map<ConfigField, readonly string[]>();
  for (const { source, values } of layers) {
    for (const { field } of configKeys) {
      const value = values[field];
      if (value === undefined) continue;
      if (Array.isArray(value)) {
        config[field] = [...(config[field] as readonly string[]), ...(value as readonly string[])];
        sources.set(field, [...(sources.get(field) ?? []), ...value.map(() => source)]);
      } else if (saidLast.has(field)) {
        config[field] = value;
        sources.set(field, [source]);
      } else if (field === 'mdns') {
        config[field] = mergeMdns(config[field] as MdnsConfig, value as MdnsConfig);
        sources.set(field, [source]);
      } else if (typeof value === 'object') {
        config[field] = Object.fromEntries([...Object.entries(config[field] as object), ...Object.entries(value)]);
        sources.set(field, [source]);
      } else if (value !== '' && value !== 0 && value !== false) {
        config[field] = value;
        sources.set(field, [source]);
      }
    }
  }
  return { config: config as unknown as SerfAgentConfig, sources };
}

const saidLast: ReadonlySet<ConfigField> = new Set([
  'enableCompression',
  'kv',
  'telemetry',
  'telemetryProcess',
  'telemetryPublish',
]);

function mergeMdns(below: MdnsConfig, above: MdnsConfig): MdnsConfig {
  return {
    interface: above.interface === '' ? below.interface : above.interface,
    disableIpv4: below.disableIpv4 || above.disableIpv4,
    disableIpv6: below.disableIpv6 || above.disableIpv6,
  };
}
