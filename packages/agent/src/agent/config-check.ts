import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { ClusterError, formatAddress } from 'hearsay';
import { settingAt, type MergedConfig, type SerfAgentConfig } from './config.ts';
import { configKeyOf, type ConfigField } from './config-keys.ts';
import { showValue } from './config-values.ts';
import { decodeKey } from './encryption-key.ts';
import { isValidFilter, parseEventHandler } from './event-filter.ts';
import { chooseOnInterface, splitAddress } from './listen-address.ts';
import { parseLogLevel } from './log-level.ts';
import { isSyslogFacility, syslogFacilities } from './syslog-codes.ts';

/** A configuration that can be started, and what its user should know. */
export interface CheckedConfig {
  readonly config: SerfAgentConfig;
  /** Serf's own texts, without the `==> ` in front. */
  readonly warnings: readonly string[];
}

/** One thing wrong: whose value, what (in Serf's words where it has some), and what to do. */
interface Problem {
  /** The settings concerned; `index` is the place in a list. */
  readonly fields: readonly (ConfigField | { readonly field: ConfigField; readonly index: number })[];
  readonly what: string;
  readonly remedy: string;
}

type Check = (config: SerfAgentConfig) => readonly Problem[];

const minIntervalMs = 1_000;

/**
 * Says no to what cannot work, before anything is opened, and settles the rest: `role` becomes a tag, times that are
 * too short become 1 s, `interface` becomes an address to bind.
 *
 * @throws {@link ClusterError} `ERR_CONFIG`; the message has a line for each problem, with file, key, value and remedy
 */
export function checkConfig(
  merged: MergedConfig,
  interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]> = networkInterfaces(),
): CheckedConfig {
  const problems = [...checks.flatMap((check) => check(merged.config)), ...checkInterface(merged.config, interfaces)];
  if (problems.length > 0) {
    throw new ClusterError('ERR_CONFIG', problems.map((problem) => describe(problem, merged)).join('\n'));
  }
  return settle(merged.config, interfaces);
}

function settle(config: SerfAgentConfig, interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>): CheckedConfig {
  const warnings: string[] = [];
  let { tags, retryIntervalMs, broadcastTimeoutMs } = config;
  if (config.role !== '') {
    warnings.push("Deprecation warning: 'Role' has been replaced with 'Tags'");
    tags = Object.fromEntries([...Object.entries(tags), ['role', config.role]]);
  }
  if (retryIntervalMs < minIntervalMs) {
    warnings.push("Warning: 'RetryInterval' is too low. Setting to 1s");
    retryIntervalMs = minIntervalMs;
  }
  if (broadcastTimeoutMs < minIntervalMs) {
    warnings.push("Warning: 'BroadcastTimeout' is too low. Setting to 1s");
    broadcastTimeoutMs = minIntervalMs;
  }
  if (config.rejoinAfterLeave && config.snapshotPath === '') {
    warnings.push("Warning: 'RejoinAfterLeave' enabled without snapshot file");
  }
  const bind = bindAddress(config, interfaces);
  return { config: { ...config, tags, retryIntervalMs, broadcastTimeoutMs, bind }, warnings };
}

/** `bind` with its port, on `interface` if one is named. */
function bindAddress(config: SerfAgentConfig, interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>): string {
  const bind = splitAddress(config.bind);
  if (!bind.ok) return config.bind;
  if (config.interface === '') return formatAddress(bind);
  const chosen = chooseOnInterface(config.interface, bind.host, interfaces);
  return formatAddress({ host: chosen.ok ? chosen.host : bind.host, port: bind.port });
}

const checks: readonly Check[] = [
  checkName,
  checkTags,
  checkAddresses,
  checkKeys,
  checkLog,
  checkNumbers,
  checkTimes,
  checkHandlers,
  checkProfile,
  checkRules,
  checkDiscovery,
  checkFiles,
  checkOurs,
  checkState,
  checkTelemetry,
];

