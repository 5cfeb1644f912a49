import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bytes, KvTime, text } from '../../../../../test/support/kv-node.ts';
import { MemoryFiles, type Image } from '../../../../../test/support/memory-files.ts';
import { kvDefaults, restartState, type KvState, type SavedState } from '../../kv/index.ts';
import type { KvStoreEvent } from './events.ts';
import { FileStore } from './file-store.ts';
import { KvStore, type KvDurability } from './kv-store.ts';

const startMs = 1_750_000_000_000;
const config = { ...kvDefaults, sharedWritesPerSecond: 1e9, sharedWritesBurst: 1e9, sharedKeysMax: 100_000 };

/** A node with a store in memory. */
interface StoredNode {
  readonly store: KvStore;
  readonly state: KvState;
  readonly files: MemoryFiles;
  readonly events: KvStoreEvent[];
}

async function start(files: MemoryFiles = new MemoryFiles(), durability: KvDurability = 'batch'): Promise<StoredNode> {
  const events: KvStoreEvent[] = [];
  const onEvent = (event: KvStoreEvent): void => void events.push(event);
  const wallMs = Date.now;
  const store = await KvStore.open({ store: new FileStore({ files, onEvent }), durability, onEvent, wallMs });
  const { clock } = new KvTime();
  const persist = store.persist.bind(store);
  const { saved, isCleanStop } = store;
  const state = restartState({ node: 'a', saved, isCleanStop }, { config, clock, wallMs, emit: () => {}, persist }, 7);
  store.begin(() => state.save());
  return { store, state, files, events };
}

/** What another process would find. */
async function found(
  image: Image,
): Promise<{ saved: SavedState | undefined; events: KvStoreEvent[]; isCleanStop: boolean }> {
  const { store, events } = await start(new MemoryFiles(image));
  await store.close({ isClean: false });
  return { saved: store.saved, events, isCleanStop: store.isCleanStop };
}

function keysOf(saved: SavedState | undefined): string[] {
  return (saved?.shared.entries ?? []).map(({ key }) => key).toSorted();
}

function refuseAll(code: string): () => { code: string } {
  return () => ({ code });
}

