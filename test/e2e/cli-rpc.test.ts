/** Commands against an agent that does what a script says: JSON documents, failures, timeouts, interrupts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { captureIo, type CapturedIo, type CapturedIoOptions } from '../../packages/agent/src/cli/captured-io.ts';
import type { Terminal } from '../../packages/agent/src/cli/io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { expectDocument } from '../support/json-documents.ts';
import { ScriptedRpc, type Script } from '../support/scripted-rpc.ts';

const started: ScriptedRpc[] = [];
afterEach(async () => {
  for (const agent of started.splice(0)) await agent.stop();
});

async function startAgent(script: Script, options: { readonly authKey?: string; readonly path?: string } = {}) {
  const agent = await ScriptedRpc.start(script, options);
  started.push(agent);
  return agent;
}

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line against `agent`. */
async function run(
  agent: ScriptedRpc | string,
  args: readonly string[],
  options: CapturedIoOptions = {},
): Promise<Finished> {
  const address = typeof agent === 'string' ? agent : agent.address;
  const io = captureIo({ ...options, env: { SERF_RPC_ADDR: address, ...options.env } });
  const code = await runCli(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const node = (name: string, status: string = 'alive', tags: Readonly<Record<string, string>> = { role: 'web' }) => ({
  Addr: new Uint8Array([127, 0, 0, 1]),
  DelegateCur: 5,
  DelegateMax: 5,
  DelegateMin: 2,
  Name: name,
  Port: 7946,
  ProtocolCur: 2,
  ProtocolMax: 5,
  ProtocolMin: 1,
  Status: status,
  Tags: tags,
});
const ack = (from: string) => ({ From: from, Payload: null, Type: 'ack' });
const response = (from: string, payload: Uint8Array) => ({ From: from, Payload: payload, Type: 'response' });
const done = { From: '', Payload: null, Type: 'done' };
const coordinate = { Adjustment: 0, Error: 0.5, Height: 0.001, Vec: [0.1, 0, 0, 0, 0, 0, 0, 0] };
const keyAnswer = { Keys: { a2V5: 2 }, Messages: null, NumErr: 0, NumNodes: 2, NumResp: 2 };

/** An agent that says yes to everything. */
const willing: Script = {
  event: {},
  'force-leave': {},
  join: { body: { Num: 1 } },
  leave: {},
  tags: {},
  members: { body: { Members: [node('a'), node('b', 'failed')] } },
  'members-filtered': { body: { Members: [node('a'), node('b', 'failed')] } },
  stats: { body: { agent: { name: 'a' }, tags: {} } },
  'get-coordinate': { body: { Coord: coordinate, Ok: true } },
  query: { records: [ack('a'), response('a', bytes('yes\n')), done] },
  'list-keys': { body: keyAnswer },
  'install-key': { body: { ...keyAnswer, Keys: null } },
  'use-key': { body: { ...keyAnswer, Keys: null } },
  'remove-key': { body: { ...keyAnswer, Keys: null } },
  stream: {
    records: [
      { Event: 'member-join', Members: [node('a')] },
      { Event: 'user', Coalesce: true, LTime: 3, Name: 'deploy', Payload: bytes('v1') },
      { Event: 'query', ID: 1, LTime: 4, Name: 'load', Payload: null },
    ],
  },
  monitor: { records: [{ Log: 'a line' }], closes: true },
};

test.each([
  [['event', '--json', 'deploy', 'v1'], 'event'],
  [['force-leave', '--json', '-prune', 'b'], 'force-leave'],
  [['info', '--json'], 'info'],
  [['join', '--json', '-replay', '10.0.0.1'], 'join'],
  [['keygen', '--json'], 'keygen'],
  [['keys', '--json', '-list'], 'keys'],
  [['keys', '--json', '-install=a2V5'], 'keys'],
  [['keys', '--json', '-use=a2V5'], 'keys'],
  [['keys', '--json', '-remove=a2V5'], 'keys'],
  [['leave', '--json'], 'leave'],
  [['members', '--json', '-role=web'], 'members'],
  [['packet', 'decode', '--json', '0082a44e6f6465a162a55365714e6f2a'], 'packet-decode'],
  [['query', '--json', 'load'], 'query'],
  [['rtt', '--json', 'b'], 'rtt'],
  [['simulate', '--json', '--nodes', '5'], 'simulate'],
  [['tags', '--json', '-set', 'a=b', '-delete', 'c'], 'tags'],
  [['version', '--json'], 'version'],
])('%j prints one document of the schema hearsay/%s/1, and nothing else', async (args, name) => {
  const { code, stdout } = await run(await startAgent(willing), args);
  expect(code).toBe(0);
  expectDocument(stdout, `hearsay/${name}/1`);
});

test('reachability --json says who is missing, and the code is 1', async () => {
  const script = { ...willing, members: { body: { Members: [node('a'), node('b'), node('c', 'left')] } } };
  const { code, stdout } = await run(await startAgent(script), ['reachability', '--json']);
  expect(code).toBe(1);
  const document = expectDocument(stdout, 'hearsay/reachability/1');
  expect(document).toMatchObject({ isReachable: false, missing: ['b'], acks: ['a'], memberCount: 3 });
});

test('monitor --json prints a document a line', async () => {
  const { code, stdout } = await run(await startAgent(willing), ['monitor', '--json']);
  expect(code).toBe(1);
  const lines = stdout.split('\n').slice(0, 4);
  const documents = lines.map((line) => expectDocument(line, 'hearsay/monitor/1'));
  expect(documents.map(({ type }) => type).toSorted()).toEqual(['event', 'event', 'event', 'log']);
  expect(stdout).toContain('"payloadBase64":"djE="');
  expect(lines.every((line) => !line.includes('hearsay/error/1'))).toBe(true);
});

test('keys --json tells who did not go along, and the code is 1', async () => {
  const body = { ...keyAnswer, Keys: null, Messages: { b: 'no keyring' }, NumErr: 1 };
  const agent = await startAgent({ 'use-key': { error: '1/2 nodes reported failure', body } });
  const { code, stdout } = await run(agent, ['keys', '-use=a2V5', '--json']);
  expect(code).toBe(1);
  expect(expectDocument(stdout, 'hearsay/keys/1')).toMatchObject({
    ok: false,
    error: 'Error changing primary key: 1/2 nodes reported failure',
    messages: { b: 'no keyring' },
  });
});

test.each([
  [['event', '--json'], 'ERR_USAGE', 'An event name must be specified.'],
  [['members', '--json', '-tag=x'], 'ERR_USAGE', "Error: Invalid tag: 'x'"],
  [['members', '--json'], 'ERR_RPC', 'Error retrieving members: boom'],
  [['info', '--json'], 'ERR_RPC_CONNECTION', 'Error querying agent: client closed'],
  [['leave', '--json', '-rpc-timeout=50ms'], 'ERR_TIMEOUT', 'Error leaving: i/o timeout'],
])('%j that fails prints the schema hearsay/error/1', async (args, errorCode, message) => {
  const script: Script = {
    'members-filtered': { error: 'boom', body: { Members: null } },
    stats: { isSilent: true, closes: true },
    leave: { isSilent: true },
  };
  const { code, stdout } = await run(await startAgent(script), args);
  expect(code).toBe(1);
  expect(expectDocument(stdout, 'hearsay/error/1')).toMatchObject({ command: args[0], code: errorCode, message });
});

test('an agent that is not there: the words of serf on standard output, what to try on standard error', async () => {
  const { code, stdout, stderr } = await run('127.0.0.1:1', ['members']);
  expect(code).toBe(1);
  expect(stdout).toBe('Error connecting to Serf agent: dial tcp 127.0.0.1:1: connect: connection refused\n');
  expect(stderr).toMatch(/^hearsay members: .*127\.0\.0\.1:1.*`hearsay agent`.*-rpc-addr or SERF_RPC_ADDR\.\n$/);
});

test.each([
  ['/nowhere/agent.sock', 'dial unix /nowhere/agent.sock: connect: no such file or directory'],
  ['127.0.0.1', 'dial tcp: address 127.0.0.1: missing port in address'],
  ['127.0.0.1:99999', 'dial tcp: address 99999: invalid port'],
  ['127.0.0.1:abc', 'dial tcp: address tcp/abc: unknown port'],
  ['[::1]:1', 'dial tcp [::1]:1: connect: '],
])('the address %s is refused in the words of serf', async (address, text) => {
  const { code, stdout, stderr } = await run('127.0.0.1:1', ['info', `-rpc-addr=${address}`]);
  expect(code).toBe(1);
  expect(stdout.startsWith(`Error connecting to Serf agent: ${text}`) ? '' : stdout).toBe('');
  expect(stderr).toContain('-rpc-addr');
});

test('the agent may listen at a Unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-cli-'));
  try {
    await startAgent(willing, { path: join(folder, 'rpc.sock') });
    const { code, stdout } = await run(join(folder, 'rpc.sock'), ['leave']);
    expect(stdout).toBe('Graceful leave complete\n');
    expect(code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the flag wins over HEARSAY_RPC_ADDR, and that over SERF_RPC_ADDR; the same for the key', async () => {
  const agent = await startAgent(willing, { authKey: 'sesame' });
  const env = { HEARSAY_RPC_ADDR: agent.address, HEARSAY_RPC_AUTH: 'sesame', SERF_RPC_AUTH: 'wrong' };
  expect((await run('127.0.0.1:1', ['leave'], { env })).code).toBe(0);
  const wrong = { ...env, HEARSAY_RPC_ADDR: '127.0.0.1:1', HEARSAY_RPC_AUTH: 'wrong' };
  const flags = [`-rpc-addr=${agent.address}`, '-rpc-auth=sesame'];
  expect((await run('127.0.0.1:1', ['leave', ...flags], { env: wrong })).code).toBe(0);
});

test.each([
  ['no key', {}, 'Error retrieving members: Authentication required\n'],
  ['a wrong key', { SERF_RPC_AUTH: 'open' }, 'Error connecting to Serf agent: Invalid authentication token\n'],
])('%s is answered with where to give one', async (_, env, text) => {
  const agent = await startAgent(willing, { authKey: 'sesame' });
  const { code, stdout, stderr } = await run(agent, ['members'], { env });
  expect(code).toBe(1);
  expect(stdout).toBe(text);
  expect(stderr).toContain('-rpc-auth or SERF_RPC_AUTH');
});

test('an agent that does not answer is given up after -rpc-timeout, which the advice names', async () => {
  const agent = await startAgent({ 'members-filtered': { isSilent: true } });
  const { code, stdout, stderr } = await run(agent, ['members', '-rpc-timeout=50ms']);
  expect(code).toBe(1);
  expect(stdout).toBe('Error retrieving members: i/o timeout\n');
  expect(stderr).toMatch(/50 ms.*-rpc-timeout/);
});

test('an answer of a query that is no text reaches a program to the byte', async () => {
  const payload = new Uint8Array([0xff, 0x41, 0x0a, 0x0a]);
  const agent = await startAgent({ query: { records: [response('a', payload), done] } });
  const written: Uint8Array[] = [];
  const io: CapturedIo = captureIo({ env: { SERF_RPC_ADDR: agent.address } });
  await runCli(['query', 'x'], { ...io, outBytes: (chunk) => void written.push(chunk) });
  expect(Buffer.concat(written).toString('latin1')).toBe("Response from 'a': \xffA\n\n");
});

test('on a terminal no member can move the cursor, and statuses have colours', async () => {
  const terminal: Terminal = { columns: 80, rows: 24, onResize: () => () => {} };
  const evil = 'x\x1b[2J\ty';
  const agent = await startAgent({
    'members-filtered': { body: { Members: [node(evil, 'failed', { k: evil })] } },
    query: { records: [response('a', bytes(`${evil}\nz`)), done] },
  });
  const members = await run(agent, ['members'], { terminal });
  expect(members.stdout).toBe('x\\x1b[2J\\x09y  127.0.0.1:7946  \x1b[31mfailed\x1b[0m  k=x\\x1b[2J\\x09y\n');
  const query = await run(agent, ['query', 'q'], { terminal });
  expect(query.stdout).toContain("Response from 'a': x\\x1b[2J\ty\nz\n");
});

test('an error in the words of another member cannot move the cursor of a terminal either', async () => {
  const terminal: Terminal = { columns: 80, rows: 24, onResize: () => () => {} };
  const agent = await startAgent({ join: { error: 'no\x1b]0;x\x07\x1b[2J', body: { Num: 0 } } });
  const joined = await run(agent, ['join', '10.0.0.1'], { terminal });
  expect(joined.stdout).toBe('Error joining the cluster: no\\x1b]0;x\\x07\\x1b[2J\n');
});

test('a query that the agent does not finish is a failure', async () => {
  const agent = await startAgent({ query: { records: [ack('a')], closes: true } });
  const { code, stdout, stderr } = await run(agent, ['query', 'q']);
  expect(code).toBe(1);
  expect(stdout).toBe("Query 'q' dispatched\nAck from 'a'\nError receiving responses: client closed\n");
  expect(stderr).toContain(agent.address);
});

test.each([
  [['query', 'q'], 1, "Query 'q' dispatched\n"],
  [['reachability'], 1, 'Total members: 2, live members: 1\nStarting reachability test...\nTest interrupted\n'],
  [['monitor'], 0, ''],
])('%j ends when it is interrupted, with code %i', async (args, exit, text) => {
  const agent = await startAgent({ ...willing, query: {}, stream: {}, monitor: {} });
  const io = captureIo({ env: { SERF_RPC_ADDR: agent.address } });
  const running = runCli(args, io);
  const last = args[0] === 'monitor' ? 'monitor' : 'query';
  await vi.waitFor(() => expect(agent.requests.at(-1)?.command).toBe(last));
  await vi.waitFor(() => expect(io.stdout).toBe(text.replace('Test interrupted\n', '')));
  io.interrupt('SIGINT');
  expect(await running).toBe(exit);
  expect(io.stdout).toBe(text);
});

test('a monitor whose output is not read waits with the next line', async () => {
  const lines = ['one', 'two', 'three'];
  const agent = await startAgent({ stream: {}, monitor: { records: lines.map((line) => ({ Log: line })) } });
  const io = captureIo({ env: { SERF_RPC_ADDR: agent.address } });
  io.stallOutput();
  const running = runCli(['monitor'], io);
  await vi.waitFor(() => expect(io.stdout).toBe('one\n'));
  io.drainOutput();
  await vi.waitFor(() => expect(io.stdout).toBe('one\ntwo\nthree\n'));
  io.interrupt('SIGINT');
  expect(await running).toBe(0);
});

const live = [node('a'), node('b'), node('c', 'failed')];
test.each([
  [['a', 'b'], 0, 'Successfully contacted all live nodes\n'],
  [['a'], 1, 'Received less acks than live nodes! Missing acks from:\n\tb\n'],
  [['a', 'b', 'c'], 1, 'Received more acks than live nodes! Acks from non-live nodes:\n\tc\n'],
  [['a', 'a'], 1, "Duplicate response from 'a'\n"],
])('reachability with acks from %j: code %i, in the first words of serf', async (acks, exit, text) => {
  const script: Script = { members: { body: { Members: live } }, query: { records: [...acks.map(ack), done] } };
  const agent = await startAgent(script);
  const { code, stdout } = await run(agent, ['reachability']);
  expect(code).toBe(exit);
  expect(stdout.startsWith(`Total members: 3, live members: 2\nStarting reachability test...\n${text}`)).toBe(true);
  expect(agent.requests.at(-1)).toMatchObject({
    command: 'query',
    body: { Name: '_serf_ping', Payload: null, RequestAck: true, Timeout: 0 },
  });
});