function checkName({ nodeName }: SerfAgentConfig): readonly Problem[] {
  if (!/[\u0000-\u001f\u007f]/.test(nodeName)) return [];
  return [
    {
      fields: ['nodeName'],
      what: 'Invalid node name: control characters',
      remedy: 'use letters, digits, dots and dashes',
    },
  ];
}

function checkTags({ tags, tagsFile, role }: SerfAgentConfig): readonly Problem[] {
  if (tagsFile === '') return [];
  const what = 'Tags config not allowed while using tag files';
  const remedy = 'put the tags into that file, or remove it';
  if (Object.keys(tags).length > 0) return [{ fields: ['tags', 'tagsFile'], what, remedy }];
  return role === '' ? [] : [{ fields: ['role', 'tagsFile'], what, remedy }];
}

function checkAddresses(config: SerfAgentConfig): readonly Problem[] {
  const gossip = (['bind', 'advertise'] as const).flatMap((field): readonly Problem[] => {
    const text = config[field];
    const split = splitAddress(text);
    if (!split.ok) {
      const what = `Invalid ${field} address: ${split.problem}`;
      return [{ fields: [field], what, remedy: 'it must be ip, ip:port, [v6] or [v6]:port' }];
    }
    if (field !== 'advertise' || text === '' || split.host !== '') return [];
    return [{ fields: [field], what: 'Invalid advertise address: no host', remedy: 'it must be ip or ip:port' }];
  });
  const services = (['rpcAddr', 'statsiteAddr', 'statsdAddr', 'prometheusAddr'] as const).flatMap((field) => {
    const text = config[field];
    const split = splitAddress(text, -1);
    if (text === '' || (split.ok && split.port >= 0)) return [];
    const what = `Invalid address: ${split.ok ? `address ${text}: missing port in address` : split.problem}`;
    return [{ fields: [field], what, remedy: 'it must be host:port, like 127.0.0.1:7373' }];
  });
  return [...gossip, ...services, ...checkSameAddress(config)];
}

function checkSameAddress({ rpcAddr, prometheusAddr }: SerfAgentConfig): readonly Problem[] {
  const split = splitAddress(rpcAddr, 0);
  // Two that ask for any free port get two.
  if (rpcAddr !== prometheusAddr || !split.ok || split.port === 0) return [];
  const what = 'RPC and metrics cannot have one address';
  return [{ fields: ['rpcAddr', 'prometheusAddr'], what, remedy: 'give one of them another port' }];
}

function checkInterface(
  config: SerfAgentConfig,
  interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>,
): readonly Problem[] {
  const bind = splitAddress(config.bind);
  if (config.interface === '' || !bind.ok) return [];
  const chosen = chooseOnInterface(config.interface, bind.host, interfaces);
  if (chosen.ok) return [];
  const remedy = `it must be one of ${Object.keys(interfaces).join(', ')}, with an address that fits bind`;
  return [{ fields: ['interface', 'bind'], what: chosen.problem, remedy }];
}

function checkKeys({ encryptKey, keyringFile }: SerfAgentConfig): readonly Problem[] {
  if (encryptKey === '') return [];
  const decoded = decodeKey(encryptKey);
  if (!decoded.ok) {
    const what = `Invalid encryption key: ${decoded.problem}`;
    return [{ fields: ['encryptKey'], what, remedy: 'make one with `hearsay keygen`' }];
  }
  if (keyringFile === '') return [];
  const what = 'Encryption key not allowed while using a keyring';
  return [{ fields: ['encryptKey', 'keyringFile'], what, remedy: 'put the key into that file, or remove it' }];
}

function checkLog({ logLevel, enableSyslog, syslogFacility }: SerfAgentConfig): readonly Problem[] {
  const problems: Problem[] = [];
  if (parseLogLevel(logLevel) === undefined) {
    const what = `Invalid log level: ${logLevel.toUpperCase()}. Valid log levels are: [TRACE DEBUG INFO WARN ERR]`;
    problems.push({ fields: ['logLevel'], what, remedy: 'choose one of them' });
  }
  if (enableSyslog && !isSyslogFacility(syslogFacility)) {
    const remedy = `it must be one of ${syslogFacilities.join(', ')}`;
    problems.push({ fields: ['syslogFacility'], what: `invalid syslog facility: ${syslogFacility}`, remedy });
  }
  return problems;
}

