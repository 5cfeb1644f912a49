/** Gossiped state that outlives its process, on a real disk. What a crash can do to it is tested beside the store. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heard, startMember, startMembers } from '../support/real-clusters.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearsay-kv-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a member that starts again has its state before it joins anybody, and its streams go on', async () => {
  const kv = { dataDir: join(folder, 'n1') };
  const first = await startMember('n1', { kv });
  await first.kv.shared.put('flags/a', { on: true });
  await first.kv.shared.put('flags/b', 1);
  await first.kv.shared.delete('flags/b');
  await first.kv.own.set('version', '1.4.2');
  await first.close();

  const second = await startMember('n1', { kv });
  expect(second.kv.shared.get('flags/a')).toEqual({ on: true });
  expect(second.kv.shared.has('flags/b')).toBe(false);
  expect(second.kv.own.get('version')).toBe('1.4.2');
  const events: string[] = [];
  second.on('kv-generation-opened', () => events.push('kv-generation-opened'));
  await second.kv.shared.put('flags/a', { on: false });
  await second.close();
  const third = await startMember('n1', { kv });
  expect(third.kv.shared.get('flags/a')).toEqual({ on: false });
  expect(events).toEqual([]);
});

test('with durability "always" a write is on the disk when it resolves', async () => {
  const member = await startMember('n1', { kv: { dataDir: folder, durability: 'always' } });
  await member.kv.shared.put('a', 1);
  expect(member.stats().kvStore).toMatchObject({ failures: 0, waitingBytes: 0 });
  expect(member.stats().kvStore!.records).toBeGreaterThan(0);
  expect(member.metrics()['kvStore.records']).toBe(member.stats().kvStore!.records);
});

test('a folder that another member uses is refused, and may be used when that one is closed', async () => {
  const kv = { dataDir: folder };
  const first = await startMember('n1', { kv });
  await expect(startMember('n2', { kv })).rejects.toMatchObject({ code: 'ERR_FILE' });
  await first.close();
  await expect(startMember('n1', { kv })).resolves.toBeDefined();
});

test('a damaged snapshot is told to who listens from the start, and the others bring back what was lost', async () => {
  const [n1] = await startMembers(['n1'], { kv: { periodMs: 200 } });
  const options = { kv: { dataDir: folder, periodMs: 200 }, seeds: [`127.0.0.1:${n1!.address.port}`] };
  const first = await startMember('n2', options);
  await first.waitForMembers(2, { timeoutMs: 10_000 });
  await n1!.kv.shared.put('a', 1);
  await expect.poll(() => first.kv.shared.get('a'), { timeout: 10_000 }).toBe(1);
  await first.leave();
  await first.close();
  for (const name of readdirSync(folder)) {
    if (!name.includes('lock')) writeFileSync(join(folder, name), 'not what was written');
  }
  const second = await startMember('n2', options);
  const told = await Promise.any([heard(second, 'kv-store-torn'), heard(second, 'kv-store-corrupt')]);
  expect(told).toMatchObject({ file: expect.stringContaining(folder) as unknown });
  await expect.poll(() => second.kv.shared.get('a'), { timeout: 10_000 }).toBe(1);
});

test('options of the store are checked', async () => {
  const dataDir = folder;
  await expect(startMember('n1', { kv: { dataDir, durability: 'soon' as 'off' } })).rejects.toThrow(
    'kv.durability is "soon", not one of batch, always, off',
  );
  const store = {} as never;
  await expect(startMember('n1', { kv: { dataDir, store } })).rejects.toThrow('state is kept in one place');
});
