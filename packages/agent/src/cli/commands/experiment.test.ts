import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { expectDocument } from '../../../../../test/support/json-documents.ts';
import { captureIo, type CapturedIo } from '../captured-io.ts';
import type { Io } from '../io.ts';
import { runCli } from '../run-cli.ts';

const name = 'swim-first-detection';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function experiment(...args: string[]): Promise<Outcome> {
  const io = captureIo();
  const code = await runCli(['experiment', ...args], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-experiment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'results.jsonl');
}

function small(path: string, ...flags: string[]): Promise<Outcome> {
  return experiment(name, '--cells=n=8 *independent', '--seeds=2', `--out=${path}`, ...flags);
}

test('without a name it lists what there is', async () => {
  const { code, stdout } = await experiment();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^swim-first-detection {2,}18 cells {2,}\d+ runs\n {2}First detection of a crash by SWIM\n/m);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  const { experiments } = expectDocument((await experiment('--json')).stdout, 'hearsay/experiment-list/1');
  expect(experiments).toContainEqual(expect.objectContaining({ name, seeds: 20, runs: expect.any(Number) as number }));
});

test('results come as tables or as a document, and the exit code says whether all targets are met', async () => {
  const path = newPath();
  const asText = await small(path, '--workers=2');
  expect(asText.stdout).toMatch(/N = 8 +mean wait for the first probe, periods +0\.\d+ /);
  expect(asText.stdout).toMatch(/[01] of 1 targets met\. 2 runs, /);
  const asJson = await small(path, '--json');
  const document = expectDocument(asJson.stdout, 'hearsay/experiment/1');
  expect(document).toMatchObject({
    name,
    cells: ['n=8 probing=independent'],
    seeds: { first: 1, perCell: [2] },
    runs: 2,
  });
  expect([asText.code, asJson.code]).toEqual(document['ok'] === true ? [0, 0] : [2, 2]);
});

test('what is there is not run again, and a file that was cut is filled up with the same', async () => {
  const path = newPath();
  const first = await small(path, '--json');
  const lines = readFileSync(path, 'utf8');
  expect(lines.split('\n')).toHaveLength(4);
  expect(await small(path, '--json')).toEqual({ ...first, stderr: `2 of 2 runs were in ${path}.\n` });
  truncateSync(path, lines.length - 100);
  const filledUp = await small(path, '--json');
  expect(filledUp.stderr).toContain(`1 of 2 runs were in ${path}.\n`);
  const { tables } = JSON.parse(filledUp.stdout) as { tables: unknown };
  expect(tables).toEqual((JSON.parse(first.stdout) as { tables: unknown }).tables);
  const withoutTime = (text: string): string => text.replaceAll(/"wallMs":\d+/g, '');
  expect(withoutTime(readFileSync(path, 'utf8'))).toBe(withoutTime(lines));
});

test('what is kept is reported whole, and nothing is run', async () => {
  const path = newPath();
  await small(path);
  await experiment(name, '--cells=n=8 *in-step', '--seeds=1', '--first-seed=3', `--out=${path}`);
  const lines = readFileSync(path, 'utf8');
  const { stdout, stderr } = await experiment(name, '--kept', '--json', `--out=${path}`);
  expect(expectDocument(stdout, 'hearsay/experiment/1')).toMatchObject({
    cells: ['n=8 probing=in-step', 'n=8 probing=independent'],
    seeds: { first: 1, perCell: [1, 2] },
    runs: 3,
  });
  expect(stderr).toBe('');
  expect(readFileSync(path, 'utf8')).toBe(lines);
  const others = await experiment(name, '--kept', '--cells=n=55 *', `--out=${path}`);
  expect(others).toMatchObject({ code: 1, stdout: '' });
  expect(others.stderr).toMatch(/results\.jsonl holds no such results\n$/);
});

test('what is kept of no file is one line, and begins none', async () => {
  const path = newPath();
  const { code, stderr } = await experiment(name, '--kept', `--out=${path}`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: `hearsay experiment: there is no ${path}\n` });
  expect(existsSync(path)).toBe(false);
});

