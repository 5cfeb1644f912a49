import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockFile } from './file-lock.ts';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'results.jsonl');
}

test('a file is held once at a time, by the process that its lock names', () => {
  const path = newPath();
  const unlock = lockFile(path);
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(`${process.pid}\n`);
  expect(() => lockFile(path)).toThrow(`process ${process.pid} writes ${path}; --out names another file`);
  lockFile(`${path}.other`)();
  unlock();
  expect(readdirSync(dirname(path))).toEqual([]);
  lockFile(path)();
});

test('what a living process holds is left to it', () => {
  const path = newPath();
  writeFileSync(`${path}.lock`, `${process.ppid}\n`);
  expect(() => lockFile(path)).toThrow(`process ${process.ppid} writes ${path}`);
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(`${process.ppid}\n`);
});

test('a lock that is not yet written is somebody else’s', () => {
  const path = newPath();
  writeFileSync(`${path}.lock`, '');
  expect(() => lockFile(path)).toThrow(
    `another process writes ${path}; --out names another file (if it does not, remove`,
  );
});

test.each([
  ['another id', () => spawnSync(process.execPath, ['--version']).pid],
  ['the id that this one has', () => process.pid],
])('what a process left that is gone is taken over: with %s', (_, pidOf) => {
  const path = newPath();
  writeFileSync(`${path}.lock`, `${pidOf()}\n`);
  const unlock = lockFile(path);
  expect(readdirSync(dirname(path))).toEqual(['results.jsonl.lock']);
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(`${process.pid}\n`);
  unlock();
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test('whose lock was taken away does not take away that of the next', () => {
  const path = newPath();
  const unlock = lockFile(path);
  writeFileSync(`${path}.lock`, `${process.ppid}\n`);
  unlock();
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(`${process.ppid}\n`);
});

test('a place where no lock can be made is one clear line', () => {
  expect(() => lockFile(join(newPath(), 'deeper'))).toThrow(/^cannot write .*deeper\.lock: ENOENT/);
});
