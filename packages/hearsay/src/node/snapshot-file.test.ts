import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ClusterError } from '../util/index.ts';
import { SnapshotFile } from './snapshot-file.ts';

let folder: string;
let path: string;
const errors: ClusterError[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearsay-snapshot-'));
  path = join(folder, 'snapshot');
  errors.length = 0;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((file) => file.close()));
  await rm(folder, { recursive: true });
});

const opened: SnapshotFile[] = [];
async function openFile(): Promise<SnapshotFile> {
  const file = await SnapshotFile.open({ path, onError: (error) => errors.push(error) });
  opened.push(file);
  return file;
}

test('a file that is not there is made, and what is appended is there for the next life', async () => {
  const file = await openFile();
  expect(file.text).toBe('');
  file.apply({ kind: 'append', text: 'alive: a 10.0.0.1:7946\n' });
  file.apply({ kind: 'append', text: 'clock: 3\n' });
  file.apply({ kind: 'sync' });
  await file.close();
  expect((await openFile()).text).toBe('alive: a 10.0.0.1:7946\nclock: 3\n');
  expect((await stat(path)).mode & 0o777).toBe(0o644);
});

test('what replaces the file is beside it until it is whole, and appending goes on behind it', async () => {
  await writeFile(path, 'old\n');
  const file = await openFile();
  file.apply({ kind: 'append', text: 'part of the new content\n' });
  file.apply({ kind: 'replace', text: 'new\n' });
  file.apply({ kind: 'append', text: 'newer\n' });
  await file.flushed();
  expect(await readFile(path, 'utf8')).toBe('new\nnewer\n');
  await expect(stat(`${path}.compact`)).rejects.toThrow('ENOENT');
  await file.close();
});

test('who traces is told what was written, and how long that took', async () => {
  const heard: unknown[] = [];
  const file = await SnapshotFile.open({ path, onError: (error) => errors.push(error), trace: (e) => heard.push(e) });
  opened.push(file);
  file.apply({ kind: 'append', text: 'old\n' });
  file.apply({ kind: 'sync' });
  await file.flushed();
  file.apply({ kind: 'replace', text: 'new\n' });
  await file.flushed();
  const durationMs = expect.any(Number);
  expect(heard).toEqual([
    { type: 'snapshot-appended', durationMs },
    { type: 'snapshot-compacted', durationMs },
  ]);
});

test('a line that a crash cut short does not spoil the next one', async () => {
  await writeFile(path, 'alive: a 10.0.0.1:79');
  const file = await openFile();
  file.apply({ kind: 'append', text: 'clock: 7\n' });
  await file.close();
  expect(await readFile(path, 'utf8')).toBe('alive: a 10.0.0.1:79\nclock: 7\n');
});

test('a disk that fails is told of once, and written to again when it works', async () => {
  const file = await openFile();
  const compact = `${path}.compact`;
  // A folder stands where the new content is to be written.
  await mkdir(compact);
  for (let i = 0; i < 3; i++) {
    file.apply({ kind: 'replace', text: `new ${i}\n` });
    await file.flushed();
  }
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(path) });
  await rm(compact, { recursive: true });
  file.apply({ kind: 'replace', text: 'new\n' });
  await file.close();
  expect(await readFile(path, 'utf8')).toBe('new\n');
});

test('what waits for the disk has a bound', async () => {
  const file = await openFile();
  const text = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let i = 0; i < 6; i++) file.apply({ kind: 'append', text });
  expect(errors).toHaveLength(1);
  await file.close();
  const { size } = await stat(path);
  expect(size).toBeGreaterThan(3 * 1024 * 1024);
  expect(size).toBeLessThanOrEqual(5 * 1024 * 1024);
});

/** Leaves the lock of another process. */
async function leaveLock(pid: number): Promise<void> {
  await writeFile(`${path}.lock`, JSON.stringify({ host: hostname(), pid, startTicks: '', token: 'left' }));
}

test('a file is of one node at a time, and the second is told whose it is', async () => {
  const file = await openFile();
  const refused = new RegExp(`^process ${process.pid} on .* uses the snapshot file ${path}. Give each node its own`);
  await expect(openFile()).rejects.toThrow(refused);
  await expect(openFile()).rejects.toMatchObject({ code: 'ERR_FILE' });
  // Else its lines would go into the file that was there before.
  file.apply({ kind: 'replace', text: 'new\n' });
  file.apply({ kind: 'append', text: 'newer\n' });
  await file.close();
  expect(await readdir(folder)).toEqual(['snapshot']);
  expect((await openFile()).text).toBe('new\nnewer\n');
});

test('of a process that lives the lock is respected, of one that is gone it is taken over', async () => {
  await leaveLock(process.ppid);
  await expect(openFile()).rejects.toThrow(`process ${process.ppid} on`);
  await leaveLock(spawnSync(process.execPath, ['-e', '']).pid);
  await openFile();
  expect(JSON.parse(await readFile(`${path}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
});

test('whoever finds that another has its file says so and writes no more; a lock that is not there is no other', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const refresh = (): void => void vi.advanceTimersByTime(5_000);
  const file = await openFile();
  await rm(`${path}.lock`);
  for (let i = 0; i < 10; i++) {
    refresh();
    file.apply({ kind: 'append', text: `mine ${i}\n` });
    await file.flushed();
  }
  const mine = await readFile(path, 'utf8');
  expect([mine.split('\n').length, errors]).toEqual([11, []]);
  await leaveLock(process.ppid);
  refresh();
  await expect
    .poll(async () => {
      file.apply({ kind: 'append', text: '' });
      await file.flushed();
      return errors.length;
    })
    .toBe(1);
  expect(errors[0]!.message).toContain('another process has taken it');
  file.apply({ kind: 'append', text: 'more\n' });
  await file.close();
  expect([await readFile(path, 'utf8'), (await readdir(folder)).toSorted()]).toEqual([
    mine,
    ['snapshot', 'snapshot.lock'],
  ]);
});

test('what is no snapshot is not locked', async () => {
  await writeFile(path, '');
  await truncate(path, 64 * 1024 * 1024 + 1);
  await expect(openFile()).rejects.toThrow('the limit is 67108864');
  expect(await readdir(folder)).toEqual(['snapshot']);
});

test('a device is no snapshot: it could be read for ever', async () => {
  await expect(SnapshotFile.open({ path: '/dev/zero', onError: () => undefined })).rejects.toThrow('no regular file');
});

test('a path that cannot be used is an error that names it', async () => {
  path = join(folder, 'no', 'such', 'folder');
  await expect(openFile()).rejects.toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(path) });
  path = folder;
  await expect(openFile()).rejects.toMatchObject({ code: 'ERR_FILE' });
});