function checkNumbers(config: SerfAgentConfig): readonly Problem[] {
  const { protocol } = config;
  const problems: Problem[] = [];
  if (protocol < 2 || protocol > 5) {
    const what = `Protocol version '${protocol}' too ${protocol < 2 ? 'low' : 'high'}. Must be in range: [2, 5]`;
    problems.push({ fields: ['protocol'], what, remedy: 'choose one of them' });
  }
  if (config.userEventMaxBytes > 9_216) {
    const what = 'user event size limit exceeds limit of 9216 bytes';
    problems.push({ fields: ['userEventMaxBytes'], what, remedy: 'it must be from 1 to 9216' });
  }
  for (const field of ['queryResponseMaxBytes', 'queryMaxBytes', 'userEventMaxBytes', 'retryMaxAttempts'] as const) {
    if (config[field] < 0) problems.push({ fields: [field], what: 'Negative number', remedy: 'it must be 0 or more' });
  }
  return problems;
}

function checkTimes(config: SerfAgentConfig): readonly Problem[] {
  const fields = [
    'retryIntervalMs',
    'reconnectIntervalMs',
    'reconnectTimeoutMs',
    'tombstoneTimeoutMs',
    'broadcastTimeoutMs',
    'leaveTimeoutMs',
    'eventHandlerTimeoutMs',
  ] as const;
  return fields
    .filter((field) => config[field] < 0)
    .map((field) => ({ fields: [field], what: 'Negative time', remedy: 'it must be a positive time, like "10s"' }));
}

function checkHandlers({ eventHandlers }: SerfAgentConfig): readonly Problem[] {
  return eventHandlers.flatMap((text, index) =>
    parseEventHandler(text)
      .filter(({ filter }) => !isValidFilter(filter))
      .map(({ filter, script }) => ({
        fields: [{ field: 'eventHandlers', index }],
        what: `Invalid event script: Event '${filter.event}' invoking '${script}'`,
        remedy: 'before the first = stand events like member-join or user:NAME; a script with a = needs one in front',
      })),
  );
}

function checkProfile({ profile }: SerfAgentConfig): readonly Problem[] {
  if (['lan', 'wan', 'local'].includes(profile)) return [];
  return [{ fields: ['profile'], what: `Unknown profile: ${profile}`, remedy: 'it must be lan, wan or local' }];
}

function checkRules({ rules }: SerfAgentConfig): readonly Problem[] {
  if (['sharp', 'memberlist'].includes(rules)) return [];
  return [{ fields: ['rules'], what: `Unknown rules: ${rules}`, remedy: 'it must be sharp or memberlist' }];
}

function checkDiscovery({ discover, mdns }: SerfAgentConfig): readonly Problem[] {
  if (discover === '') return [];
  const problems: Problem[] = [];
  if (Buffer.byteLength(discover) > 57 || discover.includes('.')) {
    const what = `Invalid cluster name for mDNS: ${discover}`;
    problems.push({ fields: ['discover'], what, remedy: 'at most 57 bytes, without dots' });
  }
  if (mdns.disableIpv4 && mdns.disableIpv6) {
    const what = 'mDNS has neither IPv4 nor IPv6 to look with';
    problems.push({ fields: ['discover', 'mdns'], what, remedy: 'allow one of the two, or remove discover' });
  }
  return problems;
}

/** One file for two purposes would be overwritten by both. */
function checkFiles(config: SerfAgentConfig): readonly Problem[] {
  const fields = ['tagsFile', 'keyringFile', 'snapshotPath', 'rpcUnixSocket', 'dataDir'] as const;
  const used = fields.filter((field) => config[field] !== '');
  return used.flatMap((field, index) =>
    used
      .slice(index + 1)
      .filter((other) => config[other] === config[field])
      .map((other) => ({
        fields: [field, other],
        what: 'One path for two purposes',
        remedy: 'give each a path of its own',
      })),
  );
}

