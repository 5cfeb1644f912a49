import { expect, test } from 'vitest';
import { captureIo } from '../captured-io.ts';
import { displayWidth } from '../output.ts';
import { runCli } from '../run-cli.ts';

async function simulate(...flags: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = captureIo();
  const code = await runCli(['simulate', ...flags], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

interface Document {
  readonly schema: string;
  readonly ok: boolean;
  readonly rounds: number;
  readonly infectedAtRound: readonly number[];
  readonly hash: string;
  readonly wallMs: number;
  readonly timesRealTime: number;
}

test('the same seed gives the same numbers and hash, another seed another hash', async () => {
  const run = async (seed: string): Promise<Document> =>
    JSON.parse((await simulate('--nodes=20', `--seed=${seed}`, '--json')).stdout) as Document;
  const [first, again, other] = [await run('7'), await run('7'), await run('8')];
  expect({ ...again, wallMs: 0, timesRealTime: 0 }).toEqual({ ...first, wallMs: 0, timesRealTime: 0 });
  expect(other.hash).not.toBe(first.hash);
  expect(first).toMatchObject({ schema: 'hearsay/simulate/1', ok: true });
  expect(first.infectedAtRound.at(-1)).toBe(20);
  expect(first.timesRealTime).toBeGreaterThan(1);
});

test('the report has the curve with the ideal one, the times, the traffic and the hash, within 100 columns', async () => {
  const { code, stdout } = await simulate('--nodes', '30', '--loss', '5%');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^30 nodes, seed 1, 5 % loss, lan timing, sharp rules …\n/);
  expect(stdout).toMatch(/ {2}round {2}0 ┃░+ {2}\d {2}4\^r 1\n/);
  for (const what of [
    'rumor everywhere',
    'declared dead',
    'known to all',
    'traffic at rest',
    'transcript hash',
    'times real time',
  ]) {
    expect(stdout).toContain(what);
  }
  expect(Math.max(...stdout.split('\n').map(displayWidth))).toBeLessThanOrEqual(100);
});

test('the nodes go by the rules that were asked for, by ours when none were', async () => {
  const [unasked, sharp, memberlist] = await Promise.all(
    [[], ['--rules=sharp'], ['--rules=memberlist']].map(
      async (flags) => JSON.parse((await simulate('--nodes=12', '--json', ...flags)).stdout) as Document,
    ),
  );
  expect(sharp!.hash).toBe(unasked!.hash);
  expect(memberlist!.hash).not.toBe(unasked!.hash);
});

test.each([
  [['--nodes=2'], "option '--nodes <count>' argument '2' is invalid. It must be a whole number from 3 to 10000."],
  [['--loss=2'], "option '--loss <share>' argument '2' is invalid. It must be a share from 0 to 0.9, like 0.1 or 10%."],
])('%j is one clear line on standard error', async (flags, message) => {
  const { code, stdout, stderr } = await simulate(...flags);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toBe(`hearsay simulate: ${message} (see hearsay simulate --help)\n`);
});
