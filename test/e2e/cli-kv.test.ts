/** `hearsay kv` and `hearsay flags` against our RPC server over state that a test scripts: texts, documents, exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { captureIo, type CapturedIo, type CapturedIoOptions } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { ClusterError } from '../../packages/hearsay/src/index.ts';
import { expectDocument } from '../support/json-documents.ts';
import { runCommand } from '../support/run-command.ts';
import { startScriptedKv } from '../support/scripted-server.ts';
import { changeOf, type ScriptedKv } from '../support/scripted-kv.ts';
import { ScriptedRpc } from '../support/scripted-rpc.ts';

interface Started {
  readonly kv: ScriptedKv;
  readonly address: string;
  readonly stop: () => Promise<void>;
}

async function startAgent(keepsState: boolean = true): Promise<Started> {
  const { kv, port, server } = await startScriptedKv(keepsState);
  return { kv, address: `127.0.0.1:${port}`, stop: () => server.close() };
}

function ioFor(address: string, options: CapturedIoOptions = {}): CapturedIo {
  return captureIo({ ...options, env: { HEARSAY_RPC_ADDR: address, ...options.env } });
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test('what is put is got again, on one line', async () => {
  const { address } = await startAgent();
  const put = await runCommand(address, ['kv', 'put', 'flags/a', '{ "on":  true }']);
  expect(put).toEqual({ code: 0, stdout: '"flags/a" is written\n', stderr: '' });
  expect(await runCommand(address, ['kv', 'get', 'flags/a'])).toEqual({ code: 0, stdout: '{"on":true}\n', stderr: '' });
  const again = await runCommand(address, ['kv', 'put', 'flags/a', '{"on":true}']);
  expect(again.stdout).toBe('"flags/a" has that value already\n');
  expect((await runCommand(address, ['kv', 'put', 'n', '--', '-5'])).code).toBe(0);
  expect((await runCommand(address, ['kv', 'get', 'n'])).stdout).toBe('-5\n');
});

test('a key without a value is the answer no, and not a failure', async () => {
  const { address } = await startAgent();
  expect(await runCommand(address, ['kv', 'get', 'k'])).toEqual({ code: 2, stdout: '', stderr: '"k" has no value\n' });
  expect(await runCommand(address, ['kv', 'delete', 'k'])).toMatchObject({ code: 0, stdout: '"k" had no value\n' });
  expect(await runCommand(address, ['kv', 'where', 'k'])).toMatchObject({ code: 2, stdout: '' });
  expect(await runCommand(address, ['flags', 'explain', 'k'])).toMatchObject({ code: 2, stdout: '' });
});

test.each([
  ['an argument', ['kv', 'put', '-raw', 'k', 'not { json'], undefined],
  ['standard input', ['kv', 'put', '-raw', 'k'], bytes('not { json')],
  ['standard input by name', ['kv', 'put', '-raw', '-file=-', 'k'], bytes('not { json')],
])('bytes from %s are taken with -raw, and written again with it', async (_, args, input) => {
  const { address, kv } = await startAgent();
  expect((await runCommand(address, args, { input })).code).toBe(0);
  expect(kv.writes[0]!.value).toEqual(bytes('not { json'));
  expect((await runCommand(address, ['kv', 'get', '-raw', 'k'])).stdout).toBe('not { json');
  const plain = await runCommand(address, ['kv', 'get', 'k']);
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toBe('hearsay kv get: the value of "k", 10 bytes, is no JSON: -raw writes it\n');
});

test('JSON keeps every digit and every space within its texts, through put, get, list, export and import', async () => {
  const one = await startAgent();
  const other = await startAgent();
  const text = '{ "id" : 12345678901234567890,\n "text": "a \\" b\\\\" }';
  const compact = '{"id":12345678901234567890,"text":"a \\" b\\\\"}';
  await runCommand(one.address, ['kv', 'put', 'k', text]);
  expect((await runCommand(one.address, ['kv', 'get', 'k'])).stdout).toBe(`${compact}\n`);
  expect((await runCommand(one.address, ['kv', 'list'])).stdout).toBe(`k  ${compact}  a\n`);
  one.kv.set('shared', 'b', 'spaced', '[ 1 ]');
  const { stdout } = await runCommand(one.address, ['kv', 'export']);
  await runCommand(other.address, ['kv', 'import'], { input: bytes(stdout) });
  expect(other.kv.get('shared', '', 'k')!.value).toEqual(bytes(compact));
  expect(other.kv.get('shared', '', 'spaced')!.value).toEqual(bytes('[ 1 ]'));
});

test('a value from a file', async () => {
  const { address, kv } = await startAgent();
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-kv-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'v.json'), '{\n  "rps": 50\n}\n');
  expect((await runCommand(address, ['kv', 'put', `-file=${join(folder, 'v.json')}`, '-ttl=1m', 'limits'])).code).toBe(
    0,
  );
  expect(kv.writes[0]).toMatchObject({ value: bytes('{"rps":50}'), ttlMs: 60_000, lane: 'shared' });
  const missing = await runCommand(address, ['kv', 'put', '-file=/nowhere/v.json', 'limits']);
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toContain('/nowhere/v.json');
});

test.each([
  [['kv', 'put', 'k', 'hello'], `the value is no JSON: quote a text, '"hello"', or take it as it is with -raw`],
  [['kv', 'put', 'k'], 'give the value as an argument, with -file, or on standard input'],
  [['kv', 'import'], 'give an export with -file, or on standard input'],
  [['kv', 'put', '-file=x', 'k', '1'], 'give the value, or -file, not both'],
  [['kv', 'put', '-wait=2m', 'k', '1'], 'Receipts are gathered for 1m at most.'],
  [['kv', 'put', '-lane=moon', 'k', '1'], 'Allowed choices are shared, owned, telemetry.'],
  [['kv', 'get'], "missing required argument 'key'"],
  [['kv', 'watch', '-key=k', 'p'], 'give a prefix or -key, not both'],
  [['flags', 'set', 'f'], 'give the document or -file; or -default, -rollout, -enable or -disable'],
  [['flags', 'set', '-enable', '-disable', 'f'], 'give -enable or -disable, not both'],
  [['flags', 'set', '-rollout=on', 'f'], 'It must be variant=percent, like on=20 or on=0.5.'],
  [['flags', 'set', '-rollout=on=101', 'f'], 'rules[0].serve[0].percent: is 101'],
  [['flags', 'set', '-default=maybe', 'f'], 'defaultVariant: is "maybe", and must name a variant (on, off)'],
  [['flags', 'set', 'f', '{"variants": {}}'], 'variants: must have at least one variant'],
  [['flags', 'explain', '-attribute=x', 'f'], 'It must be name=value.'],
])('%j is refused on standard error, and nothing is written', async (args, text) => {
  const { address, kv } = await startAgent();
  const { code, stdout, stderr } = await runCommand(address, args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(text);
  expect(stderr.split('\n')).toHaveLength(2);
  expect(kv.writes).toEqual([]);
});

test.each([
  [[], 0, '"k" is written\nseen by 2 members, all that keep state\n'],
  [['c', 'd'], 2, '"k" is written\nseen by 2 members; not yet by c, d\n'],
])('-wait says who has a write and who has not: %j are missing', async (missing, code, stdout) => {
  const { address, kv } = await startAgent();
  kv.missing = missing;
  expect(await runCommand(address, ['kv', 'put', '-wait=50ms', 'k', '1'])).toEqual({ code, stdout, stderr: '' });
  expect(kv.writes[0]!.waitMs).toBe(50);
});

test('a write that was beaten meanwhile is told, and is the answer no', async () => {
  const { address, kv } = await startAgent();
  kv.overwrittenBy = 'b';
  const { code, stdout } = await runCommand(address, ['kv', 'put', '-wait=50ms', 'k', '1']);
  expect(code).toBe(2);
  expect(stdout).toContain('; a later write of b has taken its place\n');
});

test('a list has keys, values and authors in columns; -keys the keys alone', async () => {
  const { address, kv } = await startAgent();
  kv.set('shared', 'b', 'flags/b', '{"on":true}');
  kv.set('shared', 'a', 'flags/a', Uint8Array.of(0xff, 0xfe));
  kv.set('shared', 'a', 'other', '1');
  expect((await runCommand(address, ['kv', 'list', 'flags/'])).stdout).toBe(
    'flags/a  (2 bytes)    a\nflags/b  {"on":true}  b\n',
  );
  expect((await runCommand(address, ['kv', 'list', '-keys'])).stdout).toBe('flags/a\nflags/b\nother\n');
  expect((await runCommand(address, ['kv', 'list', 'none/'])).stdout).toBe('');
});

test('owned keys are read of any member, and written by the agent for itself', async () => {
  const { address, kv } = await startAgent();
  kv.set('owned', 'b', 'version', '"1.4.2"');
  expect((await runCommand(address, ['kv', 'get', '-node=b', 'version'])).stdout).toBe('"1.4.2"\n');
  expect((await runCommand(address, ['kv', 'get', '-lane=owned', 'version'])).code).toBe(2);
  expect((await runCommand(address, ['kv', 'put', '-lane=owned', 'version', '"2.0.0"'])).code).toBe(0);
  expect((await runCommand(address, ['kv', 'list', '-lane=owned'])).stdout).toBe(
    'version  "2.0.0"  a\nversion  "1.4.2"  b\n',
  );
});

test('where says who has a key and who lags, and the code is 2 when somebody does', async () => {
  const { address, kv } = await startAgent();
  kv.set('shared', 'b', 'flags/a', '{"on":true}');
  kv.incapable = ['serf-1'];
  const all = await runCommand(address, ['kv', 'where', 'flags/a']);
  expect(all).toEqual({
    code: 0,
    stdout: [
      'flags/a  {"on":true}',
      '  written         2023-11-14T22:13:20.000Z by b',
      '  has it          2: a, b',
      '  keeps no state  1: serf-1',
      '',
    ].join('\n'),
    stderr: '',
  });
  kv.missing = ['d', 'c'];
  const some = await runCommand(address, ['kv', 'where', '-wait=1s', 'flags/a']);
  expect(some.code).toBe(2);
  expect(some.stdout).toContain('  lags            2: c, d\n');
});

test('a watch prints what is there, then changes, until it is interrupted', async () => {
  const { address, kv } = await startAgent();
  kv.set('shared', 'b', 'flags/a', '1');
  const io = ioFor(address);
  const running = runCli(['kv', 'watch', 'flags/'], io);
  await vi.waitFor(() => expect(io.stdout).toBe('is     flags/a  1  by b\n'));
  const entry = kv.get('shared', '', 'flags/a')!;
  kv.emit({ ...changeOf('put', { ...entry, value: bytes('2'), author: 'c' }), concurrent: true });
  kv.emit(changeOf('delete', entry));
  await vi.waitFor(() => expect(io.stdout.split('\n')).toHaveLength(4));
  expect(io.stdout).toBe('is     flags/a  1  by b\nput    flags/a  2  by c !\ndelete flags/a  by b\n');
  io.interrupt('SIGINT');
  expect(await running).toBe(0);
  await vi.waitFor(() => expect(kv.watchCount).toBe(0));
});

test('a watch whose output is not read waits with the next change, and can be interrupted', async () => {
  const { address, kv } = await startAgent();
  for (const key of ['a', 'b', 'c']) kv.set('shared', 'b', key, '1');
  const io = ioFor(address);
  io.stallOutput();
  const running = runCli(['kv', 'watch'], io);
  await vi.waitFor(() => expect(io.stdout).toBe('is     a  1  by b\n'));
  io.drainOutput();
  await vi.waitFor(() => expect(io.stdout.split('\n')).toHaveLength(4));
  io.stallOutput();
  for (const key of ['a', 'b']) kv.emit(changeOf('delete', kv.get('shared', '', key)!));
  await vi.waitFor(() => expect(io.stdout).toMatch(/\ndelete a {2}by b\n$/));
  io.interrupt('SIGINT');
  expect(await running).toBe(0);
  expect(io.stdout).not.toContain('delete b');
});

test('a watch whose agent ends is a failure', async () => {
  const { address, kv, stop } = await startAgent();
  const io = ioFor(address);
  const running = runCli(['kv', 'watch'], io);
  await vi.waitFor(() => expect(kv.watchCount).toBe(1));
  await stop();
  expect(await running).toBe(1);
  expect(io.stderr).toContain('has closed the connection');
});

test('what one agent exports another imports, and a second time nothing changes', async () => {
  const one = await startAgent();
  const other = await startAgent();
  one.kv.set('shared', 'b', 'flags/a', '{"on":true}');
  one.kv.set('shared', 'b', 'blob', Uint8Array.of(0xff), 60_000);
  const exported = await runCommand(one.address, ['kv', 'export']);
  expect(exported.stdout).toBe(
    '{"schema":"hearsay/kv-export/1","key":"blob","valueBase64":"/w==","ttlMs":60000}\n' +
      '{"schema":"hearsay/kv-export/1","key":"flags/a","value":{"on":true}}\n',
  );
  const input = bytes(exported.stdout);
  expect((await runCommand(other.address, ['kv', 'import'], { input })).stdout).toBe(
    '2 written, 0 had their values already\n',
  );
  expect((await runCommand(other.address, ['kv', 'export'])).stdout).toBe(exported.stdout);
  expect((await runCommand(other.address, ['kv', 'import'], { input })).stdout).toBe(
    '0 written, 2 had their values already\n',
  );
});

test.each([
  ['hello', 'it is no JSON document'],
  ['{"key":"k","value":1}', 'its schema is undefined, not hearsay/kv-export/1'],
  ['{"schema":"hearsay/kv-export/1","value":1}', 'it has no key'],
  ['{"schema":"hearsay/kv-export/1","key":"k"}', 'it has neither a value nor a valueBase64'],
  ['{"schema":"hearsay/kv-export/1","key":"k","valueBase64":"?"}', 'it has neither a value nor a valueBase64'],
  ['{"schema":"hearsay/kv-export/1","key":"k","value":1,"ttlMs":-1}', 'its ttlMs is no time'],
])('an import with the line %s writes nothing and names the line', async (line, text) => {
  const { address, kv } = await startAgent();
  const input = bytes(`{"schema":"hearsay/kv-export/1","key":"first","value":1}\n\n${line}\n`);
  const { code, stderr } = await runCommand(address, ['kv', 'import'], { input });
  expect(code).toBe(1);
  expect(stderr).toBe(`hearsay kv import: line 3 is not of an export: ${text}; nothing was written\n`);
  expect(kv.writes).toEqual([]);
});

test('a flag is made of nothing, changed in part, listed and explained', async () => {
  const { address, kv } = await startAgent();
  expect((await runCommand(address, ['flags', 'set', 'new-ui', '-rollout', 'on=20'])).stdout).toBe('"new-ui" is set\n');
  await runCommand(address, ['flags', 'set', 'new-ui', '-rollout', 'on=30', '-wait=50ms']);
  await runCommand(address, ['flags', 'set', 'old', '-disable']);
  await runCommand(address, ['flags', 'set', 'rps', '{"variants":{"low":10,"high":99},"defaultVariant":"low"}']);
  kv.set('shared', 'b', 'flags/broken', '{"on":true}');
  const listed = (await runCommand(address, ['flags', 'ls'])).stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(listed).toEqual([
    ['broken', 'no flag', expect.stringContaining('on: a flag has no such field') as string, 'b'],
    ['new-ui', 'enabled', 'boolean, 1 rule, else off', 'a'],
    ['old', 'disabled', "boolean, no rules, serves the program's default", 'a'],
    ['rps', 'enabled', 'number, no rules, serves low', 'a'],
    [''],
  ]);
  const flag = JSON.parse(Buffer.from(kv.get('shared', '', 'flags/new-ui')!.value).toString()) as unknown;
  expect(flag).toEqual({
    variants: { on: true, off: false },
    defaultVariant: 'off',
    rules: [{ serve: [{ variant: 'on', percent: 30 }] }],
  });
  const explained = await runCommand(address, ['flags', 'explain', 'new-ui', '-key=user-17', '-attribute', 'age=44']);
  expect(explained.code).toBe(0);
  expect(explained.stdout).toMatch(/^rule 1: targetingKey "user-17" falls at [\d.]+ %, (within|outside) its shares/);
  const unknown = await runCommand(address, ['flags', 'explain', 'new-ui']);
  expect(unknown.code).toBe(2);
  expect(unknown.stdout).toContain('which the context does not have');
  const broken = await runCommand(address, ['flags', 'set', 'broken', '-enable']);
  expect(broken).toMatchObject({ code: 1, stdout: '' });
});

test('every command prints its document with --json, and nothing else', async () => {
  const { address, kv } = await startAgent();
  kv.set('shared', 'b', 'flags/a', '{"variants":{"on":true},"defaultVariant":"on"}', 60_000);
  kv.set('shared', 'b', 'blob', Uint8Array.of(0xff));
  kv.missing = ['c'];
  const input = bytes('{"schema":"hearsay/kv-export/1","key":"k","value":1}\n');
  for (const [args, name, code] of [
    [['kv', 'get', 'flags/a'], 'kv-get', 0],
    [['kv', 'get', 'blob'], 'kv-get', 0],
    [['kv', 'get', 'none'], 'kv-get', 2],
    [['kv', 'put', 'p', '1'], 'kv-put', 0],
    [['kv', 'put', '-wait=50ms', 'p', '2'], 'kv-put', 2],
    [['kv', 'delete', '-wait=50ms', 'p'], 'kv-delete', 2],
    [['kv', 'delete', 'p'], 'kv-delete', 0],
    [['kv', 'list'], 'kv-list', 0],
    [['kv', 'list', '-keys'], 'kv-list', 0],
    [['kv', 'where', 'flags/a'], 'kv-where', 2],
    [['kv', 'where', 'none'], 'kv-where', 2],
    [['kv', 'export', 'flags/'], 'kv-export', 0],
    [['kv', 'import'], 'kv-import', 0],
    [['flags', 'ls'], 'flags-ls', 0],
    [['flags', 'set', 'b', '-default', 'on'], 'flags-set', 0],
    [['flags', 'set', 'b', '-default', 'off', '-wait=50ms'], 'flags-set', 2],
    [['flags', 'explain', 'a', '-key=x'], 'flags-explain', 0],
    [['flags', 'explain', 'none'], 'flags-explain', 2],
  ] as const) {
    const finished = await runCommand(address, [...args, '--json'], { input });
    expect([args, finished.code, finished.stderr]).toEqual([args, code, '']);
    expectDocument(finished.stdout, `hearsay/${name}/1`);
  }
});

test('watch --json prints a document a line', async () => {
  const { address, kv } = await startAgent();
  kv.set('shared', 'b', 'k', '1');
  const io = ioFor(address);
  const running = runCli(['kv', 'watch', '--json'], io);
  await vi.waitFor(() => expect(kv.watchCount).toBe(1));
  kv.emit({ ...changeOf('delete', kv.get('shared', '', 'k')!), previous: bytes('1') });
  kv.emit(changeOf('overflow', { author: '', key: '', ttlMs: 0, value: new Uint8Array(0), writtenAtMs: 0 }, 'sync'));
  await vi.waitFor(() => expect(io.stdout.split('\n')).toHaveLength(5));
  io.interrupt('SIGINT');
  await running;
  const documents = io.stdout
    .trimEnd()
    .split('\n')
    .map((line) => expectDocument(line, 'hearsay/kv-watch/1'));
  expect(documents.map(({ type }) => type)).toEqual(['put', 'ready', 'delete', 'overflow']);
  expect(documents[2]).toMatchObject({ entry: { key: 'k' }, previous: { value: 1 } });
});

test.each([[['kv', 'get', 'k']], [['kv', 'list']], [['kv', 'export']], [['flags', 'ls']], [['kv', 'watch']]])(
  '%j tells in plain words what an agent of Serf means by refusing it, and leaves standard output alone',
  async (args) => {
    const agent = await ScriptedRpc.start({});
    onTestFinished(() => agent.stop());
    const { code, stdout, stderr } = await runCommand(agent.address, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('this agent does not know the commands of gossiped state: it is one of Serf');
    const document = await runCommand(agent.address, [...args, '--json']);
    expect(document.code).toBe(1);
    expect(expectDocument(document.stdout, 'hearsay/error/1')).toMatchObject({ code: 'ERR_UNSUPPORTED' });
  },
);

test('an agent without state, an agent that is not there, and a full map are told of with their codes', async () => {
  const stateless = await startAgent(false);
  const refused = await runCommand(stateless.address, ['kv', 'put', 'k', '1']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('-kv=false');
  const nobody = await runCommand('127.0.0.1:1', ['kv', 'get', 'k']);
  expect(nobody).toMatchObject({ code: 1, stdout: '' });
  expect(nobody.stderr).toMatch(/^hearsay kv get: .*127\.0\.0\.1:1.*`hearsay agent`.*\n$/);
  const document = await runCommand('127.0.0.1:1', ['kv', 'get', 'k', '--json']);
  expect(expectDocument(document.stdout, 'hearsay/error/1')).toMatchObject({
    command: 'kv get',
    code: 'ERR_RPC_CONNECTION',
  });
  const locked = await ScriptedRpc.start({}, { authKey: 'sesame' });
  onTestFinished(() => locked.stop());
  for (const env of [{}, { HEARSAY_RPC_AUTH: 'open' }]) {
    const { code, stdout, stderr } = await runCommand(locked.address, ['kv', 'get', 'k'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^hearsay kv get: the agent has an RPC auth key .* -rpc-auth or SERF_RPC_AUTH\n$/);
  }
  const { address, kv } = await startAgent();
  kv.failure = new ClusterError('ERR_KV_FULL', 'the shared map would hold 10001 keys, the limit is 10000');
  const full = await runCommand(address, ['kv', 'put', 'k', '1']);
  expect(full.stderr).toBe('hearsay kv put: the shared map would hold 10001 keys, the limit is 10000 (ERR_KV_FULL)\n');
});

test('on a terminal nobody who writes a key can move the cursor', async () => {
  const { address, kv } = await startAgent();
  const terminal = { columns: 80, rows: 24, onResize: () => () => {} };
  kv.set('shared', 'x\x1b[2J', 'k', JSON.stringify('a\u009b2Jb'));
  const list = await runCommand(address, ['kv', 'list'], { terminal });
  expect(list.stdout).toBe('\x1b[1mk\x1b[0m  "a\\x9b2Jb"  \x1b[2mx\\x1b[2J\x1b[0m\n');
  expect((await runCommand(address, ['kv', 'get', 'k'], { terminal })).stdout).toBe('"a\\x9b2Jb"\n');
  expect((await runCommand(address, ['kv', 'where', 'k'], { terminal })).stdout).not.toContain('\x1b[2J');
});
