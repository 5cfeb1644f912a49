import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcClient } from 'hearsay/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { captureIo, type CapturedIo } from '../captured-io.ts';
import { runCli } from '../run-cli.ts';

interface RunningAgent {
  readonly io: CapturedIo;
  readonly code: Promise<number>;
}

function startAgent(flags: readonly string[], env: Readonly<Record<string, string>> = {}): RunningAgent {
  const io = captureIo({ env });
  return { io, code: runCli(['agent', '-profile=local', '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0', ...flags], io) };
}

/** Resolves when `agent` has written what matches; to the first group of it. */
async function hasWritten({ io }: RunningAgent, pattern: RegExp): Promise<string> {
  const match = await vi.waitFor(
    () => pattern.exec(io.stdout) ?? Promise.reject(new Error(`no ${pattern} in ${io.stdout}`)),
    {
      timeout: 10_000,
      interval: 10,
    },
  );
  return match[1] ?? '';
}

const BIND = /Bind addr: '(127\.0\.0\.1:\d+)'/;
const key = Buffer.alloc(32, 5).toString('base64');

test('two agents find each other with a key, tags and a label, and one sees the other leave', async () => {
  const first = startAgent(['-node=a', `-encrypt=${key}`, '-label=dc1']);
  const address = await hasWritten(first, BIND);
  const flags = ['-node=b', `-join=${address}`, '--label', 'dc1', '--tag', 'role=web', '-tag=rack=r=7'];
  const second = startAgent(flags, { HEARSAY_ENCRYPT: key });
  await hasWritten(
    second,
    /==> Joining cluster\.\.\.\(replay: false\)\n==> Join completed\. Synced with 1 initial agents\n/,
  );
  await hasWritten(first, / {4}\d.* \[INFO\] serf: EventMemberJoin: b 127\.0\.0\.1\n/);

  second.io.interrupt('SIGINT');
  expect(await second.code).toBe(0);
  expect(second.io.stdout).toMatch(/==> Caught signal: interrupt\n==> Gracefully shutting down agent\.\.\.\n/);
  expect(second.io.stdout).toMatch(/agent: shutdown complete\n$/);
  await hasWritten(first, /serf: EventMemberLeave: b /);

  first.io.interrupt('SIGINT');
  expect(await first.code).toBe(0);
  expect(first.io.stderr + second.io.stderr).toBe('');
});

test('members of a plain pool find each other, and leave on SIGTERM too', async () => {
  const first = startAgent(['-node=a', '-pool=memberlist']);
  const address = await hasWritten(first, BIND);
  const second = startAgent(['-node=b', '-pool=memberlist', `-join=${address}`, '--meta', 'role=web']);
  await hasWritten(first, /EventMemberJoin: b /);
  second.io.interrupt('SIGTERM');
  expect(await second.code).toBe(0);
  await hasWritten(first, /EventMemberLeave: b /);
  first.io.interrupt('SIGTERM');
  expect(await first.code).toBe(0);
});

test("before the first log line stand Serf's facts, what it advertises and why", async () => {
  const agent = startAgent(['-node=a']);
  await hasWritten(agent, /Log data will now stream/);
  const banner = agent.io.stdout.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS').split('\n\n')[0];
  expect(banner).toBe(
    [
      '==> Starting Serf agent...',
      '==> Starting Serf agent RPC...',
      '==> Serf agent running!',
      "                      Node name: 'a'",
      "                      Bind addr: 'ADDRESS'",
      "                       RPC addr: 'ADDRESS'",
      '                      Encrypted: false',
      '                       Snapshot: false',
      '                        Profile: local',
      '    Message Compression Enabled: true',
      "                 Advertise addr: 'ADDRESS' (it is the address that is bound; it is loopback, so only processes on this machine can join)",
      '                 Gossiped state: in memory',
    ].join('\n'),
  );
  agent.io.interrupt('SIGINT');
  expect(await agent.code).toBe(0);
});

test('SIGTERM ends the agent without a leave, with a failure, as in Serf', async () => {
  const agent = startAgent(['-node=a']);
  await hasWritten(agent, /Log data will now stream/);
  agent.io.interrupt('SIGTERM');
  expect(await agent.code).toBe(1);
  expect(agent.io.stdout).toMatch(/==> Caught signal: terminated\n/);
  expect(agent.io.stdout).not.toContain('graceful leave');
});

