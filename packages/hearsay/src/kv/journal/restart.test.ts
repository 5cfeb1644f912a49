import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle, text } from '../../../../../test/support/kv-node.ts';
import { kvDefaults } from '../config.ts';
import type { KvState, SavedState } from '../kv-state.ts';
import { newGeneration } from '../stream.ts';
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
