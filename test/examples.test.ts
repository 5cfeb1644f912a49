/** The examples run as a newcomer would run them: in a process of their own, against the built package. */
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createCluster } from 'hearsay';
import { evaluateFlag, type Flag } from 'hearsay/flags';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from './interop/support/eventually.ts';
import { freePort } from './interop/support/ports.ts';
import { rootFolder } from './support/source-files.ts';

test('three nodes in one process meet, talk, and learn who crashed and who left', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [pathOf('three-nodes')], { timeout: 50_000 });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'ann sees ann, bob, cyd',
    'bob hears hello',
    'bob says hardly any',
    'ann hears that cyd has failed',
    'ann hears that bob has left',
    'ann sees ann',
  ]);
});

test('a proxy reloads once when half of its servers crash at once', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [pathOf('one-reload')], { timeout: 50_000 });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'serving with web-1, web-2, web-3, web-4, web-5, web-6',
    'reload: web-1, web-2, web-3 (3 went, 0 came)',
  ]);
});

test('a member of a pool of other programs says who comes and goes, and leaves', async () => {
  const pool = await createCluster({ name: 'theirs', bind: '127.0.0.1:0', pool: 'memberlist' });
  onTestFinished(() => pool.close());
  const example = start('join-pool', `127.0.0.1:${pool.address.port}`, '--name=ours');
  await example.prints('joined  theirs');
  const left = new Promise((resolve) => pool.once('member-leave', ({ member }) => resolve(member.name)));
  example.process.kill('SIGINT');
  await expect(left).resolves.toBe('ours');
  await example.prints('bye');
  await expect(example.exitCode).resolves.toBe(0);
});

test('members that share work give every job to exactly one of them, again after one has gone', async () => {
  const port = await freePort();
  const first = start('share-work', String(port));
  await first.prints('members: 1');
  const second = start('share-work', String(await freePort()), `127.0.0.1:${port}`);
  await eventually('each job has one owner', () => [...first.jobs, ...second.jobs].toSorted(), isEveryJobOnce);
  expect(second.jobs.length).toBeGreaterThan(0);
  second.process.kill('SIGTERM');
  await expect(second.exitCode).resolves.toBe(0);
  await eventually('the first has all jobs', () => first.jobs.toSorted(), isEveryJobOnce);
});

test('a roll-out tells servers their version, waits for their tags, and asks how they are', async () => {
  const port = await freePort();
  const first = start('roll-out', 'serve', 'web-1', String(port));
  await first.prints('web-1 serves v1');
  const second = start('roll-out', 'serve', 'web-2', String(await freePort()), `127.0.0.1:${port}`);
  await first.prints('web-1 sees web-2');
  const rollOut = await promisify(execFile)(process.execPath, [pathOf('roll-out'), 'to', 'v2', `127.0.0.1:${port}`], {
    timeout: 30_000,
  });
  const [all, ...answers] = rollOut.stdout.trimEnd().split('\n');
  expect(all).toBe('all 2 have v2');
  expect(answers.toSorted()).toEqual(['nobody kept silent', 'web-1: well, with v2', 'web-2: well, with v2']);
  await second.prints('web-2 installs v2');
  await first.prints('web-1 installs v2');
  first.process.kill('SIGTERM');
  await expect(first.exitCode).resolves.toBe(0);
});

