import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { loadSerfVectors } from '../../../../test/golden/serf-vectors.ts';
import { checkConfig } from './config-check.ts';
import { commandLine, mergeConfig, type SerfAgentConfig } from './config.ts';
import { splitAddress } from './listen-address.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const interfaces = {
  lo: [address('127.0.0.1'), address('::1')],
  eth0: [address('fe80::1'), address('169.254.3.4'), address('10.0.0.7'), address('2001:db8::7')],
  tun0: [address('169.254.3.5')],
};

test('the defaults are fine, and bind gets its port', () => {
  const { config, warnings } = checkConfig(mergeConfig([]), interfaces);
  expect(config.bind).toBe('0.0.0.0:7946');
  expect(warnings).toEqual([]);
});

test.each<[Partial<SerfAgentConfig>, string]>([
  [{ nodeName: 'a\nb' }, `Invalid node name: control characters (node_name is "a\\nb" in 'c.json'; use letters`],
  [{ tags: { a: '1' }, tagsFile: 't' }, 'Tags config not allowed while using tag files (tags is {"a":"1"} in'],
  [{ role: 'web', tagsFile: 't' }, 'Tags config not allowed while using tag files (role is "web" in'],
  [
    { bind: '::1' },
    `Invalid bind address: address ::1: too many colons in address (bind is "::1" in 'c.json'; it must`,
  ],
  [
    { advertise: '10.0.0.1:99999' },
    'Invalid advertise address: address 99999: invalid port (advertise is "10.0.0.1:99',
  ],
  [{ advertise: ':7946' }, 'Invalid advertise address: no host (advertise is ":7946"'],
  [{ rpcAddr: '127.0.0.1' }, 'Invalid address: address 127.0.0.1: missing port in address (rpc_addr is "127.0.0.1"'],
  [{ statsdAddr: 'x:y' }, 'Invalid address: address y: invalid port (statsd_addr is "x:y"'],
  [{ statsiteAddr: 'x' }, 'Invalid address: address x: missing port in address (statsite_addr is "x"'],
  [{ prometheusAddr: 'x' }, 'Invalid address: address x: missing port in address (prometheus_addr is "x"'],
  [
    { prometheusAddr: '127.0.0.1:7373' },
    `RPC and metrics cannot have one address (rpc_addr is "127.0.0.1:7373" by default, prometheus_addr is "127.0.0.1:7373" in`,
  ],
  [{ interface: 'nope0' }, 'Invalid network interface: route ip+net: no such network interface (interface is "nope0"'],
  [{ interface: 'tun0' }, "Failed to find usable address for interface 'tun0' (interface is"],
  [{ interface: 'eth0', bind: '10.0.0.8' }, "Interface 'eth0' has no '10.0.0.8' address (interface is"],
  [{ encryptKey: 'xxx' }, 'Invalid encryption key: illegal base64 data at input byte 0 (encrypt_key is not shown in'],
  [
    { encryptKey: 'AAECAw==' },
    'Invalid encryption key: key size must be 16, 24 or 32 bytes (it is 4) (encrypt_key is n',
  ],
  [{ encryptKey: key, keyringFile: 'k' }, 'Encryption key not allowed while using a keyring (encrypt_key is not shown'],
  [
    { logLevel: 'loud' },
    'Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERR] (log_level is "lo',
  ],
  [{ enableSyslog: true, syslogFacility: 'HERE' }, 'invalid syslog facility: HERE (syslog_facility is "HERE"'],
  [{ protocol: 1 }, "Protocol version '1' too low. Must be in range: [2, 5] (protocol is 1"],
  [{ protocol: 6 }, "Protocol version '6' too high. Must be in range: [2, 5] (protocol is 6"],
  [{ userEventMaxBytes: 9217 }, 'user event size limit exceeds limit of 9216 bytes (user_event_size_limit is 9217'],
  [
    { kv: false, dataDir: 'd' },
    `Without gossiped state there is nothing to keep (data_dir is "d" in 'c.json', kv is false in 'c.json'; switch kv on`,
  ],
  [{ kv: false, kvBridge: ['flags/'] }, 'Without gossiped state there is nothing to tell (kv_bridge is ["flags/"] in'],
  [{ kvDurability: 'never' }, 'Unknown durability: never (kv_durability is "never" in'],
  [{ kvFanout: 17 }, 'Number of members out of range (kv_fanout is 17 in'],
  [{ kvFanout: -1 }, 'Number of members out of range (kv_fanout is -1 in'],
  [{ telemetryIntervalMs: 99 }, 'Time out of range (telemetry_interval is 99'],
  [
    { telemetry: false, telemetryEstimate: ['a'] },
    'Without telemetry there is nothing to estimate (telemetry_estimate is',
  ],
  [
    { telemetryEstimate: Array.from({ length: 25 }, (_, index) => `m${index}`) },
    '25 metrics to estimate (telemetry_es',
  ],
  [{ kvIntervalMs: 9 }, 'Time out of range (kv_interval is 9 in'],
  [{ dataDir: 'x', snapshotPath: 'x' }, 'One path for two purposes (snapshot_path is "x" in'],
  [{ queryMaxBytes: -1 }, 'Negative number (query_size_limit is -1'],
  [{ queryResponseMaxBytes: -1 }, 'Negative number (query_response_size_limit is -1'],
  [{ retryMaxAttempts: -1 }, 'Negative number (retry_max_attempts is -1'],
  [{ retryIntervalMs: -1 }, 'Negative time (retry_interval is -1'],
  [{ reconnectIntervalMs: -1 }, 'Negative time (reconnect_interval is -1'],
  [{ reconnectTimeoutMs: -1 }, 'Negative time (reconnect_timeout is -1'],
  [{ tombstoneTimeoutMs: -1 }, 'Negative time (tombstone_timeout is -1'],
  [{ broadcastTimeoutMs: -1 }, 'Negative time (broadcast_timeout is -1'],
  [{ leaveTimeoutMs: -1 }, 'Negative time (leave_timeout is -1'],
  [{ eventHandlerTimeoutMs: -1 }, 'Negative time (event_handler_timeout is -1'],
  [
    { eventHandlers: ['ok.sh', 'FOO=bar cmd'] },
    `Invalid event script: Event 'FOO' invoking 'bar cmd' (event_handlers is "FOO=bar cmd" in 'c.json'; before the first`,
  ],
  [{ profile: 'moon' }, `Unknown profile: moon (profile is "moon" in 'c.json'; it must be lan, wan or local)`],
  [{ rules: 'golden' }, `Unknown rules: golden (rules is "golden" in 'c.json'; it must be sharp or memberlist)`],
  [{ discover: 'a.b' }, 'Invalid cluster name for mDNS: a.b (discover is "a.b"'],
  [
    { discover: 'a', mdns: { interface: '', disableIpv4: true, disableIpv6: true } },
    'mDNS has neither IPv4 nor IPv6 to look with (discover is "a"',
  ],
  [{ tagsFile: 'x', snapshotPath: 'x' }, 'One path for two purposes (tags_file is "x" in'],
  [{ label: 'x'.repeat(256) }, 'The label is 256 bytes long (label is "xxx'],
  [{ rpcUnixSocket: 'x'.repeat(108) }, 'The path of the socket is 108 bytes long (rpc_unix_socket is "xxx'],
])('%o is refused with file, key, value and remedy', (values, problem) => {
  const text = errorOf([{ source: "'c.json'", values }]);
  expect(text.split('\n')).toHaveLength(1);
  expect(text.slice(0, problem.length)).toBe(problem);
  expect(text).not.toContain(key);
});

