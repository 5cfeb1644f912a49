/** `hearsay top` and `hearsay members -wide` on real agents: pictures, documents, and the terminal as it was. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { captureIo, type CapturedIo, type CapturedIoOptions } from '../../packages/agent/src/cli/captured-io.ts';
import type { Terminal } from '../../packages/agent/src/cli/io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { OurAgent } from '../interop/support/our-agent.ts';
import { expectDocument } from '../support/json-documents.ts';
import { rootFolder } from '../support/source-files.ts';

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
const terminal: Terminal = { columns: 80, rows: 24, onResize: () => () => {} };

function ioFor(rpcAddress: string, options: CapturedIoOptions = {}): CapturedIo {
  return captureIo({ ...options, env: { HEARSAY_RPC_ADDR: rpcAddress, ...options.env } });
}

async function startPair(): Promise<readonly [OurAgent, OurAgent]> {
  const a = await OurAgent.start('a');
  return [a, await OurAgent.start('b', [`-join=${a.address}`])];
}

async function until(io: CapturedIo, pattern: RegExp): Promise<void> {
  await vi.waitFor(() => expect(io.stdout).toMatch(pattern), { timeout: 20_000, interval: 20 });
}

test('elsewhere than on a terminal there is one picture an interval, until interrupted', async () => {
  const [a] = await startPair();
  const io = ioFor(a.rpcAddress);
  const running = runCli(['top', '-interval=100ms'], io);
  await until(io, /MEMBERS {2}2 alive[^]*TRAFFIC {2}in [^]*\nb {9}alive[^]*\n\na {2}127/);
  io.interrupt('SIGTERM');
  expect(await running).toBe(0);
  expect(io.stdout).not.toContain('\x1b');
});

test('on a terminal it takes the screen, and gives it back when it is interrupted', async () => {
  const [a] = await startPair();
  const io = ioFor(a.rpcAddress, { terminal, env: { NO_COLOR: '1' } });
  const running = runCli(['top', '-interval=100ms'], io);
  await until(io, /TRAFFIC/);
  io.interrupt('SIGINT');
  expect(await running).toBe(0);
  expect(io.stdout.startsWith(enter)).toBe(true);
  expect(io.stdout.endsWith(leave)).toBe(true);
  expect(io.stdout).not.toMatch(/\x1b\[3\dm/);
});

test('q ends it, and so does Ctrl-C, which is a key where keys are read; others do not', async () => {
  const a = await OurAgent.start('a');
  for (const key of ['q', '\x03']) {
    const io = ioFor(a.rpcAddress, { terminal });
    const running = runCli(['top', '-interval=100ms'], io);
    await until(io, /TRAFFIC/);
    io.press('x');
    io.press(key);
    expect(await running).toBe(0);
    expect(io.stdout.endsWith(leave)).toBe(true);
  }
});

test('a terminal that is closed ends it, too', async () => {
  const a = await OurAgent.start('a');
  const io = ioFor(a.rpcAddress, { terminal });
  const running = runCli(['top'], io);
  await until(io, /MEMBERS/);
  io.reload();
  expect(await running).toBe(0);
  expect(io.stdout.endsWith(leave)).toBe(true);
});

test('an agent that goes is said to be gone, and waited for', async () => {
  const a = await OurAgent.start('a');
  const io = ioFor(a.rpcAddress, { terminal });
  const running = runCli(['top', '-interval=100ms'], io);
  await until(io, /1 alive/);
  a.io.interrupt('SIGTERM');
  await a.ended;
  await until(io, /No answer, this is how it was; trying again\. \S/);
  io.interrupt('SIGINT');
  expect(await running).toBe(0);
});

test('with --json an agent that goes is an error, as is one that never was there', async () => {
  const a = await OurAgent.start('a');
  const io = ioFor(a.rpcAddress);
  const running = runCli(['top', '--json', '-interval=100ms'], io);
  await until(io, /hearsay\/top\/1/);
  a.io.interrupt('SIGTERM');
  expect(await running).toBe(1);
  const lines = io.stdout.trim().split('\n');
  for (const line of lines.slice(0, -1)) expectDocument(line, 'hearsay/top/1');
  expectDocument(lines.at(-1)!, 'hearsay/error/1');

  const other = ioFor('127.0.0.1:1');
  expect(await runCli(['top', '-once'], other)).toBe(1);
  expect(other.stdout).toBe('');
  expect(other.stderr).toContain('hearsay top: ');
});

test('members -wide says of each what it is, how far, how late and why', async () => {
  const [a, b] = await startPair();
  b.io.interrupt('SIGINT');
  await b.ended;
  const io = ioFor(a.rpcAddress);
  await vi.waitFor(
    async () => {
      const one = ioFor(a.rpcAddress);
      await runCli(['members', '-wide'], one);
      expect(one.stdout).toMatch(/\nb .* left .* hearsay\/5 {2}on purpose\n/);
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(await runCli(['members', '-wide', '--json'], io)).toBe(0);
  const { members } = expectDocument(io.stdout, 'hearsay/members/1') as { members: readonly { name: string }[] };
  const byName = new Map(members.map((member) => [member.name, member]));
  expect(byName.get('a')).toMatchObject({ state: 'alive', lagMs: 0, software: 'hearsay/5' });
  expect(byName.get('b')).toMatchObject({ status: 'left', state: 'left', why: 'on purpose', software: 'hearsay/5' });
  const wrong = ioFor(a.rpcAddress);
  expect(await runCli(['members', '-wide', '-format=json'], wrong)).toBe(1);
});

test('as processes: one picture with -once, one document with --json', async () => {
  const [a] = await startPair();
  const bin = join(rootFolder, 'packages/agent/bin/hearsay.js');
  const top = async (...flags: readonly string[]): Promise<string> => {
    const args = [bin, 'top', '-once', '-interval=300ms', `-rpc-addr=${a.rpcAddress}`, ...flags];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    expect(stderr).toBe('');
    return stdout;
  };
  const picture = await top();
  expect(picture).toMatch(/^a {2}127\.0\.0\.1:\d+ +up \d+[smh]\nMEMBERS {2}2 alive/);
  expect(picture).toMatch(/\nPROCESS {2}cpu \S+ % {2}memory \d+ MiB/);
  const document = expectDocument(await top('--json'), 'hearsay/top/1');
  expect(document).toMatchObject({ kind: 'hearsay', node: 'a', memberCounts: { alive: 2 }, state: { members: 2 } });
  expect(document['rates']).toMatchObject({ packetsSent: expect.any(Number) as number });
  expect((document['members'] as { name: string }[]).map(({ name }) => name).toSorted()).toEqual(['a', 'b']);
});
