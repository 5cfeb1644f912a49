import { expect, test, vi } from 'vitest';
import { captureIo, type CapturedIo } from '../captured-io.ts';
import { runCli } from '../run-cli.ts';

interface RunningAgent {
  readonly io: CapturedIo;
  readonly code: Promise<number>;
}

function startAgent(flags: readonly string[], env: Readonly<Record<string, string>> = {}): RunningAgent {
  const io = captureIo({ env });
  return { io, code: runCli(['agent', '-profile=local', ...flags], io) };
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

const BIND = /Bind addr: (127\.0\.0\.1:\d+)/;
const key = Buffer.alloc(32, 5).toString('base64');

test('two agents find each other with a key and a label, and see each other leave', async () => {
  const first = startAgent(['-node=a', '-bind=127.0.0.1:0', `-encrypt=${key}`, '-label=dc1']);
  const address = await hasWritten(first, BIND);
  const flags = ['-node=b', '-bind=127.0.0.1:0', `-join=${address}`, '--label', 'dc1', '--meta', 'role=web'];
  const second = startAgent(flags, { HEARSAY_ENCRYPT: key });
  await hasWritten(second, /joined the cluster contacted=1 members=2/);
  await hasWritten(first, /\[INFO\] agent: member joined name=b/);

  second.io.interrupt('SIGTERM');
  expect(await second.code).toBe(0);
  expect(second.io.stdout).toMatch(/leaving; a second signal ends at once signal=SIGTERM[^]*left the cluster\n$/);
  await hasWritten(first, /member left name=b/);

  first.io.interrupt('SIGINT');
  expect(await first.code).toBe(0);
  expect(first.io.stderr + second.io.stderr).toBe('');
});

test('it tells what it advertises and why before the first log line', async () => {
  const agent = startAgent(['-node=a', '-bind=127.0.0.1:0']);
  await hasWritten(agent, /Log data will now stream/);
  expect(agent.io.stdout).toMatch(/^==> hearsay agent running\n +Node name: a\n/);
  expect(agent.io.stdout).toMatch(/Advertise addr: 127\.0\.0\.1:\d+ \(it is the address that is bound; it is loopback/);
  agent.io.interrupt('SIGINT');
  expect(await agent.code).toBe(0);
});

test('with --json every line is a JSON object', async () => {
  const agent = startAgent(['-node=a', '-bind=127.0.0.1:0', '--json']);
  await hasWritten(agent, /agent running/);
  agent.io.interrupt('SIGINT');
  await agent.code;
  const lines = agent.io.stdout.trim().split('\n');
  const messages = lines.map((line) => JSON.parse(line) as { readonly msg: string; readonly node: string });
  expect(messages.map(({ node }) => node)).toEqual(messages.map(() => 'a'));
  expect(messages.map(({ msg }) => msg)).toContain('left the cluster');
});

test('a second signal ends the process at once, with a failure', async () => {
  const agent = startAgent(['-node=a', '-bind=127.0.0.1:0']);
  await hasWritten(agent, BIND);
  agent.io.interrupt('SIGINT');
  agent.io.interrupt('SIGINT');
  expect(agent.io.exitedWith).toBe(1);
  await agent.code;
});

test('a member that cannot be reached is looked for in the background and found when it comes', async () => {
  const first = startAgent(['-node=a', '-bind=127.0.0.1:0']);
  const address = await hasWritten(first, BIND);
  first.io.interrupt('SIGINT');
  await first.code;
  const second = startAgent(['-node=b', '-bind=127.0.0.1:0', `-retry-join=${address}`]);
  await hasWritten(second, /no seed could be joined; it will be tried again/);
  const again = startAgent(['-node=a', `-bind=${address}`]);
  await hasWritten(second, /member joined name=a/);
  second.io.interrupt('SIGINT');
  expect(await second.code).toBe(0);
  again.io.interrupt('SIGINT');
  expect(await again.code).toBe(0);
});

test('-join that reaches nobody ends the start, and says why', async () => {
  const agent = startAgent(['-node=a', '-bind=127.0.0.1:0', '-join=127.0.0.1:1']);
  expect(await agent.code).toBe(1);
  expect(agent.io.stderr).toMatch(
    /^hearsay agent: none of 1 addresses could be joined \(127\.0\.0\.1:1: .*ECONNREFUSED.*\) \(ERR_JOIN\)\n$/,
  );
});

test('a port that is taken is named', async () => {
  const first = startAgent(['-node=a', '-bind=127.0.0.1:0']);
  const address = await hasWritten(first, BIND);
  const second = startAgent(['-node=b', `-bind=${address}`]);
  expect(await second.code).toBe(1);
  expect(second.io.stderr).toContain(address);
  expect(second.io.stderr).toContain('(ERR_BIND)');
  expect(second.io.stdout).toBe('');
  first.io.interrupt('SIGINT');
  await first.code;
});

test.each([
  [['-encrypt=abcd'], '-encrypt: the key is 3 bytes long; it must be 16, 24 or 32'],
  [['-profile=moon'], "option '--profile <profile>' argument 'moon' is invalid. Allowed choices are lan, wan, local."],
  [['-log-level=loud'], "option '--log-level <level>' argument 'loud' is invalid."],
  [['-bind=127.0.0.1:99999'], '"127.0.0.1:99999" has port "99999"'],
  [['-bind=127.0.0.1:0', '-advertise=0.0.0.0'], 'advertise is "0.0.0.0", which is no address that others could reach'],
  [['-bind=127.0.0.1:0', '-retry-join=/x'], '"/x" has an empty node name before the slash'],
  [['-bind=127.0.0.1:0', '-node='], 'name is empty'],
  [['-serf-pool', '-meta=x'], '-meta and -serf-pool exclude each other'],
  [['-leave-timeout=5'], "option '--leave-timeout <time>' argument '5' is invalid."],
  [['stray'], "too many arguments for 'agent'."],
])('%j is one clear line on standard error and code 1', async (flags, message) => {
  const io = captureIo();
  expect(await runCli(['agent', ...flags], io)).toBe(1);
  expect(io.stdout).toBe('');
  expect(io.stderr.startsWith(`hearsay agent: ${message}`) ? '' : io.stderr).toBe('');
  expect(io.stderr.match(/\n/g)).toHaveLength(1);
});