test('an error names who said it last, and a flag by its own name', () => {
  expect(
    errorOf([
      { source: "'a.json'", values: { profile: 'sun', keyringFile: 'k', eventHandlers: ['x=y'] } },
      { source: commandLine, values: { profile: 'moon', encryptKey: key, eventHandlers: ['z=y'] } },
    ]).split('\n'),
  ).toEqual([
    expect.stringContaining('(-encrypt is not shown on the command line, keyring_file is "k" in \'a.json\'; '),
    expect.stringContaining(`(event_handlers is "x=y" in 'a.json'; `),
    expect.stringContaining('(-event-handler is "z=y" on the command line; '),
    expect.stringContaining('(-profile is "moon" on the command line; '),
  ]);
});

test('what is merely unwise is settled with the warnings of Serf', () => {
  const merged = mergeConfig([
    {
      source: commandLine,
      values: { role: 'web', tags: { a: '1' }, retryIntervalMs: 10, broadcastTimeoutMs: 10, rejoinAfterLeave: true },
    },
  ]);
  const { config, warnings } = checkConfig(merged, interfaces);
  expect(config).toMatchObject({ tags: { a: '1', role: 'web' }, retryIntervalMs: 1_000, broadcastTimeoutMs: 1_000 });
  const { runs } = loadSerfVectors<{ runs: { old: { name: string; stdout: string }[] } }>('cli');
  const stock = runs.old.find(({ name }) => name === 'agent start: role flag and low intervals')!.stdout.split('\n');
  expect(warnings.map((text) => `==> ${text}`)).toEqual(stock.slice(0, 4));
});

test.each([
  [{ interface: 'eth0' }, '10.0.0.7:7946'],
  [{ interface: 'eth0', bind: '0.0.0.0:0' }, '10.0.0.7:0'],
  [{ interface: 'eth0', bind: '[2001:db8::7]:7000' }, '[2001:db8::7]:7000'],
  [{ bind: '[::1]' }, '[::1]:7946'],
])('with %o it listens on %s', (values, bind) => {
  expect(checkConfig(mergeConfig([{ source: commandLine, values }]), interfaces).config.bind).toBe(bind);
});

interface AddressVector {
  readonly input: string;
  readonly ip: string;
  readonly port: number;
  readonly error?: string;
}

/** A host name is looked up by the one who binds; the names of ports are not known here. */
const addresses = loadSerfVectors<{ addresses: AddressVector[] }>('agent-parse').addresses.filter(
  ({ input }) => input !== 'localhost' && input !== '127.0.0.1:http',
);

test.each(addresses)('the address $input is taken apart as by Serf', ({ input, ip, port, error }) => {
  const expected =
    error === undefined ? { ok: true, host: ip.replace('<nil>', ''), port } : { ok: false, problem: error };
  expect(splitAddress(input)).toEqual(expected);
});

function errorOf(layers: Parameters<typeof mergeConfig>[0]): string {
  try {
    checkConfig(mergeConfig(layers), interfaces);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

function address(text: string): NetworkInterfaceInfo {
  return { address: text, netmask: '', mac: '', internal: false, cidr: null, family: 'IPv4' };
}
