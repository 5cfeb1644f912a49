/** The built command line as a process of its own: what tests inside one process cannot see. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { expectDocument } from '../support/json-documents.ts';
import { rootFolder } from '../support/source-files.ts';

const bin = `${rootFolder}/packages/agent/bin/hearsay.js`;
const run = promisify(execFile);
const started: ChildProcessWithoutNullStreams[] = [];

beforeAll(async () => {
  await run(process.execPath, [
    `${rootFolder}/node_modules/typescript/bin/tsc`,
    '-b',
    `${rootFolder}/packages/agent/src/cli`,
  ]);
}, 120_000);

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command with what it has written so far. */
class Command {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
  #stdout: string = '';
  #stderr: string = '';

  constructor(args: readonly string[], input: string = '', program: string = process.execPath) {
    this.child = spawn(program, program === process.execPath ? [bin, ...args] : args);
    started.push(this.child);
    this.child.stdout.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.child.stdin.end(input);
    this.finished = once(this.child, 'close').then(([code, signal]) => ({
      code: (code as number | null) ?? (signal === 'SIGINT' ? 130 : -1),
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Resolves to the first group when standard output matches. */
  async hasWritten(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match[1] ?? '';
      await once(this.child.stdout, 'data');
    }
  }
}

const hearsay = (args: readonly string[], input?: string): Promise<Finished> => new Command(args, input).finished;

test.each([
  [['version'], 0, /^\d/],
  [['--version'], 0, /^\d/],
  [['keygen'], 0, /^[\w+/]{43}=\n$/],
  [['help'], 0, /^Usage: hearsay/],
  [['help', 'agent'], 0, /^Usage: hearsay agent/],
  [['packet', 'decode', '--help'], 0, /hearsay\/packet-decode\/1/],
  [['packet', 'decode', '0b81a55365714e6f05'], 0, /nack {2}message type 11/],
  [['packet', 'decode', 'ff'], 2, /✗ unknown-type/],
  [['simulate', '--nodes=10', '--json'], 0, /"schema": "hearsay\/simulate\/1"/],
] as const)('%j ends with %i and writes what it should', async (args, code, pattern) => {
  const finished = await hearsay(args);
  expect(finished).toMatchObject({ code, stderr: '' });
  expect(finished.stdout).toMatch(pattern);
  expect(finished.stdout).not.toContain('\x1b');
});

test('a packet is read from a pipe', async () => {
  expect((await hearsay(['packet', 'decode'], '0b81a55365714e6f05')).stdout).toContain('SeqNo  5');
});

test('a reader that has seen enough ends the command without noise', async () => {
  const { stdout } = await run('sh', ['-c', `"${process.execPath}" "${bin}" help | head -1; echo done`]);
  expect(stdout).toBe('Usage: hearsay <command> [flags]\ndone\n');
});

test.skipIf(!existsSync('/dev/full'))(
  'a command whose output finds no room on the disk says so, and fails',
  async () => {
    const command = new Command(['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, bin, 'version'], '', 'sh');
    const stderr = 'hearsay: standard output: no space left on device\n';
    expect(await command.finished).toEqual({ code: 1, stdout: '', stderr });
  },
);

/** An agent on ports of its own. */
function startAgent(name: string, ...flags: readonly string[]): Command {
  const own = ['-profile=local', `-node=${name}`, '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0'];
  return new Command(['agent', ...own, ...flags]);
}

test('an agent leaves on SIGINT with 0, and the other sees it leave', async () => {
  const first = startAgent('a');
  const address = await first.hasWritten(/Bind addr: '(\S+)'/);
  const second = startAgent('b', `-join=${address}`);
  await first.hasWritten(/EventMemberJoin: b /);
  second.child.kill('SIGINT');
  expect(await second.finished).toMatchObject({ code: 0, stderr: '' });
  await first.hasWritten(/EventMemberLeave: b /);
  first.child.kill('SIGINT');
  expect(await first.finished).toMatchObject({ code: 0, stderr: '' });
});

test('an agent that SIGTERM ends is reported as failed, as one that is killed', async () => {
  const first = startAgent('a');
  const address = await first.hasWritten(/Bind addr: '(\S+)'/);
  const second = startAgent('b', `-join=${address}`);
  await first.hasWritten(/EventMemberJoin: b /);
  second.child.kill('SIGTERM');
  expect(await second.finished).toMatchObject({ code: 1, stderr: '' });
  await first.hasWritten(/EventMemberFailed: b /);
  first.child.kill('SIGINT');
  expect((await first.finished).code).toBe(0);
});

test('an agent whose log nobody reads any more goes on, and leaves when it is told to', async () => {
  const first = startAgent('a');
  const address = await first.hasWritten(/Bind addr: '(\S+)'/);
  const second = startAgent('b', '-log-level=debug', `-join=${address}`);
  await second.hasWritten(/Log data will now stream/);
  second.child.stdout.destroy();
  await first.hasWritten(/EventMemberJoin: b /);
  second.child.kill('SIGINT');
  expect(await second.finished).toMatchObject({ code: 0, stderr: '' });
  await first.hasWritten(/EventMemberLeave: b /);
  first.child.kill('SIGINT');
  expect((await first.finished).code).toBe(0);
});

test.skipIf(!existsSync('/dev/full'))('an agent whose standard error cannot be written goes on', async () => {
  const flags = ['-profile=local', '-node=a', '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0'];
  const agent = new Command(['-c', 'exec "$@" 2> /dev/full', 'sh', process.execPath, bin, 'agent', ...flags], '', 'sh');
  const address = await agent.hasWritten(/RPC addr: '(\S+)'/);
  await agent.hasWritten(/Log data will now stream/);
  agent.child.kill('SIGUSR1');
  expect((await hearsay(['info', `-rpc-addr=${address}`])).code).toBe(0);
  agent.child.kill('SIGINT');
  expect(await agent.finished).toMatchObject({ code: 0, stderr: '' });
});

test('the demo shows a rumor, a crash, a return, a flag and its end, and ends with 0 because they happened', async () => {
  const { code, stdout, stderr } = await hearsay(['demo', '--once', '--json', '--nodes=4', '--seed=3']);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  expect(expectDocument(stdout, 'hearsay/demo/1')).toMatchObject({
    ok: true,
    nodes: 4,
    rumor: { origin: 'n4' },
    crash: { accusers: expect.any(Array) as unknown, allKnowMs: expect.any(Number) as number },
    comeback: { allKnowMs: expect.any(Number) as number },
    flag: { origin: 'n4', receipt: { seen: 4, missing: [] } },
    deletion: { goneFromCutOffMs: expect.any(Number) as number, resurrections: 0 },
    falseDeaths: 0,
  });
  expect(stderr).toContain('6 of 6  Deleted is deleted');
});

test('the demo writes at once, and Ctrl-C ends it with 130', async () => {
  const demo = new Command(['demo']);
  await demo.hasWritten(/1 of 6 {2}Strangers become a cluster/);
  demo.child.kill('SIGINT');
  const { code, stdout } = await demo.finished;
  expect(code).toBe(130);
  expect(stdout).toContain('it was interrupted');
});
