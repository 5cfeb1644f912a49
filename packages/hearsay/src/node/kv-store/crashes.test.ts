import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { comparable } from '../../../../../test/support/comparable-state.ts';
import { bytes, KvTime } from '../../../../../test/support/kv-node.ts';
import {
  imageAfterKill,
  imageAfterPowerFailure,
  MemoryFiles,
  type FileOperation,
  type Image,
  type Refusal,
} from '../../../../../test/support/memory-files.ts';
import { kvDefaults, restartState, type Dot, type EntryBase, type KvState, type SavedState } from '../../kv/index.ts';
import { SeededRng } from '../../util/index.ts';
import type { KvStoreEvent } from './events.ts';
import { FileStore } from './file-store.ts';
import { KvStore } from './kv-store.ts';

const startMs = 1_750_000_000_000;
const config = { ...kvDefaults, sharedWritesPerSecond: 1e9, sharedWritesBurst: 1e9 };

/** So that no generation is like another. */
let bootCount = 0;

/** A node that is started and stopped in one folder, and what it has ever shown and written. */
class Life {
  readonly files: MemoryFiles;
  readonly events: KvStoreEvent[] = [];
  /** What each lane was at the ends of all steps. A step is one record of a lane, so each may be a step further than the other. */
  readonly states: Lanes[] = [lanesOf(undefined)];
  /** Up to which state all was durable when so many operations were done. */
  readonly durable: { readonly operations: number; readonly state: number }[] = [{ operations: 0, state: 0 }];
  /** Versions that were given, and how many operations were done then. Who gives one again breaks the one rule. */
  readonly given: Map<string, number> = new Map();
  #store: KvStore | undefined;
  #state: KvState | undefined;

  constructor(files: MemoryFiles = new MemoryFiles()) {
    this.files = files;
  }

  get store(): KvStore {
    return this.#store!;
  }

  get state(): KvState {
    return this.#state!;
  }

  async start(): Promise<void> {
    const onEvent = (event: KvStoreEvent): void => void this.events.push(event);
    const wallMs = Date.now;
    const store = await KvStore.open({ store: new FileStore({ files: this.files, onEvent }), onEvent, wallMs });
    const { saved, isCleanStop } = store;
    const { clock } = new KvTime();
    const parts = { config, clock, wallMs, emit: () => {}, persist: store.persist.bind(store) };
    bootCount += 1;
    const state = restartState({ node: 'a', saved, isCleanStop }, parts, bootCount % 65_536);
    this.#store = store;
    this.#state = state;
    store.begin(() => state.save());
    this.#note();
  }

  put(key: string, sizeBytes: number = 1): void {
    this.#give(this.state.shared.put(key, new Uint8Array(sizeBytes), { touch: true }));
  }

  set(key: string): void {
    this.#give(this.state.owned.set(key, bytes('1'), { touch: true }));
  }

  delete(key: string): void {
    const entry = this.state.shared.delete(key);
    if (entry !== undefined) this.#give(entry);
  }

  async flush(): Promise<void> {
    await this.store.flushed();
    await vi.advanceTimersByTimeAsync(1);
    if (this.store.stats.failingSinceMs === undefined) this.#noteDurable();
  }

  async stop(): Promise<void> {
    await this.store.close();
    if (this.store.stats.failingSinceMs === undefined) this.#noteDurable();
  }

  /** Everything that a store does, twice: records small and large, snapshots, a clean stop and a start after it. */
  async run(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      await this.start();
      this.put('x');
      this.set('version');
      await this.flush();
      for (let index = 0; index < 6; index += 1) {
        this.put(`large ${index % 2}`, 14_000);
        await vi.advanceTimersByTimeAsync(index === 3 ? 200 : 1);
      }
      this.delete('x');
      this.put('y');
      await this.flush();
      this.set('version');
      await this.stop();
    }
  }

  #give(entry: EntryBase): void {
    const dot = dotText(entry);
    expect(this.given.has(dot), `${dot} is given once`).toBe(false);
    this.given.set(dot, this.files.operations.length);
    this.#note();
  }

  #note(): void {
    this.states.push(lanesOf(this.state.save()));
  }

  #noteDurable(): void {
    this.durable.push({ operations: this.files.operations.length, state: this.states.length - 1 });
  }
}

/** Each lane as text. */
interface Lanes {
  readonly shared: string;
  readonly owned: string;
}

function lanesOf(saved: SavedState | undefined): Lanes {
  const {
    owned = [],
    own,
    ...shared
  } = (comparable(saved) ?? {}) as { owned?: unknown[]; own?: unknown; rows?: unknown[] };
  const isEmpty = shared.rows === undefined || (shared.rows.length === 0 && owned.length === 0 && own !== undefined);
  return { shared: isEmpty ? '' : textOf(shared), owned: textOf(owned) };
}

/** Values by their sizes: they are long, and of one byte. */
function textOf(lane: unknown): string {
  return JSON.stringify(lane, (_, value: unknown) => (value instanceof Uint8Array ? value.length : value));
}

