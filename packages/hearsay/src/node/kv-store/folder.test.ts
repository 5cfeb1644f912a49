import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { bytes, KvTime } from '../../../../../test/support/kv-node.ts';
import { kvDefaults, restartState, type KvState, type SavedState } from '../../kv/index.ts';
import type { KvStoreEvent } from './events.ts';
import type { KvStore } from './kv-store.ts';
import { openKvStore } from './open-kv-store.ts';

const config = { ...kvDefaults, sharedWritesPerSecond: 1e9, sharedWritesBurst: 1e9, sharedKeysMax: 100_000 };

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-kv-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'data');
}

/** A node that keeps its state in a folder. */
async function start(dataDir: string): Promise<{ store: KvStore; state: KvState; events: KvStoreEvent[] }> {
  const events: KvStoreEvent[] = [];
  const store = await openKvStore({ dataDir }, (event) => void events.push(event));
  const { clock } = new KvTime();
  const parts = { config, clock, wallMs: Date.now, emit: () => {}, persist: store.persist.bind(store) };
  const state = restartState({ node: 'a', saved: store.saved, isCleanStop: store.isCleanStop }, parts, 7);
  store.begin(() => state.save());
  return { store, state, events };
}

function keysOf(saved: SavedState | undefined): string[] {
  return (saved?.shared.entries ?? []).map(({ key }) => key).toSorted();
}

/** Leaves a lock as `owner` would. */
function leaveLock(dataDir: string, owner: object, ageMs: number = 0): string {
  const path = join(dataDir, 'lock');
  writeFileSync(path, JSON.stringify({ token: 'left', startTicks: '', ...owner }));
  const at = new Date(Date.now() - ageMs);
  utimesSync(path, at, at);
  return path;
}

test('a folder keeps state over a clean stop, for its user alone, and a copy of it opens a new generation', async () => {
  const dataDir = newFolder();
  const first = await start(dataDir);
  first.state.shared.put('flag', bytes('on'));
  await first.store.close();
  expect(readdirSync(dataDir).filter((name) => !/^state-\d{8}\.log$/.test(name))).toEqual([]);
  for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o077).toBe(0);
  expect(statSync(dataDir).mode & 0o077).toBe(0);
  const copyDir = newFolder();
  cpSync(dataDir, copyDir, { recursive: true, preserveTimestamps: true });
  const copy = await start(copyDir);
  expect(copy.store.isCleanStop).toBe(false);
  expect(keysOf(copy.store.saved)).toEqual(['flag']);
  await copy.store.close();
  const second = await start(dataDir);
  expect(second.store.isCleanStop).toBe(true);
  expect(second.state.own).toEqual(first.state.own);
  await second.store.close();
  expect([...first.events, ...second.events, ...copy.events]).toEqual([]);
});

test('a folder is of one node at a time', async () => {
  const dataDir = newFolder();
  const first = await start(dataDir);
  await expect(start(dataDir)).rejects.toThrow(
    new RegExp(`^process ${process.pid} on .* uses the folder ${dataDir}. Give each node its own`),
  );
  await expect(start(dataDir)).rejects.toMatchObject({ code: 'ERR_FILE' });
  const link = join(dataDir, '..', 'link');
  symlinkSync(dataDir, link);
  await expect(start(link)).rejects.toMatchObject({ code: 'ERR_FILE' });
  await first.store.close();
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  const second = await start(dataDir);
  expect(second.store.isCleanStop).toBe(true);
  await second.store.close();
});

test('a lock of a process that lives is respected, of one that is gone it is not', async () => {
  const dataDir = newFolder();
  await (await start(dataDir)).store.close();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
  onTestFinished(() => void other.kill('SIGKILL'));
  const path = leaveLock(dataDir, { host: hostname(), pid: other.pid });
  await expect(start(dataDir)).rejects.toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
  await new Promise((resolve) => other.once('exit', resolve));
  const taker = await start(dataDir);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  await taker.store.close();
});

test.runIf(existsSync('/proc/self/stat'))(
  'a process that got the id of one that is gone is not taken for it',
  async () => {
    const dataDir = newFolder();
    await (await start(dataDir)).store.close();
    leaveLock(dataDir, { host: hostname(), pid: 1, startTicks: 'of another boot' });
    await (await start(dataDir)).store.close();
    // In a container each process may be the first.
    leaveLock(dataDir, { host: hostname(), pid: process.pid });
    await (await start(dataDir)).store.close();
  },
);

