/**
 * Our command against recordings of the stock command: what each `serf` command line printed, and the RPC bytes between
 * it and its agent. The recorded agent answers ours with the same bytes, so ours must print the same and ask the same.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '@msgpack/msgpack';
import { expect, test, vi } from 'vitest';
import { captureIo, type CapturedIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { RecordedAgent, type RecordedMessage } from '../support/recorded-agent.ts';
import { rootFolder } from '../support/source-files.ts';

interface RecordedRun {
  readonly name: string;
  readonly args: readonly string[];
  readonly exit: number;
  readonly stdout: string;
  readonly stderr?: string;
}

interface Recording extends RecordedRun {
  /** Undefined for what needs no agent. */
  readonly messages: readonly RecordedMessage[] | undefined;
}

function readRecordings(generation: 'old' | 'new'): Recording[] {
  const { runs } = readVectorFile<{ runs: Record<string, RecordedRun[]> }>('cli');
  const { captures } = readVectorFile<{ captures: { name: string; connections: RecordedMessage[][] }[] }>(
    `rpc-${generation}`,
  );
  return runs[generation]!.filter(({ name }) => !name.startsWith('agent start')).map((run) => ({
    ...run,
    messages: captures.find(({ name }) => name === run.name)?.connections[0],
  }));
}

function readVectorFile<T>(name: string): T {
  return JSON.parse(readFileSync(join(rootFolder, `test/vectors/serf/${name}.json`), 'utf8')) as T;
}

/** Where ours is meant to differ, and how. */
const differences: Readonly<Record<string, string>> = {
  version: 'it is another program',
  'version flag': 'it is another program',
  keygen: 'keys are random',
  'members, unknown flag': 'one line on standard error, which names the flag, instead of the usage',
  'help of a command': 'help that was asked for goes to standard output',
  'help flag': 'help that was asked for goes to standard output',
  'no command': 'the usage is that of this program',
  'unknown command': 'one line on standard error with the likely command instead of the usage',
};

for (const generation of ['old', 'new'] as const) {
  const recordings = readRecordings(generation);

  test.each(recordings.filter(({ messages }) => messages !== undefined))(
    `${generation}: $name: prints what serf printed and asks what it asked`,
    async ({ name, args, exit, stdout, messages = [] }) => {
      const agent = await RecordedAgent.start(messages);
      try {
        const env = name.endsWith('from the environment') ? { SERF_RPC_AUTH: 'sesame' } : {};
        const io = captureIo({ env });
        const running = runCli(withAddress(args, agent.address), io);
        if (name.includes('interrupted')) await interruptAfter(stdout, io);
        expect(await running).toBe(exit);
        expect(inOrder(withoutUsage(io.stdout), args)).toBe(inOrder(stdout, args));
        if (isToldWithoutAgent(name)) return expect(agent.received).toEqual([]);
        expect(withoutStops(agent.received)).toEqual(withoutStops(sentBy(messages)));
      } finally {
        await agent.stop();
      }
    },
  );

  test.each(recordings.filter(({ name, messages }) => messages === undefined && differences[name] === undefined))(
    `${generation}: $name: prints what serf printed, without an agent`,
    async ({ args, exit, stdout }) => {
      const io = captureIo();
      const code = await runCli(args.length === 0 ? args : withAddress(args, '127.0.0.1:1'), io);
      expect(code).toBe(exit);
      expect(withoutUsage(io.stdout)).toBe(stdout);
    },
  );

  test.each(recordings.filter(({ name }) => differences[name] !== undefined))(
    `${generation}: $name: ends with the same code as serf`,
    async ({ args, exit }) => {
      expect(await runCli(args, captureIo())).toBe(exit);
    },
  );
}

/** Stock commands take the address anywhere among their flags; the recordings leave it out. */
function withAddress([command, ...rest]: readonly string[], address: string): string[] {
  return [command!, `-rpc-addr=${address}`, ...rest];
}

async function interruptAfter(stdout: string, io: CapturedIo): Promise<void> {
  await vi.waitFor(() => expect(io.stdout.length).toBe(stdout.length), { timeout: 10_000, interval: 5 });
  io.interrupt('SIGINT');
}

/** The client's side of a recording, value by value. */
function sentBy(messages: readonly RecordedMessage[]): unknown[] {
  return messages.flatMap(({ dir, hex }) =>
    dir === 'c2s' && hex !== undefined ? [decode(Buffer.from(hex, 'hex'))] : [],
  );
}

/** Mistakes that `serf` finds after it has connected, and ours before. */
function isToldWithoutAgent(name: string): boolean {
  return /unknown format|bad tag argument|tags, bad argument|rtt, no argument/.test(name);
}

/** Ours stops its streams by hanging up. */
function withoutStops(sent: readonly unknown[]): unknown[] {
  const isStop = (value: unknown): boolean => {
    const { Command: command, Stop: stop } = value as { readonly Command?: string; readonly Stop?: number };
    return command === 'stop' || stop !== undefined;
  };
  return sent.filter((value) => !isStop(value));
}

/** The usage is in our own words, as the recordings leave theirs out. */
function withoutUsage(stdout: string): string {
  return stdout.replace(/Usage: hearsay[^]*/, '<usage text>\n');
}

/**
 * What has no order in `serf` put in order, for it walks through Go's maps and takes acks and responses from two
 * channels; and times left out.
 */
function inOrder(stdout: string, [command]: readonly string[]): string {
  switch (command) {
    case 'members':
      return stdout.replace(/(?<= )\S+=\S*/g, (tags) => tags.split(',').toSorted().join());
    case 'keys':
    case 'query':
      return stdout.split('\n').toSorted().join('\n');
    case 'monitor':
      return stdout.replace(/(?:^\t.*\n)+/gm, (fields) => fields.split('\n').toSorted().join('\n'));
    case 'reachability':
      return stdout.replace(/\d+\.\d+ sec/g, 'T sec');
    default:
      return stdout;
  }
}
