import type { SerfAgentConfig } from './config.ts';
import { ourConfigKeys } from './our-config-keys.ts';

/** A field of {@link SerfAgentConfig}. */
export type ConfigField = keyof SerfAgentConfig;

/** What a key's value must be in a file: Go's texts for times, lists and maps of texts. */
export type ConfigKind = 'text' | 'number' | 'boolean' | 'time' | 'texts' | 'tags' | 'mdns';

/**
 * One key of the configuration. Files are read and documents made by it; the flags it names are those of `hearsay
 * agent`.
 */
export interface ConfigKey {
  /** As in a file, where case does not matter. */
  readonly key: string;
  readonly field: ConfigField;
  readonly kind: ConfigKind;
  /** The flag that says the same, without dashes. */
  readonly flag?: string;
  /** One sentence for the reference; what a user has to know about the edges. */
  readonly what: string;
  /** Never shown in an error. */
  readonly isSecret?: true;
  /** Serf does not know this key. */
  readonly isOurs?: true;
  /** Applied again on SIGHUP. */
  readonly isReloaded?: true;
}

const serfConfigKeys: readonly ConfigKey[] = [
  {
    key: 'node_name',
    field: 'nodeName',
    kind: 'text',
    flag: 'node',
    what: "This member's name, unique in the pool. Empty: the host name.",
  },
  {
    key: 'role',
    field: 'role',
    kind: 'text',
    flag: 'role',
    what: 'Old way to set the tag `role`; still read, with a warning.',
  },
  {
    key: 'tags',
    field: 'tags',
    kind: 'tags',
    flag: 'tag',
    isReloaded: true,
    what: 'What this member says of itself; all tags together at most 512 bytes as sent. Not together with `tags_file`.',
  },
  {
    key: 'tags_file',
    field: 'tagsFile',
    kind: 'text',
    flag: 'tags-file',
    what: 'A file that keeps the tags when they are changed at run time. Not together with `tags` or `role`.',
  },
  {
    key: 'bind',
    field: 'bind',
    kind: 'text',
    flag: 'bind',
    what: 'Where to listen, for UDP and TCP alike: `ip`, `ip:port`, `[v6]` or `[v6]:port`. Port 7946 if none is said.',
  },
  {
    key: 'interface',
    field: 'interface',
    kind: 'text',
    flag: 'iface',
    what: 'The network interface to listen on: its first address that is not link-local, or `bind`, which must then be one of its addresses.',
  },
  {
    key: 'advertise',
    field: 'advertise',
    kind: 'text',
    flag: 'advertise',
    what: 'What the others are told, `ip` or `ip:port`. **A missing port means 7946, not the port of `bind`.**',
  },
  {
    key: 'discover',
    field: 'discover',
    kind: 'text',
    flag: 'discover',
    what: 'A cluster name: agents with the same one find and join each other by multicast DNS.',
  },
  {
    key: 'mdns',
    field: 'mdns',
    kind: 'mdns',
    flag: 'mdns-iface, -mdns-disable-ipv4, -mdns-disable-ipv6',
    what: 'How `discover` looks: an object of `interface` (text), `disable_ipv4` and `disable_ipv6` (booleans).',
  },
  {
    key: 'encrypt_key',
    field: 'encryptKey',
    kind: 'text',
    flag: 'encrypt',
    isSecret: true,
    what: 'Base64 of a key of 16, 24 or 32 bytes. Not together with `keyring_file`.',
  },
  {
    key: 'keyring_file',
    field: 'keyringFile',
    kind: 'text',
    flag: 'keyring-file',
    what: 'A file with a JSON list of base64 keys, the first of which encrypts; kept up to date. Not together with `encrypt_key`.',
  },
  {
    key: 'log_level',
    field: 'logLevel',
    kind: 'text',
    flag: 'log-level',
    isReloaded: true,
    what: '`TRACE`, `DEBUG`, `INFO`, `WARN` or `ERR`, in any case.',
  },
  {
    key: 'rpc_addr',
    field: 'rpcAddr',
    kind: 'text',
    flag: 'rpc-addr',
    what: 'Where to serve RPC, which is how `serf` and `hearsay` commands reach the agent, `host:port`.',
  },
  {
    key: 'rpc_auth',
    field: 'rpcAuth',
    kind: 'text',
    isSecret: true,
    what: 'What clients of RPC must present; empty: nothing. In a file alone, for arguments of a process can be seen.',
  },
  {
    key: 'protocol',
    field: 'protocol',
    kind: 'number',
    flag: 'protocol',
    what: "Version of Serf's protocol to speak, 2 to 5. Queries need 4.",
  },
  {
    key: 'replay_on_join',
    field: 'replayOnJoin',
    kind: 'boolean',
    flag: 'replay',
    what: 'Whether events from before a join are delivered, for `start_join`, `retry_join` and `discover`.',
  },
  {
    key: 'query_response_size_limit',
    field: 'queryResponseMaxBytes',
    kind: 'number',
    what: 'Longest answer to a query, in bytes as sent.',
  },
  {
    key: 'query_size_limit',
    field: 'queryMaxBytes',
    kind: 'number',
    what: 'Longest query, in bytes as sent.',
  },
  {
    key: 'user_event_size_limit',
    field: 'userEventMaxBytes',
    kind: 'number',
    what: 'Longest user event, in bytes: name and payload, and the message as sent. At most 9216.',
  },
  {
    key: 'start_join',
    field: 'startJoin',
    kind: 'texts',
    flag: 'join',
    what: 'Addresses to join at start, in one join; when none of them answers, the agent ends.',
  },
  {
    key: 'retry_join',
    field: 'retryJoin',
    kind: 'texts',
    flag: 'retry-join',
    what: 'Addresses to join in the background, again and again until one answers.',
  },
  {
    key: 'retry_interval',
    field: 'retryIntervalMs',
    kind: 'time',
    flag: 'retry-interval',
    what: 'Time between two attempts of `retry_join`; below 1s it is 1s, with a warning.',
  },
  {
    key: 'retry_max_attempts',
    field: 'retryMaxAttempts',
    kind: 'number',
    flag: 'retry-max',
    what: 'After how many further attempts the agent ends; 0: never.',
  },
  {
    key: 'event_handlers',
    field: 'eventHandlers',
    kind: 'texts',
    flag: 'event-handler',
    isReloaded: true,
    what: 'Scripts to run on events, each `[FILTERS=]SCRIPT`, with filters `member-join`, `member-leave`, `member-failed`, `member-update`, `member-reap`, `user`, `user:NAME`, `query`, `query:NAME` and `*`, joined by commas. A script that has a `=` itself needs one in front.',
  },
  {
    key: 'profile',
    field: 'profile',
    kind: 'text',
    flag: 'profile',
    what: 'Timing for the network: `lan`, `wan` or `local`.',
  },
  {
    key: 'snapshot_path',
    field: 'snapshotPath',
    kind: 'text',
    flag: 'snapshot',
    what: 'A file that remembers members and clocks, to rejoin after a restart.',
  },
  {
    key: 'rejoin_after_leave',
    field: 'rejoinAfterLeave',
    kind: 'boolean',
    flag: 'rejoin',
    what: 'Rejoin from the snapshot even if the agent had left before; without `snapshot_path` it has no effect, with a warning.',
  },
  {
    key: 'leave_on_terminate',
    field: 'leaveOnTerminate',
    kind: 'boolean',
    what: 'SIGTERM leaves the pool first. Else the others see a failure.',
  },
  {
    key: 'skip_leave_on_interrupt',
    field: 'skipLeaveOnInterrupt',
    kind: 'boolean',
    what: 'SIGINT ends the agent without leaving.',
  },
  {
    key: 'reconnect_interval',
    field: 'reconnectIntervalMs',
    kind: 'time',
    what: 'How often one failed member is tried again.',
  },
  {
    key: 'reconnect_timeout',
    field: 'reconnectTimeoutMs',
    kind: 'time',
    what: 'How long a failed member is tried and remembered.',
  },
  {
    key: 'tombstone_timeout',
    field: 'tombstoneTimeoutMs',
    kind: 'time',
    what: 'How long a member that left is remembered.',
  },
  {
    key: 'disable_name_resolution',
    field: 'disableNameResolution',
    kind: 'boolean',
    what: 'Do not hold a vote when another member claims the name of this one.',
  },
  {
    key: 'enable_syslog',
    field: 'enableSyslog',
    kind: 'boolean',
    flag: 'syslog',
    what: 'Log to the local syslog as well.',
  },
  {
    key: 'syslog_facility',
    field: 'syslogFacility',
    kind: 'text',
    what: 'Facility for syslog: `LOCAL0` to `LOCAL7`, `DAEMON`, `USER` and the others by their names.',
  },
  {
    key: 'statsite_addr',
    field: 'statsiteAddr',
    kind: 'text',
    what: 'Where to stream metrics to statsite, over TCP, `host:port`.',
  },
  {
    key: 'statsd_addr',
    field: 'statsdAddr',
    kind: 'text',
    what: 'Where to send metrics to statsd, over UDP, `host:port`.',
  },
  {
    key: 'broadcast_timeout',
    field: 'broadcastTimeoutMs',
    kind: 'time',
    flag: 'broadcast-timeout',
    what: 'Longest wait for a leave, a force-leave or new tags to spread; below 1s it is 1s, with a warning.',
  },
  {
    key: 'enable_compression',
    field: 'enableCompression',
    kind: 'boolean',
    flag: 'disable-compression',
    what: 'Compress packets. As it was said last, so `false` counts. Serf reads the key and then goes by the flag alone; here both count.',
  },
  {
    key: 'disable_coordinates',
    field: 'disableCoordinates',
    kind: 'boolean',
    what: 'Do not measure network coordinates. Serf reads the key and forgets it; here it counts.',
  },
  {
    key: 'validate_node_names',
    field: 'validateNodeNames',
    kind: 'boolean',
    what: 'Refuse names with other than letters, digits, `-` and `.`, or longer than 128 bytes. Serf reads the key and forgets it; here it counts.',
  },
];

/** Every key: Serf's first, in the order of its own documents, then ours. */
export const configKeys: readonly ConfigKey[] = [...serfConfigKeys, ...ourConfigKeys];

const keysByFoldedName: ReadonlyMap<string, ConfigKey> = new Map(configKeys.map((entry) => [entry.key, entry]));
const keysByField: ReadonlyMap<ConfigField, ConfigKey> = new Map(configKeys.map((entry) => [entry.field, entry]));

/** The key a file means by `name`, in whatever case it is written. */
export function findConfigKey(name: string): ConfigKey | undefined {
  return keysByFoldedName.get(name.toLowerCase());
}

/** The key of a field. */
export function configKeyOf(field: ConfigField): ConfigKey {
  return keysByField.get(field)!;
}