test('results of another build are reported as theirs with --kept, and not mixed with those of this one', async () => {
  const path = newPath();
  await small(path);
  const text = readFileSync(path, 'utf8').replace(/"build":"\w+"/, '"build":"cafe"');
  writeFileSync(path, text);
  const kept = await experiment(name, '--kept', '--json', `--out=${path}`);
  expect(kept.stderr).toMatch(
    /^.*results\.jsonl holds results of build cafe of the library; this is [0-9a-f]{12}\.\n$/,
  );
  expect(expectDocument(kept.stdout, 'hearsay/experiment/1')).toMatchObject({ build: 'cafe', runs: 2 });
  const mixed = await small(path);
  expect(mixed).toMatchObject({ code: 1, stdout: '' });
  expect(mixed.stderr).toMatch(/: --out names another file to begin one; --again deletes these results\n$/);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('while a command writes a file another one is refused, and --kept may read it', async () => {
  const path = newPath();
  await small(path);
  const io = captureIo();
  const running = runCli(['experiment', name, '--cells=n=1000 *', '--seeds=7', `--out=${path}`], io);
  await expect.poll(() => io.stderr, { timeout: 30_000 }).toMatch(/^0 of 21 runs/);
  const { code, stdout, stderr } = await small(path, '--again');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^hearsay experiment: process ${process.pid} writes .*results\\.jsonl; --out names another file .*\\n$`),
  );
  expect((await experiment(name, '--kept', '--json', `--out=${path}`)).stdout).toContain('"runs": 2');
  io.interrupt('SIGTERM');
  await running;
  expect(readdirSync(dirname(path))).toEqual(['results.jsonl']);
});

test('a result that the report cannot be made of is one line that says which', async () => {
  const path = newPath();
  await small(path);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"result":.*(?=,"wallMs":\d+\}\n$)/, '"result":null'));
  const { code, stdout, stderr } = await small(path);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /\nhearsay experiment: line 3 of .*results\.jsonl is no result of this experiment \(.+\); mend it, .*--again\n$/,
  );
});

test.each<[string, (io: CapturedIo) => void, string[], string]>([
  ['SIGINT', (io) => io.interrupt('SIGINT'), [], 'the same command goes on with the rest'],
  ['SIGHUP', (io) => io.reload(), ['--again'], 'the same command without --again goes on with the rest'],
])('%s ends it at once, with what was done kept, and says how to go on', async (_, interrupt, flags, advice) => {
  const path = newPath();
  const io = captureIo();
  const running = runCli(['experiment', name, '--cells=n=1000 *', '--seeds=7', `--out=${path}`, ...flags], io);
  await expect.poll(() => io.stderr, { timeout: 30_000 }).toMatch(/^0 of 21 runs/);
  interrupt(io);
  expect(await running).toBe(130);
  expect(io.stderr).toContain(`\nInterrupted: 0 of 21 runs are in ${path}; ${advice}.\n`);
  expect(io.stdout).toBe('');
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2);
});

test('before the report is made a line says where all runs are, and signals are nobody’s', async () => {
  const path = newPath();
  let listenerCount = 0;
  const io = captureIo();
  const counting: Io = {
    ...io,
    onInterrupt: (listener) => {
      listenerCount += 1;
      const stop = io.onInterrupt(listener);
      return () => {
        listenerCount -= 1;
        stop();
      };
    },
    out: (text) => {
      expect(listenerCount).toBe(0);
      expect(existsSync(`${path}.lock`)).toBe(false);
      io.out(text);
    },
  };
  await runCli(['experiment', name, '--cells=n=8 *independent', '--seeds=2', `--out=${path}`], counting);
  expect(io.stderr).toMatch(/\n2 runs are in .*results\.jsonl; the report follows\.\n$/);
  expect(io.stdout).toMatch(/ 2 runs, /);
});

test.each(['--cells=n=8', '--kept', '--seeds=1', '--workers=1'])('%s without a name is refused', async (flag) => {
  const { code, stdout, stderr } = await experiment(flag, '--json');
  const message = `hearsay experiment: ${flag.split('=')[0]} needs the name of an experiment\n`;
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: message });
});

test.each([
  [['tides'], /^hearsay experiment: there is no experiment tides; `hearsay experiment` lists them\n$/],
  [[name, '--cells=n=7 '], /has no cell with n=7 {2}in its name/],
  [[name, '--seeds=0'], /It must be a whole number from 1 to/],
])('%j is one clear line on standard error', async (args, message) => {
  const { code, stdout, stderr } = await experiment(...args, `--out=${newPath()}`);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
});
