import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SerfAgentConfig } from '../../agent/index.ts';
import { collect, durationMs, wholeNumber } from '../options.ts';

/** A setting of the agent as a flag. Its value ends up in `field` of the settings. */
interface AgentFlag {
  /** Without dashes, and with what stands for its value; none for a switch. */
  readonly flag: string;
  readonly field: keyof SerfAgentConfig;
  readonly kind: 'text' | 'texts' | 'number' | 'time' | 'switch';
  readonly what: string;
}

const flags: readonly AgentFlag[] = [
  { flag: 'node <name>', field: 'nodeName', kind: 'text', what: 'name of this member; default: the host name' },
  {
    flag: 'bind <address>',
    field: 'bind',
    kind: 'text',
    what: 'where to listen, ip[:port], for UDP and TCP alike; default: 0.0.0.0:7946',
  },
  { flag: 'iface <name>', field: 'interface', kind: 'text', what: 'network interface to listen on' },
  {
    flag: 'advertise <address>',
    field: 'advertise',
    kind: 'text',
    what: 'what to tell the others, host[:port]; default: chosen, and explained at start',
  },
  {
    flag: 'join <address>',
    field: 'startJoin',
    kind: 'texts',
    what: 'join at start or fail; may be given several times',
  },
  {
    flag: 'retry-join <address>',
    field: 'retryJoin',
    kind: 'texts',
    what: 'join in the background until it works; may be given several times',
  },
  {
    flag: 'retry-interval <time>',
    field: 'retryIntervalMs',
    kind: 'time',
    what: 'time between two attempts of -retry-join; default: 30s',
  },
  {
    flag: 'retry-max <n>',
    field: 'retryMaxAttempts',
    kind: 'number',
    what: 'further attempts of -retry-join before giving up; default: 0, for ever',
  },
  { flag: 'replay', field: 'replayOnJoin', kind: 'switch', what: 'deliver user events from before a join as well' },
  {
    flag: 'discover <cluster>',
    field: 'discover',
    kind: 'text',
    what: 'find and join agents of that cluster name by mDNS',
  },
  { flag: 'role <role>', field: 'role', kind: 'text', what: 'deprecated: sets the tag role' },
  {
    flag: 'tags-file <path>',
    field: 'tagsFile',
    kind: 'text',
    what: 'keep the tags in this file; not together with -tag',
  },
  {
    flag: 'encrypt <key>',
    field: 'encryptKey',
    kind: 'text',
    what: 'encryption key in base64; better in the environment, as HEARSAY_ENCRYPT',
  },
  {
    flag: 'keyring-file <path>',
    field: 'keyringFile',
    kind: 'text',
    what: 'keep the encryption keys in this file; not together with -encrypt',
  },
  { flag: 'label <label>', field: 'label', kind: 'text', what: 'only talk to members with the same label' },
  {
    flag: 'event-handler <handler>',
    field: 'eventHandlers',
    kind: 'texts',
    what: 'run a script on events, [filters=]script; may be given several times',
  },
  {
    flag: 'event-handler-timeout <time>',
    field: 'eventHandlerTimeoutMs',
    kind: 'time',
    what: 'end scripts that run longer; default: 0s, never',
  },
  {
    flag: 'snapshot <path>',
    field: 'snapshotPath',
    kind: 'text',
    what: 'remember members and clocks in this file, to rejoin after a restart',
  },
  { flag: 'rejoin', field: 'rejoinAfterLeave', kind: 'switch', what: 'rejoin from the snapshot even after a leave' },
  {
    flag: 'profile <profile>',
    field: 'profile',
    kind: 'text',
    what: 'timing for the network: lan (default), wan or local',
  },
  {
    flag: 'rules <set>',
    field: 'rules',
    kind: 'text',
    what: 'what to do otherwise than the Go code: sharp (default) for all our rules, memberlist for none',
  },
  {
    flag: 'protocol <version>',
    field: 'protocol',
    kind: 'number',
    what: 'version of the Serf protocol to speak, 2 to 5; default: 5',
  },
  {
    flag: 'broadcast-timeout <time>',
    field: 'broadcastTimeoutMs',
    kind: 'time',
    what: 'longest wait for news to spread; default: 5s',
  },
  {
    flag: 'leave-timeout <time>',
    field: 'leaveTimeoutMs',
    kind: 'time',
    what: 'how long a leave may take on a signal; default: 3s',
  },
  {
    flag: 'rpc-addr <address>',
    field: 'rpcAddr',
    kind: 'text',
    what: 'where to serve RPC, host:port, or empty for nowhere; default: 127.0.0.1:7373',
  },
  {
    flag: 'rpc-unix-socket <path>',
    field: 'rpcUnixSocket',
    kind: 'text',
    what: 'serve RPC on this Unix socket as well',
  },
  { flag: 'log-level <level>', field: 'logLevel', kind: 'text', what: 'trace, debug, info (default), warn or err' },
  { flag: 'log-json', field: 'logJson', kind: 'switch', what: 'log one JSON object a line; also --json' },
  { flag: 'syslog', field: 'enableSyslog', kind: 'switch', what: 'log to the local syslog as well' },
  {
    flag: 'prometheus-addr <address>',
    field: 'prometheusAddr',
    kind: 'text',
    what: 'serve /metrics, /sd, /healthz and /readyz over HTTP at host:port',
  },
  {
    flag: 'data-dir <path>',
    field: 'dataDir',
    kind: 'text',
    what: 'keep gossiped state in this folder, which is for this agent alone',
  },
  { flag: 'kv', field: 'kv', kind: 'switch', what: 'keep gossiped state with the others; the default in a Serf pool' },
  {
    flag: 'kv-fanout <n>',
    field: 'kvFanout',
    kind: 'number',
    what: 'with how many members state is compared in each interval; default: 2',
  },
  {
    flag: 'kv-interval <time>',
    field: 'kvIntervalMs',
    kind: 'time',
    what: 'how often state is compared with other members; default: 1s',
  },
  {
    flag: 'kv-bridge <prefix>',
    field: 'kvBridge',
    kind: 'texts',
    what: 'tell writes to keys that begin so as user events too; may be given several times',
  },
  {
    flag: 'telemetry',
    field: 'telemetry',
    kind: 'switch',
    what: 'measure, and answer for the metrics of all members; the default where there is gossiped state',
  },
  {
    flag: 'telemetry-interval <time>',
    field: 'telemetryIntervalMs',
    kind: 'time',
    what: 'how often all members are told what this one measures; default: 10s',
  },
  {
    flag: 'telemetry-process',
    field: 'telemetryProcess',
    kind: 'switch',
    what: 'tell how this process does; the default',
  },
  {
    flag: 'telemetry-publish',
    field: 'telemetryPublish',
    kind: 'switch',
    what: 'tell all members what this one measures; the default',
  },
  {
    flag: 'telemetry-estimate <metric>',
    field: 'telemetryEstimate',
    kind: 'texts',
    what: 'estimate this metric together with the others; the same on all members, may be given several times',
  },
];

