import { expect, test } from 'vitest';
import { KvNode, KvTime, settle } from '../../../../test/support/kv-node.ts';

const dayMs = 86_400_000;

/** `b` has a key that the others have deleted, and of whose stream they know nothing any longer. */
function forgottenEverywhere(): { readonly time: KvTime; readonly a: KvNode; readonly b: KvNode } {
  const time = new KvTime();
  const [a, b, gone] = ['a', 'b', 'gone'].map((name) => new KvNode(name, time));
  gone!.put('k', 'v');
  settle(a!, b!, gone!);
  a!.state.shared.delete('k');
  const members = new Set(['a', 'b']);
  for (let day = 0; day < 12; day += 1) {
    a!.state.collect();
    a!.state.tendDeadStreams(members);
    time.pass(dayMs);
  }
  expect(a!.state.shared.digest().rows.has(gone!.state.shared.ownStream)).toBe(false);
  // What it wrote itself must not be lost, however long it was away.
  b!.put('own', 'unsent');
  return { time, a: a!, b: b! };
}

test('after a week apart, a resync that is forced drops what was deleted and forgotten by all, and says so', () => {
  const { a, b } = forgottenEverywhere();
  expect(b.state.shared.applyResync(a.state.shared.resync(), 'a', true).outcome).toBe('committed');
  expect([b.get('k'), b.get('own')]).toEqual([undefined, 'unsent']);
  expect(b.events).toMatchObject([{ type: 'discarded', key: 'k' }]);
  settle(a, b);
  expect([a.get('k'), a.get('own'), b.get('k'), b.get('own')]).toEqual([undefined, 'unsent', undefined, 'unsent']);
});

test('a resync that nobody needs changes nothing', () => {
  const time = new KvTime();
  const [a, b] = ['a', 'b'].map((name) => new KvNode(name, time));
  a!.put('k', 'v');
  b!.put('l', 'w');
  settle(a!, b!);
  b!.put('m', 'x');
  expect(b!.state.shared.applyResync(a!.state.shared.resync(), 'a').outcome).toBe('not-behind');
  expect(b!.state.shared.applyResync(a!.state.shared.resync(), 'a', true).outcome).toBe('committed');
  expect([b!.get('k'), b!.get('l'), b!.get('m'), b!.events]).toEqual(['v', 'w', 'x', []]);
});
