import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle, text } from '../../../../../test/support/kv-node.ts';
import { kvDefaults } from '../config.ts';
import type { KvState, SavedState } from '../kv-state.ts';
import { newGeneration, streamKeyOf } from '../stream.ts';
import { generationAfter, restartState } from './restart.ts';

const bootMs = 1_750_000_000_000;

function restart(time: KvTime, saved: SavedState | undefined, isCleanStop: boolean, node: string = 'a'): KvState {
  const parts = { config: kvDefaults, clock: time.clock, wallMs: () => time.wallMs, emit: () => {} };
  return restartState({ node, saved, isCleanStop }, parts, 7);
}

test('after a clean stop the same streams go on', () => {
  const time = new KvTime();
  const before = new KvNode('a', time);
  before.put('flag', 'on');
  before.state.owned.set('version', bytes('1'));
  time.pass(1_000);
  const state = restart(time, before.state.save(), true);
  expect(state.own).toEqual(before.state.own);
  expect(state.shared.put('other', bytes('x')).version).toBe(2);
  expect(state.owned.set('version', bytes('2')).version).toBe(2);
});

test('after any other stop a new generation begins, with all that was saved and with what this node owned', () => {
  const time = new KvTime();
  const before = new KvNode('a', time);
  before.put('flag', 'on');
  before.state.owned.set('version', bytes('1'));
  before.state.owned.set('gone', bytes('1'));
  before.state.owned.delete('gone');
  time.pass(1_000);
  const state = restart(time, before.state.save(), false);
  expect(state.own).toEqual({ node: 'a', generation: newGeneration(time.wallMs, 7) });
  expect(state.shared.put('other', bytes('x'))).toMatchObject({ version: 1, stream: state.shared.ownStream });
  expect(text(state.shared.get('flag')!.value)).toBe('on');
  expect([...state.owned.list('a')].map(({ key, stream }) => [key, stream])).toEqual([
    ['version', state.owned.ownStream],
  ]);
});

test('a generation is later than those before, also when the wall clock was set back', () => {
  const early = newGeneration(bootMs, 9);
  expect(generationAfter(undefined, bootMs, 3)).toBe(newGeneration(bootMs, 3));
  expect(generationAfter(early, bootMs + 5, 3)).toBe(newGeneration(bootMs + 5, 3));
  expect(generationAfter(early, bootMs, 3) > early).toBe(true);
  expect(generationAfter(early, bootMs - 50_000, 3) > early).toBe(true);
});

test('a first start and a new name begin with a generation of now', () => {
  const time = new KvTime();
  const [before, peer] = [new KvNode('a', time), new KvNode('b', time)];
  before.state.owned.set('version', bytes('1'));
  settle(before, peer);
  expect(restart(time, undefined, false).own).toEqual({ node: 'a', generation: newGeneration(time.wallMs, 7) });
  const renamed = restart(time, before.state.save(), true, 'c');
  expect(renamed.own.node).toBe('c');
  expect([...renamed.owned.list('a')].length, 'what it owned is of another node').toBe(1);
  expect([...renamed.owned.list('c')].length).toBe(0);
});

test('a node that takes a name it had before begins a later generation of that', () => {
  const time = new KvTime();
  const before = new KvNode('a', time, { generation: newGeneration(time.wallMs + 60_000, 1) });
  before.state.owned.set('version', bytes('1'));
  const renamed = restart(time, before.state.save(), true, 'c');
  const again = restart(time, renamed.save(), true, 'a');
  expect(again.own.generation > before.state.own.generation).toBe(true);
});

test('a store that tells of a generation that no clock can have given is one to begin with', () => {
  const time = new KvTime();
  const [before, peer] = [new KvNode('a', time), new KvNode('b', time)];
  before.put('flag', 'on');
  before.state.owned.set('version', bytes('1'));
  peer.state.owned.set('version', bytes('2'));
  settle(before, peer);
  const saved = before.state.save();
  for (const node of ['a', 'b']) {
    const owner = { node, generation: 'ffffffffffffffff' };
    const stream = streamKeyOf(owner, 0);
    const [entry] = saved.shared.entries;
    const row = { prefix: 1, extras: [], gcLine: 0 };
    const poisoned: SavedState = {
      ...saved,
      shared: {
        ...saved.shared,
        owners: new Map([...saved.shared.owners, [stream, owner]]),
        rows: new Map([...saved.shared.rows, [stream, row]]),
        entries: [...saved.shared.entries, { ...entry!, key: 'forged', stream }],
      },
      owned: {
        streams: [
          ...saved.owned.streams.filter((each) => node !== 'b' || each.owner.node !== 'b'),
          { owner, row, entries: [] },
        ],
      },
    };
    for (const isCleanStop of [false, true]) {
      const again = new KvNode('c', time);
      const state = restart(time, poisoned, isCleanStop);
      expect(state.own).toEqual(
        isCleanStop ? before.state.own : { node: 'a', generation: newGeneration(time.wallMs, 7) },
      );
      expect(text(state.owned.get('a', 'version')!.value)).toBe('1');
      expect(state.owned.get('b', 'version')?.stream).toBe(node === 'b' ? undefined : peer.state.owned.ownStream);
      state.owned.applyDelta(peer.state.owned.deltaFor(state.owned.digest()));
      expect(text(state.owned.get('b', 'version')!.value)).toBe('2');
      // Others take all of it.
      const delta = state.shared.deltaFor(again.state.shared.digest());
      expect(delta.kind === 'delta' && again.state.shared.applyDelta(delta).outcome).toBe('committed');
      expect(again.get('forged')).toBe('on');
    }
  }
});

test('a node that is itself of a generation that no clock can have given goes on in one of now, with what it owns', () => {
  const time = new KvTime();
  const before = new KvNode('a', time, { generation: 'fffffffffffe0000' });
  before.put('flag', 'on');
  before.state.owned.set('version', bytes('1'));
  for (const isCleanStop of [false, true]) {
    const peer = new KvNode('b', time);
    const state = restart(time, before.state.save(), isCleanStop);
    expect(state.own).toEqual({ node: 'a', generation: newGeneration(time.wallMs, 7) });
    peer.state.owned.applyDelta(state.owned.deltaFor(peer.state.owned.digest()));
    const delta = state.shared.deltaFor(peer.state.shared.digest());
    expect(delta.kind === 'delta' && peer.state.shared.applyDelta(delta).outcome).toBe('committed');
    expect([peer.get('flag'), peer.getOwned('a', 'version')]).toEqual(['on', '1']);
  }
});