test('with -log-json every line is a JSON object', async () => {
  const agent = startAgent(['-node=a', '-log-json']);
  await hasWritten(agent, /agent running/);
  agent.io.interrupt('SIGINT');
  await agent.code;
  const lines = agent.io.stdout.trim().split('\n');
  const messages = lines.map((line) => JSON.parse(line) as { readonly msg: string; readonly node: string });
  expect(messages.map(({ node }) => node)).toEqual(messages.map(() => 'a'));
  expect(messages.map(({ msg }) => msg)).toContain('shutdown complete');
});

test('a second signal ends the process at once, with a failure', async () => {
  const agent = startAgent(['-node=a']);
  await hasWritten(agent, BIND);
  agent.io.interrupt('SIGINT');
  agent.io.interrupt('SIGINT');
  expect(agent.io.exitedWith).toBe(1);
  await agent.code;
});

test('an agent whose output nobody reads any more goes on, and says so to monitors', async () => {
  const agent = startAgent(['-node=a']);
  const address = await hasWritten(agent, BIND);
  await hasWritten(agent, /Log data will now stream/);
  agent.io.breakOutput();
  const before = agent.io.stdout;
  const other = startAgent(['-node=b', `-join=${address}`]);
  await hasWritten(other, /Join completed/);
  agent.io.interrupt('SIGINT');
  expect(await agent.code).toBe(0);
  expect(agent.io.stdout).toBe(before);
  await hasWritten(other, /EventMemberLeave: a /);
  other.io.interrupt('SIGINT');
  await other.code;
});

test('an agent whose output is read too slowly drops lines, and says how many when it is read again', async () => {
  const agent = startAgent(['-node=a']);
  const address = await hasWritten(agent, BIND);
  await hasWritten(agent, /Log data will now stream/);
  agent.io.stallOutput();
  const before = agent.io.stdout;
  const other = startAgent(['-node=b', `-join=${address}`]);
  await hasWritten(other, /Join completed/);
  other.io.interrupt('SIGINT');
  await other.code;
  expect(agent.io.stdout).toBe(before);
  agent.io.drainOutput();
  const droppedCount = await hasWritten(agent, /standard output was read too slowly: (\d+) lines were dropped\n/);
  expect(Number(droppedCount)).toBeGreaterThanOrEqual(2);
  expect(agent.io.stdout).not.toContain('EventMemberJoin: b');
  agent.io.interrupt('SIGINT');
  expect(await agent.code).toBe(0);
});

test('a member that cannot be reached is looked for in the background and found when it comes', async () => {
  const first = startAgent(['-node=a']);
  const address = await hasWritten(first, BIND);
  first.io.interrupt('SIGINT');
  await first.code;
  const second = startAgent(['-node=b', `-retry-join=${address}`, '-retry-interval=1s']);
  await hasWritten(second, /Join failed: 1 error occurred: .*, retrying in 1s/);
  const again = startAgent(['-node=a', `-bind=${address}`]);
  await hasWritten(second, /EventMemberJoin: a /);
  second.io.interrupt('SIGINT');
  expect(await second.code).toBe(0);
  again.io.interrupt('SIGINT');
  expect(await again.code).toBe(0);
});

test('-retry-join that has had its number of attempts ends the agent', async () => {
  const agent = startAgent(['-node=a', '-retry-join=127.0.0.1:1', '-retry-interval=1s', '-retry-max=1']);
  expect(await agent.code).toBe(1);
  expect(agent.io.stdout).toMatch(/\[ERR\] agent: maximum retry join attempts made, exiting/);
});

test('-join that reaches nobody ends the start, and says why', async () => {
  const agent = startAgent(['-node=a', '-join=127.0.0.1:1']);
  expect(await agent.code).toBe(1);
  expect(agent.io.stderr).toBe(
    'hearsay agent: 1 error occurred: * failed to join 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused\n',
  );
});