test('requests to one server see a flag that was changed on another', async () => {
  const [port, http1, http2] = [await freePort(), await freePort(), await freePort()];
  const first = start('flags-over-http', 'web-1', String(http1), String(port));
  await first.prints('web-1 answers');
  const second = start('flags-over-http', 'web-2', String(http2), '0', `127.0.0.1:${port}`);
  await second.prints('web-2 answers');
  const greet = (user: string): Promise<string> => request(`http://127.0.0.1:${http1}/?user=${user}`);
  const set = (percent: string): Promise<string> =>
    request(`http://127.0.0.1:${http2}/flags/friendly?percent=${percent}`, { method: 'PUT' });

  expect(await greet('ann')).toBe('hello\n');
  expect(await set('100')).toBe('friendly is on for 100 %\n');
  await eventually('the flag is on', () => greet('ann'), is('hello ann, how nice to see you\n'));
  await first.prints('changed: friendly');
  expect(await set('120')).toContain('percent: is 120, and must be from 0 to 100');

  // Who is in a half of them is the same for every member.
  const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
  const half: Flag = {
    variants: { on: true, off: false },
    defaultVariant: 'off',
    rules: [{ serve: [{ variant: 'on', percent: 50 }] }],
  };
  const answers = users.map((user) => {
    const outcome = evaluateFlag('friendly', half, { targetingKey: user });
    return outcome.type === 'served' && outcome.value === true ? `hello ${user}, how nice to see you\n` : 'hello\n';
  });
  expect(new Set(answers).size).toBe(20);
  await set('50');
  const greetAll = (): Promise<string> => Promise.all(users.map(greet)).then((all) => all.join(''));
  await eventually('the flag is on for half of them', greetAll, is(answers.join('')));
  await set('0');
  await eventually('the flag is off', () => Promise.all(users.map(greet)).then((all) => new Set(all).size), is(1));
  first.process.kill('SIGTERM');
  await expect(first.exitCode).resolves.toBe(0);
});

test('every process knows which version each of them runs, until it goes', async () => {
  const port = await freePort();
  const first = start('version-registry', 'web-1', '1.4.2', String(port));
  await first.prints('1.4.2: web-1\n');
  const seed = `127.0.0.1:${port}`;
  const second = start('version-registry', 'web-2', '1.4.2', '0', seed);
  const third = start('version-registry', 'web-3', '1.5.0', '0', seed);
  for (const each of [first, second, third]) await each.prints('1.4.2: web-1, web-2; 1.5.0: web-3\n');
  third.process.kill('SIGTERM');
  await expect(third.exitCode).resolves.toBe(0);
  await first.prints('1.5.0: web-3\n1.4.2: web-1, web-2\n');
});

test('configuration that does not fit is refused by its writer, and carried by those that cannot read it', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [pathOf('shared-config')], { timeout: 50_000 });
  expect(stdout.trimEnd().split('\n')).toEqual([
    'old is told 100',
    'ann may not: value of "config/connections" does not fit its schema: it must be a limit of connections, or limits for reads and writes',
    'old cannot read what is new, and goes on with 100',
    'cyd has it from old: {"reads":90,"writes":10}',
  ]);
});

/** A started example with what it has printed. It ends with the test, at the latest. */
class RunningExample {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly exitCode: Promise<number | null>;
  #output: string = '';

  constructor(name: string, args: readonly string[]) {
    this.process = spawn(process.execPath, [pathOf(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.exitCode = once(this.process, 'exit').then(([code]) => code as number | null);
    onTestFinished(() => void this.process.kill('SIGKILL'));
  }

  async prints(text: string): Promise<void> {
    await eventually(
      `it prints ${text}`,
      () => this.#output,
      (output) => output.includes(text),
    );
  }

  /** The jobs it last said are its own. */
  get jobs(): string[] {
    const last = this.#output.trimEnd().split('\n').at(-1) ?? '';
    return last
      .replace(/^.*mine: /, '')
      .split(', ')
      .filter((job) => job !== 'nothing');
  }
}

function start(name: string, ...args: readonly string[]): RunningExample {
  return new RunningExample(name, args);
}

async function request(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, init);
  return response.text();
}

function is<Value>(wanted: Value): (value: Value) => boolean {
  return (value) => value === wanted;
}

function isEveryJobOnce(jobs: readonly string[]): boolean {
  return jobs.length === 8 && new Set(jobs).size === 8;
}

function pathOf(example: string): string {
  return join(rootFolder, 'examples', `${example}.mjs`);
}