/** What a command line says of the agent's settings, beside the files it names. */
export interface AgentArguments {
  /** Files and directories, in the order they were given. */
  readonly configPaths: readonly string[];
  readonly values: Partial<SerfAgentConfig>;
  readonly pool: 'serf' | 'memberlist';
  readonly meta: string | undefined;
  /** `-rpc-addr=` with nothing behind it: no RPC by TCP. Serf has no way to say that. */
  readonly isRpcOff: boolean;
}

/** Adds the flags. Call the result when the command line has been read. */
export function addAgentFlags(command: Command): () => AgentArguments {
  const configPaths: string[] = [];
  const keepPath = (path: string): string[] => {
    configPaths.push(path);
    return configPaths;
  };
  command
    .option('--config-file <path>', 'read settings from a JSON file; may be given several times', keepPath)
    .option(
      '--config-dir <path>',
      'read settings from the .json files of a directory; may be given several times',
      keepPath,
    );
  for (const flag of flags) command.addOption(toOption(flag));
  command
    .option('--tag <key=value>', 'tag of this member; may be given several times', keepTag)
    .option('--mdns-iface <name>', 'network interface for mDNS')
    .option('--mdns-disable-ipv4', 'no mDNS over IPv4')
    .option('--mdns-disable-ipv6', 'no mDNS over IPv6')
    .option('--no-kv', 'keep no gossiped state: -kv=false')
    .option('--no-telemetry', 'measure nothing: -telemetry=false')
    .option('--no-telemetry-process', 'do not tell how this process does: -telemetry-process=false')
    .option('--no-telemetry-publish', 'only answer who asks: -telemetry-publish=false')
    .option('--disable-compression', 'do not compress what is sent')
    .addOption(
      new Option('--pool <pool>', 'kind of pool: serf, or a plain memberlist one, without tags, events and queries')
        .choices(['serf', 'memberlist'])
        .default('serf'),
    )
    .option('--meta <text>', 'plain pools: what the others see as metadata, at most 512 bytes')
    .addOption(new Option('--json').hideHelp());
  return () => toArguments(command, configPaths);
}

function toOption({ flag, kind, what }: AgentFlag): Option {
  const option = new Option(`--${flag}`, what);
  if (kind === 'texts') return option.argParser(collect(String));
  if (kind === 'number') return option.argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER));
  return kind === 'time' ? option.argParser(durationMs(0)) : option;
}

function toArguments(command: Command, configPaths: readonly string[]): AgentArguments {
  const said = command.opts<Record<string, unknown>>();
  const values: Record<string, unknown> = {};
  for (const { flag, field } of flags) {
    const value = said[attributeOf(flag)];
    if (value !== undefined) values[field] = value;
  }
  if (said['tag'] !== undefined) values['tags'] = said['tag'];
  if (said['disableCompression'] === true) values['enableCompression'] = false;
  if (said['json'] === true) values['logJson'] = true;
  values['mdns'] = {
    interface: said['mdnsIface'] ?? '',
    disableIpv4: said['mdnsDisableIpv4'] === true,
    disableIpv6: said['mdnsDisableIpv6'] === true,
  };
  return {
    configPaths,
    values,
    pool: said['pool'] as 'serf' | 'memberlist',
    meta: said['meta'] as string | undefined,
    isRpcOff: said['rpcAddr'] === '',
  };
}

/** The name under which commander keeps a flag's value. */
function attributeOf(flag: string): string {
  return flag.replace(/ .*/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Adds one tag to those before it. */
function keepTag(text: string, tags: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError(`Invalid tag: '${text}'; it must be key=value.`);
  return Object.fromEntries([...Object.entries(tags ?? {}), [text.slice(0, equals), text.slice(equals + 1)]]);
}