function checkOurs({ label, rpcUnixSocket }: SerfAgentConfig): readonly Problem[] {
  const problems: Problem[] = [];
  if (Buffer.byteLength(label) > 255) {
    const what = `The label is ${Buffer.byteLength(label)} bytes long`;
    problems.push({ fields: ['label'], what, remedy: 'the limit is 255' });
  }
  if (Buffer.byteLength(rpcUnixSocket) > 107) {
    const what = `The path of the socket is ${Buffer.byteLength(rpcUnixSocket)} bytes long`;
    problems.push({ fields: ['rpcUnixSocket'], what, remedy: 'the limit of the system is 107' });
  }
  return problems;
}

function checkState({
  dataDir,
  kv,
  kvBridge,
  kvDurability,
  kvFanout,
  kvIntervalMs,
}: SerfAgentConfig): readonly Problem[] {
  const problems: Problem[] = [];
  if (dataDir !== '' && !kv) {
    const what = 'Without gossiped state there is nothing to keep';
    problems.push({ fields: ['dataDir', 'kv'], what, remedy: 'switch kv on, or remove data_dir' });
  }
  if (!['batch', 'always', 'off'].includes(kvDurability)) {
    const what = `Unknown durability: ${kvDurability}`;
    problems.push({ fields: ['kvDurability'], what, remedy: 'it must be batch, always or off' });
  }
  if (kvBridge.length > 0 && !kv) {
    const what = 'Without gossiped state there is nothing to tell';
    problems.push({ fields: ['kvBridge', 'kv'], what, remedy: 'switch kv on, or remove kv_bridge' });
  }
  if (kvFanout < 1 || kvFanout > 16) {
    problems.push({ fields: ['kvFanout'], what: 'Number of members out of range', remedy: 'it must be from 1 to 16' });
  }
  if (kvIntervalMs < 10 || kvIntervalMs > 86_400_000) {
    problems.push({ fields: ['kvIntervalMs'], what: 'Time out of range', remedy: 'it must be from 10ms to 24h' });
  }
  return problems;
}

function checkTelemetry({
  kv,
  telemetry,
  telemetryEstimate,
  telemetryIntervalMs,
}: SerfAgentConfig): readonly Problem[] {
  const problems: Problem[] = [];
  if (telemetryEstimate.length > 0 && !(kv && telemetry)) {
    const what = 'Without telemetry there is nothing to estimate';
    problems.push({ fields: ['telemetryEstimate', 'kv', 'telemetry'], what, remedy: 'switch both on, or remove it' });
  }
  if (telemetryEstimate.length > 24) {
    const what = `${telemetryEstimate.length} metrics to estimate`;
    problems.push({ fields: ['telemetryEstimate'], what, remedy: 'the limit is 24' });
  }
  if (telemetryIntervalMs < 100 || telemetryIntervalMs > 86_400_000) {
    problems.push({
      fields: ['telemetryIntervalMs'],
      what: 'Time out of range',
      remedy: 'it must be from 100ms to 24h',
    });
  }
  return problems;
}

/** `Unknown profile: moon (profile is "moon" in 'c.json'; it must be lan, wan or local)`. */
function describe({ fields, what, remedy }: Problem, { config, sources }: MergedConfig): string {
  const settings = fields.map((entry) => {
    const { field, index } = typeof entry === 'string' ? { field: entry, index: undefined } : entry;
    const key = configKeyOf(field);
    const value = index === undefined ? config[field] : (config[field] as readonly string[])[index];
    const { name, where } = settingAt(key, sources.get(field)?.[index ?? 0]);
    return `${name} is ${key.isSecret === true ? 'not shown' : showValue(value)} ${where}`;
  });
  return `${what} (${settings.join(', ')}; ${remedy})`;
}
