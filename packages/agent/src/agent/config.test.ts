import { expect, test } from 'vitest';
import { loadSerfVectors } from '../../../../test/golden/serf-vectors.ts';
import { agentDefaults, mergeConfig, type SerfAgentConfig } from './config.ts';
import { parseConfig } from './config-files.ts';
import { configKeys, type ConfigField } from './config-keys.ts';

/** Serf's own structure, as its library fills it; times in nanoseconds. */
type Reference = Readonly<Record<string, unknown>>;

const { configDecode, configMerge } = loadSerfVectors<{
  configDecode: { name: string; input: string; result?: Reference; error?: string }[];
  configMerge: { default: Reference; first: Reference; second: Reference; merged: Reference };
}>('agent-parse');

const referenceNames: Readonly<Partial<Record<ConfigField, string>>> = {
  bind: 'BindAddr',
  advertise: 'AdvertiseAddr',
  rpcAddr: 'RPCAddr',
  rpcAuth: 'RPCAuthKey',
  queryResponseMaxBytes: 'QueryResponseSizeLimit',
  queryMaxBytes: 'QuerySizeLimit',
  userEventMaxBytes: 'UserEventSizeLimit',
  leaveOnTerminate: 'LeaveOnTerm',
  skipLeaveOnInterrupt: 'SkipLeaveOnInt',
  enableSyslog: 'EnableSyslog',
};

/** Serf writes no key for these; what they say is left out of the comparison. */
const withoutReference = new Set<ConfigField>(
  configKeys.filter(({ isOurs }) => isOurs === true).map(({ field }) => field),
);

/** Only what is said: neither null nor empty, 0 or false. */
function saidBy(reference: Reference): Partial<SerfAgentConfig> {
  const said: Record<string, unknown> = {};
  for (const { field, kind } of configKeys) {
    if (withoutReference.has(field)) continue;
    const base = field.replace(/Ms$/, '');
    const name = referenceNames[field] ?? `${base[0]!.toUpperCase()}${base.slice(1)}`;
    const value = kind === 'mdns' ? undefined : reference[name];
    if (value === undefined || value === null || value === '' || value === 0 || value === false) continue;
    if (typeof value === 'object' && Object.keys(value).length === 0) continue;
    said[field] = kind === 'time' ? (value as number) / 1e6 : value;
  }
  return said;
}

const decodable = configDecode.filter(({ result }) => result !== undefined);
const refused = configDecode.filter(({ error }) => error !== undefined);

test.each(decodable)('a file is read as by Serf: $name', ({ input, result }) => {
  expect(parseConfig(input, 'c.json')).toEqual(saidBy(result!));
});

test('the vector with every key names every key of Serf but two that are newer', () => {
  const every = configDecode.find(({ name }) => name === 'every key')!;
  const read = parseConfig(every.input, 'c.json');
  const missing = configKeys.filter(({ field }) => !withoutReference.has(field) && read[field] === undefined);
  expect(missing.map(({ key }) => key)).toEqual(['mdns', 'validate_node_names']);
});

test.each(refused)('a file is refused as by Serf: $name', ({ input }) => {
  expect(() => parseConfig(input, 'c.json')).toThrow(/^Error decoding 'c\.json': /);
});

test('the defaults are those of Serf', () => {
  const said = saidBy(configMerge.default);
  // Serf's structure leaves these to its library, which has the same numbers.
  expect(said).toEqual({
    ...pick(agentDefaults, Object.keys(said)),
    enableCompression: said.enableCompression,
  });
  expect(agentDefaults.reconnectIntervalMs).toBe(30_000);
  expect(agentDefaults.reconnectTimeoutMs).toBe(24 * 3_600_000);
  expect(agentDefaults.tombstoneTimeoutMs).toBe(24 * 3_600_000);
});

test('two layers are merged as by Serf', () => {
  const { first, second, merged } = configMerge;
  const layers = [first, second].map((values, index) => ({ source: `'${index}'`, values: saidBy(values) }));
  const { config, sources } = mergeConfig(layers);
  const expected = saidBy(merged);
  expect(pick(config, Object.keys(expected))).toEqual(expected);
  expect(sources.get('startJoin')).toEqual(["'0'", "'1'"]);
  expect(sources.get('nodeName')).toEqual(["'0'"]);
  expect(sources.get('bind')).toBeUndefined();
});

test('a later false, 0 or empty text replaces nothing, save that compression, state and telemetry are as they were said last', () => {
  const everything: Record<string, unknown> = {};
  const nothing: Record<string, unknown> = {};
  for (const { field, kind } of configKeys) {
    everything[field] = {
      text: 'x',
      boolean: true,
      number: 3,
      time: 3,
      texts: ['x'],
      tags: { a: '1' },
      mdns: mdns(true),
    }[kind];
    nothing[field] = { text: '', boolean: false, number: 0, time: 0, texts: [], tags: {}, mdns: mdns(false) }[kind];
  }
  const { config } = mergeConfig([
    { source: 'a', values: everything },
    { source: 'b', values: nothing },
  ]);
  const switchedOff = { kv: false, telemetry: false, telemetryProcess: false, telemetryPublish: false };
  expect(config).toEqual({ ...everything, enableCompression: false, ...switchedOff });
});

test('tags are merged key by key, whatever their names and values', () => {
  const tags = JSON.parse('{"__proto__": "p", "interface": "", "b": "2"}') as Record<string, string>;
  const { config } = mergeConfig([
    { source: 'a', values: { tags: { a: '1', b: '1', interface: 'x' } } },
    { source: 'b', values: { tags } },
  ]);
  expect(Object.entries(config.tags)).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['interface', ''],
    ['__proto__', 'p'],
  ]);
});

function mdns(isSaid: boolean): SerfAgentConfig['mdns'] {
  return { interface: isSaid ? 'eth0' : '', disableIpv4: isSaid, disableIpv6: isSaid };
}

function pick(config: SerfAgentConfig, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([field]) => fields.includes(field)));
}