test('a port that is taken is named', async () => {
  const first = startAgent(['-node=a']);
  const address = await hasWritten(first, BIND);
  const rpcAddress = await hasWritten(first, /RPC addr: '(.*)'/);
  const second = startAgent(['-node=b', `-bind=${address}`]);
  expect(await second.code).toBe(1);
  expect(second.io.stderr).toContain(address);
  expect(second.io.stderr).toContain('(ERR_BIND)');
  const third = startAgent(['-node=c', `-rpc-addr=${rpcAddress}`]);
  expect(await third.code).toBe(1);
  expect(third.io.stderr).toBe(
    `hearsay agent: RPC cannot listen on tcp ${rpcAddress}: address already in use (ERR_BIND)\n`,
  );
  first.io.interrupt('SIGINT');
  await first.code;
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-agent-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('tags that were changed are there again after a restart, out of their file; refused ones are not', async () => {
  const path = join(temporaryFolder(), 'tags.json');
  const agent = startAgent(['-node=a', `-tags-file=${path}`]);
  const client = await RpcClient.connect({ address: await hasWritten(agent, /RPC addr: '(.*)'/) });
  await client.tags({ set: { role: 'db', 'my-tag.1': '<v>' } });
  await expect(client.tags({ set: { big: 'x'.repeat(600) } })).rejects.toThrow(
    'Encoded length of tags exceeds limit of 512 bytes',
  );
  client.close();
  expect(readFileSync(path, 'utf8')).toBe('{\n  "my-tag.1": "\\u003cv\\u003e",\n  "role": "db"\n}');
  agent.io.interrupt('SIGTERM');
  await agent.code;

  const again = startAgent(['-node=a', `-tags-file=${path}`]);
  const other = await RpcClient.connect({ address: await hasWritten(again, /RPC addr: '(.*)'/) });
  expect((await other.stats())['tags']).toEqual({ role: 'db', 'my-tag.1': '<v>' });
  other.close();
  again.io.interrupt('SIGTERM');
  await again.code;
});

test('a key that is installed over RPC is in the keyring file', async () => {
  const path = join(temporaryFolder(), 'keys.json');
  const other = Buffer.alloc(16, 9).toString('base64');
  writeFileSync(path, JSON.stringify([key]), { mode: 0o600 });
  const agent = startAgent(['-node=a', `-keyring-file=${path}`]);
  const client = await RpcClient.connect({ address: await hasWritten(agent, /RPC addr: '(.*)'/) });
  await client.installKey(other);
  await client.useKey(other);
  client.close();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([other, key]);
  expect(agent.io.stdout).toContain('Encrypted: true');
  agent.io.interrupt('SIGTERM');
  await agent.code;
});

test('an agent that was ended comes back by itself through its snapshot', async () => {
  const snapshot = `-snapshot=${join(temporaryFolder(), 'snapshot')}`;
  const first = startAgent(['-node=a']);
  const second = startAgent(['-node=b', snapshot, `-join=${await hasWritten(first, BIND)}`]);
  const address = await hasWritten(second, BIND);
  await hasWritten(second, /EventMemberJoin: a /);
  second.io.interrupt('SIGTERM');
  expect(await second.code).toBe(1);
  const again = startAgent(['-node=b', snapshot, `-bind=${address}`]);
  await hasWritten(again, / Snapshot: true\n/);
  await hasWritten(again, /EventMemberJoin: a /);
  for (const agent of [again, first]) agent.io.interrupt('SIGTERM');
  await Promise.all([again.code, first.code]);
});

test('the second agent of one name ends by the vote of the others, with 0 and without a leave', async () => {
  const first = startAgent(['-node=a']);
  const address = await hasWritten(first, BIND);
  const second = startAgent(['-node=b', `-join=${address}`]);
  await hasWritten(second, /Join completed/);
  const third = startAgent(['-node=b', `-join=${address}`]);
  expect(await third.code).toBe(0);
  expect(third.io.stdout).toMatch(/\[WARN\] agent: Serf shutdown detected, quitting/);
  const client = await RpcClient.connect({ address: await hasWritten(first, /RPC addr: '(.*)'/) });
  const b = (await client.members()).find(({ name }) => name === 'b');
  client.close();
  expect(b).toMatchObject({ status: 'alive', port: Number(/\d+$/.exec(await hasWritten(second, BIND))![0]) });
  for (const agent of [second, first]) agent.io.interrupt('SIGTERM');
  await Promise.all([second.code, first.code]);
});

test('an agent is commanded over a Unix socket alone', async () => {
  const path = join(temporaryFolder(), 'rpc.sock');
  const agent = startAgent(['-node=a', '-rpc-addr=', `-rpc-unix-socket=${path}`]);
  await hasWritten(agent, /RPC addr: ''\n[^]*RPC socket: '.*rpc\.sock'/);
  const client = await RpcClient.connect({ address: path });
  expect((await client.members()).map(({ name }) => name)).toEqual(['a']);
  await client.leave();
  client.close();
  expect(await agent.code).toBe(0);
});

test('metrics go to Prometheus, each as docs/metrics.md has it, and with SIGUSR1 to standard error', async () => {
  const port = await freePort();
  const agent = startAgent(['-node=a', `-prometheus-addr=127.0.0.1:${port}`]);
  const client = await RpcClient.connect({ address: await hasWritten(agent, /RPC addr: '(.*)'/) });
  await client.event('deploy', 'v1', { coalesce: false });
  client.close();
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('serf_agent_serf_events_by_name_total{name="deploy"} 1\n');
  expect(metrics).toContain('serf_agent_agent_ipc_command_total 2\n');
  expect(metrics).toContain('serf_agent_serf_members 1\n');
  expect(metrics).toContain('hearsay_members{state="alive"} 1\n');
  const page = readFileSync(new URL('../../../../../docs/metrics.md', import.meta.url), 'utf8');
  const told = [...metrics.matchAll(/^# TYPE (\w+) /gm)].map((match) => match[1]!);
  expect(told.length).toBeGreaterThan(30);
  expect(told.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([200, expect.stringMatching(/^ok\n/)]);
  agent.io.dump();
  expect(agent.io.stderr).toMatch(/^(\[.*\n)*$/);
  agent.io.interrupt('SIGTERM');
  await agent.code;
});

test('an agent is not ready from the beginning of its shutdown', async () => {
  const port = await freePort();
  const agent = startAgent(['-node=a', `-prometheus-addr=127.0.0.1:${port}`]);
  const rpcPort = Number(await hasWritten(agent, /RPC addr: '127\.0\.0\.1:(\d+)'/));
  await hasWritten(agent, /Log data will now stream/);
  // A client that does not end is waited for, and HTTP is closed after RPC.
  const client = connect({ port: rpcPort, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void client.destroy());
  await hasWritten(agent, /Accepted client/);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  agent.io.interrupt('SIGTERM');
  await hasWritten(agent, /requesting serf shutdown/);
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringMatching(/^failing: end\n/)]);
  await agent.code;
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

test('SIGHUP reads the files again, and applies log level, handlers and tags; a broken file changes nothing', async () => {
  const path = join(temporaryFolder(), 'a.json');
  writeFileSync(path, '{"tags": {"v": "1"}}');
  const agent = startAgent(['-node=a', `-config-file=${path}`]);
  const rpcAddress = await hasWritten(agent, /RPC addr: '(.*)'/);
  await hasWritten(agent, /Log data will now stream/);
  const client = await RpcClient.connect({ address: rpcAddress });
  const tags = async (): Promise<unknown> => (await client.stats())['tags'];
  expect(await tags()).toEqual({ v: '1' });

  writeFileSync(path, '{"tags": {"w": "2"}, "log_level": "debug", "event_handlers": ["user=./x.sh"]}');
  agent.io.reload();
  await vi.waitFor(async () => expect(await tags()).toEqual({ w: '2' }));
  expect(await client.stats()).toMatchObject({ event_handlers: { 'user:': './x.sh' } });

  writeFileSync(path, '{"tags": ');
  agent.io.reload();
  await hasWritten(agent, /==> Error decoding '.*a\.json': .*\n==> Failed to reload configs\n/);
  expect(await tags()).toEqual({ w: '2' });
  client.close();
  agent.io.interrupt('SIGINT');
  expect(await agent.code).toBe(0);
});

test.each([
  [['-encrypt=abcd'], 'Invalid encryption key: key size must be 16, 24 or 32 bytes'],
  [['-profile=moon'], 'Unknown profile: moon (-profile is "moon" on the command line; it must be lan, wan or local)'],
  [['-log-level=loud'], 'Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERR]'],
  [['-bind=127.0.0.1:99999'], 'Invalid bind address'],
  [['-tag=x'], "option '--tag <key=value>' argument 'x' is invalid. Invalid tag: 'x'"],
  [['-config-file=/nowhere/a.json'], "Error reading '/nowhere/a.json': no such file or directory"],
  [['-bind=127.0.0.1:0', '-rpc-addr=', '-advertise=0.0.0.0'], 'advertise is "0.0.0.0:7946", which is no address'],
  [['-meta=x'], '-meta needs -pool=memberlist'],
  [['-pool=memberlist', '-tag=a=b'], '-tag on the command line needs a Serf pool; remove it, or -pool=memberlist'],
  [['-leave-timeout=5'], "option '--leave-timeout <time>' argument '5' is invalid."],
  [['stray'], "too many arguments for 'agent'."],
])('%j is one clear line on standard error and code 1', async (flags, message) => {
  const io = captureIo();
  expect(await runCli(['agent', ...flags], io)).toBe(1);
  expect(io.stderr.startsWith(`hearsay agent: ${message}`) ? '' : io.stderr).toBe('');
  expect(io.stderr.match(/\n/g)).toHaveLength(1);
});