/** A process finds `image`: a state that was, not older than what was durable, and a stream with room for its writes. */
async function check(life: Life, image: Image, operations: number, why: string): Promise<Life> {
  const next = new Life(new MemoryFiles(image));
  for (const [dot, at] of life.given) if (at <= operations) next.given.set(dot, 0);
  await next.start();
  const saved = lanesOf(next.store.saved);
  const least = life.durable.findLast((mark) => mark.operations <= operations)!.state;
  for (const lane of ['shared', 'owned'] as const) {
    const at = life.states.findLastIndex((state) => state[lane] === saved[lane]);
    expect(at, `${why}: ${lane} is not what it was at any time: ${saved[lane]}`).toBeGreaterThanOrEqual(0);
    expect(at, `${why}: ${lane} is older than what was durable`).toBeGreaterThanOrEqual(least);
  }
  next.put('again');
  next.set('again');
  return next;
}

function dotText({ stream, version }: Dot): string {
  return `${stream}/${version}`;
}

beforeEach(() => {
  vi.useFakeTimers({ now: startMs, toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a log that ends or is damaged at any byte gives the state up to there, and is reported', async () => {
  const life = new Life();
  await life.start();
  const ends: number[] = [];
  const logName = (): string => [...life.files.image.keys()].find((name) => name.endsWith('.log'))!;
  for (const key of ['x', 'y', 'x', 'z']) {
    life.put(key);
    life.set(key);
    await life.flush();
    ends.push(life.files.image.get(logName())!.length);
  }
  const log = life.files.image.get(logName())!;
  const find = async (content: Uint8Array): Promise<{ at: number; events: KvStoreEvent[] }> => {
    const next = await check(life, new Map([[logName(), content]]), 0, 'cut');
    const saved = lanesOf(next.store.saved);
    const at = life.states.findLastIndex(({ shared, owned }) => shared === saved.shared && owned === saved.owned);
    return { at, events: next.events };
  };
  for (let length = 0; length <= log.length; length += 1) {
    const { at, events } = await find(log.subarray(0, length));
    const whole = ends.filter((end) => end <= length).length;
    expect(at).toBeGreaterThanOrEqual(whole * 2);
    expect(at).toBeLessThanOrEqual(whole * 2 + 2);
    if (events.length > 0) expect(events).toMatchObject([{ type: 'store-torn' }]);
  }
  for (let index = 0; index < log.length; index += 1) {
    const damaged = log.slice();
    damaged[index]! ^= 1 << (index % 8);
    const { at, events } = await find(damaged);
    expect(at).toBeLessThan(life.states.length - 1);
    expect(events[0]).toMatchObject({ type: 'store-torn' });
  }
});

test('a process that is killed at any moment leaves what was, and gives no version twice', async () => {
  const life = new Life();
  await life.run();
  const { operations } = life.files;
  expect(operations.filter(({ type }) => type === 'rename').length, 'snapshots were made').toBeGreaterThan(0);
  for (let count = 0; count <= operations.length; count += 1) {
    for (const cut of cuts(operations[count])) {
      await check(life, imageAfterKill(new Map(), operations, count, cut), count, `killed at ${count}/${cut}`);
    }
  }
});

test('a power failure at any moment leaves what was, and no less than what was durable', async () => {
  const life = new Life();
  await life.run();
  const { operations } = life.files;
  const rng = new SeededRng(1);
  const chance = (): number => rng.nextUint32() / 2 ** 32;
  for (let count = 0; count <= operations.length; count += 1) {
    for (let run = 0; run < 20; run += 1) {
      const image = imageAfterPowerFailure(new Map(), operations, count, chance);
      await check(life, image, count, `power failure at ${count}`);
    }
  }
});

test.for([
  ['once', 1],
  ['for a while', 12],
] as const)('whatever the disk refuses %s, the node goes on and all is stored in the end', async ([, length]) => {
  const whole = new Life();
  await whole.run();
  for (let first = 0; first < whole.files.operations.length; first += 1) {
    await refuseFrom(first, first + length, { code: 'ENOSPC', writtenBytes: first % 20 });
  }
});

async function refuseFrom(first: number, end: number, refusal: Refusal): Promise<void> {
  const life = new Life();
  let count = 0;
  life.files.refuse = () => {
    count += 1;
    return count > first && count <= end ? refusal : undefined;
  };
  await life.run();
  const why = `refused ${first} to ${end}`;
  const types = life.events.map(({ type }) => type);
  const allowed = new Set(['store-failed', 'store-recovered', 'store-torn']);
  expect(
    types.filter((type) => !allowed.has(type)),
    why,
  ).toEqual([]);
  // Then killed somewhere.
  const { operations } = life.files;
  for (const at of [0.5, 0.9, 1]) {
    const operation = Math.floor(operations.length * at);
    await check(life, imageAfterKill(new Map(), operations, operation, 0), operation, `${why}, killed at ${operation}`);
  }
  const next = new Life(new MemoryFiles(life.files.image));
  await next.start();
  await vi.advanceTimersByTimeAsync(60_000);
  await next.stop();
  expect(
    next.events.filter(({ type }) => type === 'store-failed'),
    why,
  ).toEqual([]);
}

/** Bytes of a write that were done when it ended. */
function cuts(operation: FileOperation | undefined): number[] {
  if (operation?.type !== 'write') return [0];
  const { length } = operation.bytes;
  if (length < 100) return Array.from({ length }, (_, index) => index);
  return [0, 1, 7, 8, 9, Math.floor(length / 2), length - 1];
}
