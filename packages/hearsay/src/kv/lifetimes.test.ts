import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle } from '../../../../test/support/kv-node.ts';

/** Two nodes, and a third that has only what was there before. */
function world(): { time: KvTime; a: KvNode; b: KvNode; away: KvNode } {
  const time = new KvTime();
  const [a, b, away] = ['a', 'b', 'away'].map((name) => new KvNode(name, time));
  a!.put('key', 'older');
  a!.state.owned.set('key', bytes('older'));
  settle(a!, b!, away!);
  b!.state.shared.put('key', bytes('for a while'), { ttlMs: 1_000 });
  a!.state.owned.set('key', bytes('for a while'), { ttlMs: 1_000 });
  settle(a!, b!);
  time.pass(1_000);
  for (const { state } of [a!, b!]) state.expire();
  return { time, a: a!, b: b!, away: away! };
}

test('an entry beyond its life leaves nothing to be told: all that saw it come to the same by themselves', () => {
  const { a, b } = world();
  const rows = a.state.shared.digest().rows;
  expect(a.get('key')).toBeUndefined();
  expect(a.getOwned('a', 'key')).toBeUndefined();
  expect(b.state.shared.deltaFor(a.state.shared.digest())).toMatchObject({ kind: 'delta', entries: [] });
  expect(b.state.owned.deltaFor(a.state.owned.digest()).parts).toEqual([]);
  settle(a, b);
  expect(a.state.shared.digest().rows).toBe(rows);
});

test('who never saw it hears of it as of a deletion, so that what it had replaced is not shown there for ever', () => {
  const { a, away } = world();
  expect(away.get('key')).toBe('older');
  expect(away.getOwned('a', 'key')).toBe('older');
  away.pull(a);
  expect(away.get('key')).toBeUndefined();
  expect(away.getOwned('a', 'key')).toBeUndefined();
});

test('it counts as a deletion, holds no value, and is forgotten like one at any time', () => {
  const { a, b, away } = world();
  expect(a.state.shared.fill).toEqual({ keyCount: 0, bytes: 'key'.length, tombstoneCount: 1 });
  expect(a.state.owned.fill).toEqual({ keyCount: 0, bytes: 'key'.length, tombstoneCount: 1 });
  for (const { state } of [a, b]) {
    expect(state.shared.dropTombstone('key')).toBe(true);
    expect(state.owned.dropTombstone('a', 'key')).toBe(true);
  }
  // Who has missed it is behind from now on, as with any deletion.
  expect(away.pull(a)).toBe('committed');
  expect(away.get('key')).toBeUndefined();
  expect(away.getOwned('a', 'key')).toBeUndefined();
  settle(a, b, away);
  expect(a.get('key')).toBeUndefined();
});

test('one entry of a key is kept, however often a value with a life is written again', () => {
  const time = new KvTime();
  const a = new KvNode('a', time);
  for (let round = 0; round < 50; round += 1) {
    a.state.shared.put('key', bytes(`${round}`), { ttlMs: 1_000 });
    time.pass(1_500);
    a.state.expire();
  }
  expect(a.state.shared.fill.tombstoneCount).toBe(1);
});