beforeEach(() => {
  vi.useFakeTimers({ now: startMs, toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('what was written is there after a restart, and the same streams go on after a clean stop', async () => {
  const first = await start();
  first.state.shared.put('flag', bytes('on'));
  first.state.owned.set('version', bytes('1'));
  first.state.telemetry.set('load', bytes('9'));
  await first.store.close();
  const second = await start(first.files);
  expect(second.store.isCleanStop).toBe(true);
  expect(second.store.savedAtMs).toBe(startMs);
  expect(second.state.own).toEqual(first.state.own);
  expect(text(second.state.shared.get('flag')!.value)).toBe('on');
  expect(text(second.state.owned.get('a', 'version')!.value)).toBe('1');
  expect(second.state.telemetry.get('a', 'load')).toBeUndefined();
  expect(second.state.shared.put('flag', bytes('off')).version).toBe(2);
  expect([...first.events, ...second.events]).toEqual([]);
});

test('a clean stop counts once: a process that is killed afterwards leaves a new generation to its successor', async () => {
  const first = await start();
  first.state.shared.put('flag', bytes('on'));
  await first.store.close();
  const second = await start(first.files);
  expect(second.store.isCleanStop).toBe(true);
  // Killed before it had written anything.
  const third = await start(new MemoryFiles(second.files.image));
  expect(third.store.isCleanStop).toBe(false);
  expect(third.state.own.generation > first.state.own.generation).toBe(true);
  expect(keysOf(third.store.saved)).toEqual(['flag']);
});

test('a copy of a folder is not taken for the folder itself', async () => {
  const first = await start();
  first.state.shared.put('flag', bytes('on'));
  await first.store.close();
  const copy = await start(new MemoryFiles(first.files.image, 'copy'));
  expect(copy.store.isCleanStop).toBe(false);
  expect(keysOf(copy.store.saved)).toEqual(['flag']);
  await copy.store.close();
});

test('a mark of a clean stop that cannot be taken away does not count', async () => {
  const first = await start();
  first.state.shared.put('flag', bytes('on'));
  await first.store.close();
  const files = new MemoryFiles(first.files.image);
  files.refuse = refuseAll('ENOSPC');
  const second = await start(files);
  expect(second.store.isCleanStop).toBe(false);
  expect(second.events).toMatchObject([{ type: 'store-failed', operation: 'start', code: 'ENOSPC' }]);
  expect(keysOf(second.store.saved)).toEqual(['flag']);
  files.refuse = () => undefined;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(second.events[1]).toMatchObject({ type: 'store-recovered' });
});

test('by default a write is on the disk after 200 ms, or at once when 64 KiB wait', async () => {
  const { state, files } = await start();
  const syncs = (): number => files.operations.filter(({ type }) => type === 'sync').length;
  await vi.advanceTimersByTimeAsync(1_000);
  const before = syncs();
  state.shared.put('small', bytes('1'));
  await vi.advanceTimersByTimeAsync(199);
  expect(syncs()).toBe(before);
  expect(keysOf((await found(files.image)).saved), 'handed over to the system').toEqual(['small']);
  await vi.advanceTimersByTimeAsync(1);
  expect(syncs()).toBe(before + 1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(syncs(), 'nothing to do').toBe(before + 1);
  for (let index = 0; index < 8; index += 1) state.shared.put(`large ${index}`, new Uint8Array(9_000));
  await vi.advanceTimersByTimeAsync(0);
  expect(syncs()).toBeGreaterThan(before + 1);
});

test.for([
  ['always', 1],
  ['off', 0],
] as const)('with durability %s a write costs %d syncs', async ([durability, count]) => {
  const { state, store, files } = await start(new MemoryFiles(), durability);
  await store.flushed();
  const syncs = (): number => files.operations.filter(({ type }) => type === 'sync').length;
  const before = syncs();
  state.shared.put('flag', bytes('on'));
  await vi.advanceTimersByTimeAsync(0);
  expect(syncs()).toBe(before + count);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(syncs()).toBe(before + count);
  await store.close();
  expect((await found(files.image)).isCleanStop).toBe(true);
});

test('who waits until a write is safe does not wait for those that come after it', async () => {
  const { state, store, files } = await start(new MemoryFiles(), 'always');
  await store.flushed();
  files.pause = () => new Promise((resolve) => void setTimeout(resolve, 50));
  state.shared.put('first', bytes('1'));
  let isSafe = false;
  void store.flushed().then(() => (isSafe = true));
  for (let index = 0; index < 30; index += 1) {
    state.shared.put(`later ${index}`, bytes('1'));
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(isSafe).toBe(true);
  expect(keysOf((await found(files.image)).saved)).toContain('first');
});

test('the log is cut by a snapshot when it is long, while writes go on', async () => {
  const { state, store, files } = await start();
  for (let index = 0; index < 3_000; index += 1) {
    state.shared.put(`key ${index % 100}`, bytes('x'.repeat(100)), { touch: true });
    if (index % 10 === 0) await vi.advanceTimersByTimeAsync(1);
  }
  await store.flushed();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(store.stats.snapshots).toBeGreaterThan(3);
  const names = [...files.image.keys()].toSorted();
  expect(names.length, names.join()).toBe(2);
  const bytesKept = [...files.image.values()].reduce((sum, { length }) => sum + length, 0);
  expect(bytesKept).toBeLessThan(200_000);
  const { saved } = await found(files.image);
  expect(saved).toEqual(state.save());
});

test('a full disk costs nothing but a report: all is stored as soon as there is room', async () => {
  const { state, store, files, events } = await start();
  state.shared.put('before', bytes('1'));
  await store.flushed();
  files.refuse = (operation) => (operation.type === 'write' ? { code: 'ENOSPC', writtenBytes: 5 } : undefined);
  state.shared.put('during', bytes('1'));
  await vi.advanceTimersByTimeAsync(120_000);
  state.shared.put('later', bytes('1'));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(events).toMatchObject([{ type: 'store-failed', operation: 'append', code: 'ENOSPC' }]);
  expect(keysOf((await found(files.image)).saved)).toEqual(['before']);
  expect(files.image.has('state.snapshot.new'), 'takes no room').toBe(false);
  files.refuse = () => undefined;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(events[1]).toMatchObject({ type: 'store-recovered', attempts: expect.any(Number) as number });
  expect(keysOf((await found(files.image)).saved)).toEqual(['before', 'during', 'later']);
  await store.close();
  expect((await found(files.image)).isCleanStop).toBe(true);
});

test('a node that stops while the disk is full leaves no mark of a clean stop', async () => {
  const { state, store, files, events } = await start();
  state.shared.put('before', bytes('1'));
  await store.flushed();
  files.refuse = refuseAll('ENOSPC');
  state.shared.put('during', bytes('1'));
  await store.flushed();
  await store.close();
  expect(events.map(({ type }) => type)).toEqual(['store-failed']);
  expect(await found(files.image)).toMatchObject({ isCleanStop: false });
});

test('a sync that failed is never asked again, as it may then claim to have worked', async () => {
  const { state, store, files, events } = await start();
  state.shared.put('before', bytes('1'));
  await store.flushed();
  const refused: string[] = [];
  files.refuse = (operation) => {
    if (operation.type !== 'sync' || refused.length > 0) return undefined;
    refused.push(operation.name);
    return { code: 'EIO' };
  };
  state.shared.put('during', bytes('1'));
  await store.flushed();
  const from = files.operations.length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(events.map(({ type }) => type)).toEqual(['store-failed', 'store-recovered']);
  const later = files.operations
    .slice(from)
    .filter((operation) => 'name' in operation && operation.name === refused[0]);
  expect(later.map(({ type }) => type)).toEqual(['remove']);
  expect(keysOf((await found(files.image)).saved)).toEqual(['before', 'during']);
});

test('a slow disk costs bounded memory: instead of changes that wait, the state is written', async () => {
  const { state, store, files, events } = await start();
  await vi.advanceTimersByTimeAsync(1_000);
  files.pause = () => new Promise((resolve) => void setTimeout(resolve, 1_000));
  let most = 0;
  for (let round = 0; round < 12; round += 1) {
    for (let index = 0; index < 40; index += 1) state.shared.put(`key ${index}`, new Uint8Array(16_000).fill(round));
    most = Math.max(most, store.stats.waitingBytes);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(most).toBeLessThan(5 * 1_024 * 1_024);
  expect(store.stats.collapses).toBeGreaterThan(0);
  expect(events.map(({ type }) => type)).toContain('store-lagging');
  await vi.advanceTimersByTimeAsync(120_000);
  const { saved } = await found(files.image);
  expect(keysOf(saved)).toEqual(keysOf(state.save()));
  expect(saved!.shared.entries.every(({ value }) => value[0] === 11)).toBe(true);
});

test('a corrupt snapshot means an empty start, is reported and kept aside, and the next process finds what came after', async () => {
  const { state, store, files } = await start();
  for (let index = 0; index < 2_000; index += 1) {
    state.shared.put(`key ${index}`, bytes('x'.repeat(50)));
    if (index % 100 === 0) await vi.advanceTimersByTimeAsync(1);
  }
  await store.close();
  expect(store.stats.snapshots).toBeGreaterThan(0);
  const image = files.image;
  const snapshot = image.get('state.snapshot')!.slice();
  snapshot[1_000]! ^= 1;
  image.set('state.snapshot', snapshot);
  const second = await start(new MemoryFiles(image));
  expect(second.store).toMatchObject({ saved: undefined, isCleanStop: false });
  expect(second.events).toMatchObject([
    { type: 'store-corrupt', file: '/data/state.snapshot', keptAs: '/data/state.snapshot.corrupt' },
    { type: 'store-torn', reason: 'sequence' },
    { type: 'store-lost' },
  ]);
  second.state.shared.put('new', bytes('1'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(second.files.image.get('state.snapshot.corrupt')).toEqual(snapshot);
  expect(await found(second.files.image)).toMatchObject({ events: [] });
  expect(keysOf((await found(second.files.image)).saved)).toEqual(['new']);
});

test('own writes that stand behind damage are named, as they may be lost', async () => {
  const { state, store, files } = await start();
  for (const key of ['x', 'y', 'z']) {
    state.shared.put(key, bytes('1'));
    await store.flushed();
  }
  state.owned.set('version', bytes('1'));
  await store.flushed();
  const image = files.image;
  const [name, log] = [...image].find(([each]) => each.endsWith('.log'))!;
  const damaged = Buffer.from(log);
  damaged[damaged.indexOf(Buffer.from([1, 0x79]))]! ^= 0x80;
  image.set(name, damaged);
  const { saved, events } = await found(image);
  expect(keysOf(saved)).toEqual(['x']);
  expect(events).toMatchObject([
    { type: 'store-torn', reason: 'checksum' },
    { type: 'store-lost', count: 2, keys: ['z', 'version'] },
  ]);
});

test('no version is given after the mark of a clean stop', async () => {
  const { state, store } = await start();
  state.shared.put('flag', bytes('on'));
  await store.close();
  expect(() => state.shared.put('late', bytes('1'))).toThrow(/no version is given/);
});

test('entries grow older while no process runs', async () => {
  const first = await start();
  first.state.shared.put('short', bytes('1'), { ttlMs: 10_000 });
  first.state.shared.put('long', bytes('1'), { ttlMs: 60_000 });
  await first.store.close();
  await vi.advanceTimersByTimeAsync(20_000);
  const second = await start(first.files);
  expect(second.state.shared.get('short')).toBeUndefined();
  expect(second.state.shared.get('long')?.ageMs).toBe(20_000);
});