test('a lock of another host, or one that says nothing, is given up after a minute without a sign of life', async () => {
  const dataDir = newFolder();
  await (await start(dataDir)).store.close();
  leaveLock(dataDir, { host: 'another host', pid: 1 }, 50_000);
  await expect(start(dataDir)).rejects.toThrow('process 1 on another host');
  leaveLock(dataDir, { host: 'another host', pid: 1 }, 61_000);
  await (await start(dataDir)).store.close();
  const path = join(dataDir, 'lock');
  writeFileSync(path, '');
  await expect(start(dataDir)).rejects.toThrow('another process');
  utimesSync(path, 1, 1);
  await (await start(dataDir)).store.close();
});

test('of two that find a stale lock at once, one gets the folder', async () => {
  const dataDir = newFolder();
  await (await start(dataDir)).store.close();
  leaveLock(dataDir, { host: 'another host', pid: 1 }, 61_000);
  const results = await Promise.allSettled([start(dataDir), start(dataDir)]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  for (const result of results) if (result.status === 'fulfilled') await result.value.store.close();
});

test('a folder that cannot be used is refused at the start, with its name', async () => {
  const dataDir = newFolder();
  writeFileSync(join(dataDir, '..', 'file'), '');
  await expect(start(join(dataDir, '..', 'file'))).rejects.toMatchObject({ code: 'ERR_FILE' });
  await expect(openKvStore({}, () => {})).rejects.toMatchObject({ code: 'ERR_CONFIG' });
});

test('folders above that are missing are made, for this user alone', async () => {
  const above = newFolder();
  const dataDir = join(above, 'b', 'c');
  await (await start(dataDir)).store.close();
  for (const folder of [above, join(above, 'b'), dataDir]) expect(statSync(folder).mode & 0o077).toBe(0);
});

test.runIf(existsSync('/proc/self/stat'))(
  'where the system has no room for folders the start fails at once',
  async () => {
    for (const dataDir of ['/proc/hearsay', '/proc/hearsay/data']) {
      await expect(start(dataDir)).rejects.toThrow(new RegExp(`^the folder ${dataDir} cannot be used: ENOENT`));
    }
  },
);

test('a node with 50,000 keys starts from its folder', async () => {
  const dataDir = newFolder();
  const first = await start(dataDir);
  for (let index = 0; index < 50_000; index += 1) {
    first.state.shared.put(`config/service-${index % 500}/setting-${index}`, bytes('v'.repeat(100)));
    if (index % 1_000 === 0) await delay(1);
  }
  await first.store.flushed();
  const [before, usedBefore] = [performance.now(), process.cpuUsage()];
  // As if it had been killed: the lock is of this process and would be respected.
  await first.store.close({ isClean: false });
  const second = await start(dataDir);
  const tookMs = Math.round(performance.now() - before);
  const { user, system } = process.cpuUsage(usedBefore);
  const usedMs = Math.round((user + system) / 1_000);
  console.log(`start with 50,000 keys from a snapshot and a log: ${tookMs} ms, ${usedMs} ms of a core (bar: 2,000 ms)`);
  expect(second.store.isCleanStop).toBe(false);
  expect(second.store.saved!.shared.entries.length).toBe(50_000);
  await second.store.close();
});

/** Whether this process may mount; else the full disk is a fake one, in the tests of the store. */
function tryMount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a file system that is full is reported, and all is stored when there is room', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-full-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (!tryMount(folder)) return context.skip('no right to mount a small file system');
  onTestFinished(() => void execFileSync('umount', [folder]));
  const { state, store, events } = await start(join(folder, 'data'));
  state.shared.put('before', bytes('1'));
  await store.flushed();
  const ballast = join(folder, 'ballast');
  expect(() => writeFileSync(ballast, new Uint8Array(1_048_576))).toThrow('ENOSPC');
  state.shared.put('during', new Uint8Array(8_000));
  await store.flushed();
  await expect.poll(() => events.length, { timeout: 5_000 }).toBe(1);
  expect(events).toMatchObject([{ type: 'store-failed', code: 'ENOSPC' }]);
  state.shared.put('later', new Uint8Array(8_000));
  rmSync(ballast);
  await expect.poll(() => events.length, { timeout: 20_000 }).toBe(2);
  expect(events[1]).toMatchObject({ type: 'store-recovered' });
  await store.flushed();
  await store.close({ isClean: false });
  const next = await start(join(folder, 'data'));
  expect(keysOf(next.store.saved)).toEqual(['before', 'during', 'later']);
  expect(next.events).toEqual([]);
  await next.store.close();
});
