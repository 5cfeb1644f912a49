import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparable } from '../../../../../test/support/comparable-state.ts';
import { bytes, KvNode, KvTime } from '../../../../../test/support/kv-node.ts';
import { kvDefaults } from '../config.ts';
import type { SavedState } from '../kv-state.ts';
import { newGeneration } from '../stream.ts';
import type { KvRecord } from './record.ts';
import { recordsOf, replayRecords } from './replay.ts';

const startMs = 1_750_000_000_000;
/** Everything is due soon, so that short schedules see all of it. */
const config = {
  sharedWritesPerSecond: 1_000_000,
  sharedWritesBurst: 1_000_000,
  sharedTombstoneKeepMs: 300,
  ownedTombstoneKeepMs: 300,
  adoptAfterMs: 500,
  retireAfterMs: 1_000,
  retiredKeepMs: 2_000,
};

/** A node whose steps are recorded, and another two that do as they like. */
class Recorded {
  readonly time: KvTime = new KvTime();
  readonly records: KvRecord[] = [];
  readonly #nodes: KvNode[];
  #base: SavedState | undefined;
  #bootCount: number = 0;

  constructor() {
    this.#nodes = ['a', 'b', 'c'].map((name, index) => this.#open(name, index === 0));
  }

  get state(): SavedState {
    return this.#nodes[0]!.state.save();
  }

  get replayed(): SavedState | undefined {
    return replayRecords(this.#base, this.records);
  }

  play({ what, who, key, number }: Move): void {
    const node = this.#nodes[who]!;
    const { shared, owned, telemetry } = node.state;
    switch (what) {
      case 'put':
        return void shared.put(key, bytes(`${number}`), { touch: true, ttlMs: number % 3 === 0 ? 200 : 0 });
      case 'delete':
        return void shared.delete(key);
      case 'set':
        return void owned.set(key, bytes(`${number}`), { touch: true, ttlMs: number % 3 === 0 ? 200 : 0 });
      case 'unset':
        return void owned.delete(key);
      case 'measure':
        return void telemetry.set(key, bytes(`${number}`));
      case 'pull':
        return void node.pull(this.#nodes[number % 3]!);
      case 'rumor':
        for (const entry of this.#nodes[number % 3]!.state.shared.list(key)) {
          shared.applyRumor(entry, this.#nodes[number % 3]!.state.own);
        }
        return;
      case 'pass':
        return this.time.pass(number * 10);
      case 'expire':
        return node.state.expire();
      case 'collect':
        return void node.state.collect(() => number % 2 === 0);
      case 'drop':
        return void (shared.dropTombstone(key), owned.dropTombstone('b', key));
      case 'tend':
        return void node.state.tendDeadStreams(new Set(number % 2 === 0 ? ['a', 'b', 'c'] : ['a']));
      case 'fade':
        for (const stream of shared.streams()) shared.fadeStream(stream.key);
        return;
      case 'forget member':
        return node.state.forgetMember(this.#nodes[number % 3]!.name);
      case 'new generation':
        return node.state.openGeneration(this.#nextGeneration());
      case 'restart':
        this.#nodes[who] = this.#open(node.name, who === 0, number % 2 === 0 ? node.state.save() : undefined);
    }
  }

  #open(name: string, isRecorded: boolean, saved?: SavedState): KvNode {
    if (isRecorded) {
      this.#base = saved;
      this.records.length = 0;
    }
    return new KvNode(name, this.time, {
      config,
      generation: this.#nextGeneration(),
      ...(saved !== undefined && { saved }),
      ...(isRecorded && { persist: (record) => void this.records.push(record) }),
    });
  }

  #nextGeneration(): string {
    this.#bootCount += 1;
    return newGeneration(startMs + this.#bootCount, 0);
  }
}

const whats = [
  'put',
  'delete',
  'set',
  'unset',
  'measure',
  'pull',
  'rumor',
  'pass',
  'expire',
  'collect',
  'drop',
  'tend',
  'fade',
  'forget member',
  'new generation',
  'restart',
] as const;

const move = fc.record({
  what: fc.oneof(fc.constantFrom('put', 'set', 'pull', 'delete', 'pass'), fc.constantFrom(...whats)),
  who: fc.constantFrom(0, 0, 1, 2),
  key: fc.constantFrom('x', 'y', 'z'),
  number: fc.nat(60),
});

type Move = { readonly what: (typeof whats)[number]; who: number; key: string; number: number };

test('whatever happens, what was saved and the records since are the state', () => {
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 60, size: 'max' }), (moves) => {
      const node = new Recorded();
      for (const next of moves) {
        node.play(next);
        expect(comparable(node.replayed)).toEqual(comparable(node.state));
      }
    }),
    { numRuns: 200 },
  );
});

test('records may be applied again, from any of them on', () => {
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 60, size: 'max' }), fc.nat(), (moves, from) => {
      const node = new Recorded();
      for (const next of moves) node.play(next);
      const again = node.records.slice(from % (node.records.length + 1));
      expect(comparable(replayRecords(node.replayed, again))).toEqual(comparable(node.state));
    }),
    { numRuns: 200 },
  );
});

test('each step gives at most one record of a lane', () => {
  const records: KvRecord[] = [];
  const time = new KvTime();
  const node = new KvNode('a', time, { persist: (record) => void records.push(record) });
  const other = new KvNode('b', time);
  expect(records.map(({ lane }) => lane)).toEqual([0, 1]);
  for (let index = 0; index < 50; index += 1) {
    other.put(`key ${index}`, 'value');
    other.state.owned.set(`key ${index}`, bytes('value'));
  }
  node.pull(other);
  expect(records.slice(2).map(({ lane }) => lane)).toEqual([1, 0]);
  node.state.shared.delete('key 7');
  node.state.shared.put('key 8', bytes('value'));
  expect(records.length, 'an equal value is no write').toBe(5);
  time.pass(2 * kvDefaults.sharedTombstoneKeepMs);
  node.state.collect();
  expect(records.slice(5)).toMatchObject([{ lane: 0, absent: ['key 7'] }]);
});

test('a state is told whole by its records, in pieces', () => {
  const time = new KvTime();
  const node = new KvNode('a', time, { config });
  for (let index = 0; index < 1_000; index += 1) node.put(`key ${index}`, 'value');
  node.state.owned.set('version', bytes('1'));
  node.state.shared.delete('key 3');
  const records = [...recordsOf(node.state.save())];
  expect(Math.max(...records.map((record) => (record.lane === 0 ? record.entries.length : 0)))).toBe(256);
  expect(replayRecords(undefined, records)).toEqual(node.state.save());
});

test('nothing is told of a lane that never reaches a disk', () => {
  const records: KvRecord[] = [];
  const node = new KvNode('a', new KvTime(), { persist: (record) => void records.push(record) });
  const before = records.length;
  node.state.telemetry.set('load', bytes('1'));
  expect(records.length).toBe(before);
});
