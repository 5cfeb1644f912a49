import { expect, test } from 'vitest';
import { imageAfterPowerFailure, MemoryFiles } from '../../../../../test/support/memory-files.ts';
import { FileStore } from './file-store.ts';
import { RecordQueue } from './record-queue.ts';
import type { StoredRecords } from './state-store.ts';

const record = (byte: number): Uint8Array => Uint8Array.of(byte);

async function open(files: MemoryFiles): Promise<{ store: FileStore; stored: StoredRecords }> {
  const store = new FileStore({ files, onEvent: () => {} });
  return { store, stored: await store.load() };
}

/** First bytes of what another process finds: the snapshot's, then the log's. */
async function found(files: MemoryFiles): Promise<{ snapshot: number[] | undefined; log: number[] }> {
  const { stored } = await open(new MemoryFiles(files.image));
  const bytesOf = (records: Iterable<Uint8Array>): number[] => [...records].map((each) => each[0]!);
  return { snapshot: stored.snapshot && bytesOf(stored.snapshot), log: bytesOf(stored.log) };
}

test('calls take effect in their order, and a snapshot replaces what was appended before it', async () => {
  const files = new MemoryFiles();
  const { store } = await open(files);
  await Promise.all([
    store.append([record(1)], false),
    store.append([record(2)], true),
    store.snapshot([record(12)]),
    store.append([record(3)], false),
  ]);
  expect(await found(files)).toEqual({ snapshot: [12], log: [3] });
});

test('what is appended while a snapshot is made stands behind both the old and the new one', async () => {
  const files = new MemoryFiles();
  const { store } = await open(files);
  await store.append([record(1)], true);
  files.refuse = ({ type }) => (type === 'rename' ? { code: 'EIO' } : undefined);
  await expect(Promise.all([store.snapshot([record(11)]), store.append([record(2)], true)])).rejects.toThrow('EIO');
  expect(await found(files)).toEqual({ snapshot: undefined, log: [1, 2] });
});

test('what is durable behind a snapshot that is being made does not depend on what was not', async () => {
  const files = new MemoryFiles();
  const { store } = await open(files);
  await store.append([record(1)], false);
  files.refuse = ({ type }) => (type === 'rename' ? { code: 'EIO' } : undefined);
  await expect(Promise.all([store.snapshot([record(11)]), store.append([record(2)], true)])).rejects.toThrow('EIO');
  await store.append([], true);
  // Of what was not synced nothing is left.
  const left = imageAfterPowerFailure(new Map(), files.operations, files.operations.length, () => 0);
  expect((await found(new MemoryFiles(left))).log).toEqual([1, 2]);
});

test('nothing is durable in a log whose name may be lost, or behind one that may be cut', async () => {
  for (const refused of ['sync-folder', 'sync'] as const) {
    const files = new MemoryFiles();
    const { store } = await open(files);
    await store.append([record(1)], false);
    let isFailing = true;
    files.refuse = ({ type }) => {
      if (type !== refused || !isFailing) return undefined;
      isFailing = false;
      return { code: 'EIO' };
    };
    const snapshot = store.snapshot([record(11)]);
    await expect(store.append([record(2)], true)).rejects.toThrow('EIO');
    await snapshot.catch(() => {});
  }
});

test('behind an append that was refused nothing is appended, until a snapshot begins', async () => {
  const files = new MemoryFiles();
  const { store } = await open(files);
  await store.append([record(1)], true);
  let isFull = true;
  files.refuse = ({ type }) => (type === 'write' && isFull ? { code: 'ENOSPC', writtenBytes: 3 } : undefined);
  await expect(store.append([record(2)], false)).rejects.toThrow('ENOSPC');
  isFull = false;
  await expect(store.append([record(3)], false)).rejects.toThrow('ENOSPC');
  await Promise.all([store.snapshot([record(13)]), store.append([record(4)], false)]);
  expect(await found(files)).toEqual({ snapshot: [13], log: [4] });
});

test('a slow sync does not hold up what is appended after it', async () => {
  const files = new MemoryFiles();
  const { store } = await open(files);
  await store.append([record(1)], true);
  let finish: (() => void) | undefined;
  files.pause = () => {
    files.pause = () => Promise.resolve();
    return new Promise((resolve) => (finish = resolve));
  };
  const durable = store.append([], true);
  await expect.poll(() => finish).toBeDefined();
  await store.append([record(2)], false);
  expect((await found(files)).log).toEqual([1, 2]);
  finish!();
  await durable;
});

test('records that were given up are seen in the numbers of those that follow', async () => {
  const queue = new RecordQueue(7, () => 0);
  expect(queue.encode({ type: 'started' })[1]).toBe(8);
  queue.giveUp();
  expect(queue.encode({ type: 'started' })[1]).toBeGreaterThan(9);
});
