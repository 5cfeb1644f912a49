import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig, readConfigFiles } from './config-files.ts';
import { configKeys, type ConfigKey, type ConfigKind } from './config-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearsay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good: Readonly<Record<ConfigKind, readonly [json: string, value: unknown]>> = {
  text: ['"x"', 'x'],
  number: ['4', 4],
  boolean: ['true', true],
  time: ['"1m30s"', 90_000],
  texts: ['["a", "b"]', ['a', 'b']],
  tags: ['{"a": "1"}', { a: '1' }],
  mdns: ['{"Interface": "eth0", "disable_ipv4": true}', { interface: 'eth0', disableIpv4: true, disableIpv6: false }],
};

/** Wrong values by kind, with what an error must say of each: where inside the value, and how it is shown. */
const bad: Readonly<Record<ConfigKind, readonly (readonly [json: string, where: string, remedy: string])[]>> = {
  text: [
    ['5', ' is 5', 'it must be a text in double quotes'],
    ['["x"]', ' is ["x"]', 'it must be a text in double quotes'],
  ],
  number: [
    ['"4"', ' is "4"', 'it must be a whole number, without quotes'],
    ['4.5', ' is 4.5', 'it must be a whole number, without quotes'],
    ['1e300', ' is 1e+300', 'it must be a whole number, without quotes'],
  ],
  boolean: [
    ['"true"', ' is "true"', 'it must be true or false, without quotes'],
    ['1', ' is 1', 'it must be true or false, without quotes'],
  ],
  time: [
    ['10', ' is 10', 'it must be a time in double quotes with its unit'],
    ['"10"', ' is "10"', 'time: missing unit in duration "10"'],
  ],
  texts: [
    ['"a"', ' is "a"', 'it must be a list of texts'],
    ['["a", 1]', '[1] is 1', 'it must be a text in double quotes'],
  ],
  tags: [
    ['"a=1"', ' is "a=1"', 'it must be an object of texts'],
    ['{"a": 1}', '.a is 1', 'it must be a text in double quotes'],
  ],
  mdns: [
    ['"eth0"', ' is "eth0"', 'it must be an object'],
    ['{"interface": 5}', '.interface is 5', 'it must be a text in double quotes'],
    ['{"disable_ipv4": "yes"}', '.disable_ipv4 is "yes"', 'it must be true or false'],
    ['{"zone": 1}', '.zone is 1', 'there are interface, disable_ipv4 and disable_ipv6'],
  ],
};

test.each(configKeys)('$key is read, in any case, and null says nothing', ({ key, field, kind }) => {
  const [json, value] = good[kind];
  expect(parseConfig(`{"${key}": ${json}}`, 'c.json')).toEqual({ [field]: value });
  expect(parseConfig(`{"${key.toUpperCase()}": ${json}}`, 'c.json')).toEqual({ [field]: value });
  expect(parseConfig(`{"${key}": null}`, 'c.json')).toEqual({});
});

const wrongTypes = configKeys.flatMap((entry) =>
  bad[entry.kind].map(([json, where, remedy]) => [entry, json, where, remedy] as const),
);

test.each(wrongTypes.map((row) => [row[0].key, ...row] as const))(
  '%s of the wrong type is refused with file, key, value and remedy',
  (_, entry: ConfigKey, json, where, remedy) => {
    const shown = entry.isSecret === true ? ' is (not shown)' : where;
    const text = errorOf(`{"${entry.key}": ${json}}`);
    expect(text).toContain(`Error decoding 'c.json': key ${entry.key}${shown}; `);
    expect(text).toContain(remedy);
  },
);

test.each([
  [
    '{"nonsense": 1}',
    'unknown key nonsense with the value 1; remove it, or look for the right one in docs/agent-config.md',
  ],
  ['{"node_nmae": "a"}', 'unknown key node_nmae with the value "a"; did you mean node_name?'],
  ['{"iface": "eth0"}', 'unknown key iface with the value "eth0"; did you mean interface?'],
  ['{"retry_max": 3}', 'unknown key retry_max with the value 3; did you mean retry_max_attempts?'],
  [
    '{"__proto__": 1}',
    'unknown key __proto__ with the value 1; remove it, or look for the right one in docs/agent-config.md',
  ],
  ['{"bind": "a", "Bind": "b"}', 'key Bind with the value "b" is there as bind already; keep one of them'],
  ['[]', 'its value is []; it must be an object, like {"node_name": "n1"}'],
  ['', 'line 1, column 1: it ends in the middle; mend the JSON there'],
  ['{', 'line 1, column 2: it ends in the middle; mend the JSON there'],
  ['{"encrypt_key": "secret" "a"}', 'line 1, column 26: a comma or "}" is missing; mend the JSON there'],
  ['{\n  "bind": nope\n}', 'line 2, column 11: this is not a value of JSON; mend the JSON there'],
])('%s is refused with file, key, value and remedy', (json, problem) => {
  expect(errorOf(json)).toBe(`Error decoding 'c.json': ${problem}`);
});

test('all problems of a file are told at once, and no key of encryption ever', () => {
  const text = errorOf('{"encrypt_key": ["c2VjcmV0"], "rpc_auth": 5, "protocol": "5", "x": "y"}');
  expect(text.split('\n')).toHaveLength(4);
  expect(text).not.toContain('c2VjcmV0');
});

test('text after the first value is ignored, as by Serf', () => {
  expect(parseConfig(' {"node_name": "a"} garbage', 'c.json')).toEqual({ nodeName: 'a' });
  expect(parseConfig('{"node_name": "a"}{"node_name": "b"}', 'c.json')).toEqual({ nodeName: 'a' });
});

test('a directory gives its .json files in the order of their names, and nothing of its folders', () => {
  const dir = join(folder, 'conf.d');
  mkdirSync(join(dir, 'z.json'), { recursive: true });
  for (const name of ['b.json', 'a.json', 'B.json', 'c.txt']) {
    writeFileSync(join(dir, name), JSON.stringify({ node_name: name }));
  }
  const file = join(folder, 'first.json');
  writeFileSync(file, '{}');
  expect(readConfigFiles([file, dir])).toEqual([
    { source: `'${file}'`, values: {} },
    ...['B.json', 'a.json', 'b.json'].map((name) => ({ source: `'${join(dir, name)}'`, values: { nodeName: name } })),
  ]);
});

test('what cannot be read is refused with its name and a remedy', () => {
  const missing = join(folder, 'none.json');
  expect(() => readConfigFiles([missing])).toThrow(
    `Error reading '${missing}': no such file or directory; check the path, or create it`,
  );
  const below = join(folder, 'first.json', 'x');
  expect(() => readConfigFiles([below])).toThrow(`Error reading '${below}': a part of the path is not a directory`);
});

function errorOf(json: string): string {
  try {
    parseConfig(json, 'c.json');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
