/**
 * Deletions that came back in other systems, retold with our nodes. Each ends with the key absent on every node, and
 * present again only after somebody has written it anew.
 */
import { expect, test } from 'vitest';
import { newGeneration } from '../../packages/hearsay/src/kv/stream.ts';
import { bytes, KvNode, KvTime, settle } from '../support/kv-node.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function nodes(time: KvTime, ...names: string[]): KvNode[] {
  return names.map((name) => new KvNode(name, time));
}

function own(node: KvNode, key: string, value: string): void {
  node.state.owned.set(key, bytes(value));
}

/** The deletion holds: nobody shows the key, however often they exchange, until it is written again. */
function expectDeleted(time: KvTime, all: readonly KvNode[], key: string): void {
  for (let round = 0; round < 3; round += 1) {
    settle(...all);
    expect(all.map((node) => node.get(key))).toEqual(all.map(() => undefined));
    time.pass(1_000);
  }
  all.at(-1)!.put(key, 'anew');
  settle(...all);
  expect(all.map((node) => node.get(key))).toEqual(all.map(() => 'anew'));
}

/** The same for a key of `owner`, which writes it again in the end. */
function expectOwnedDeleted(all: readonly KvNode[], owner: KvNode, key: string): void {
  for (let round = 0; round < 3; round += 1) {
    settle(...all);
    expect(all.map((node) => node.getOwned(owner.name, key))).toEqual(all.map(() => undefined));
  }
  own(owner, key, 'anew');
  settle(...all);
  expect(all.map((node) => node.getOwned(owner.name, key))).toEqual(all.map(() => 'anew'));
}

// quickwit-oss/chitchat#110: who was away is reset, the reset is cut by the size of a packet, and a third node that never
// heard of the deletion fills the gap.
test('half of a resync does nothing, and a third node that missed the deletion does not bring the key back', () => {
  const time = new KvTime();
  const [a, b, c] = nodes(time, 'a', 'b', 'c');
  for (let index = 0; index < 50; index += 1) a!.put(`k${index}`, 'v');
  settle(a!, b!, c!);
  time.pass(1);
  for (let index = 0; index < 50; index += 1) b!.state.shared.delete(`k${index}`);
  b!.put('last', 'v');
  time.pass(dayMs);
  expect(b!.state.collect()).toBe(50);
  // What would be left of the reset after the first packet: nothing is taken of it, so there is no gap to fill.
  const before = a!.state.save();
  const answer = b!.state.shared.deltaFor(a!.state.shared.digest(), 60);
  expect(answer.kind).toBe('resync');
  expect(a!.state.save()).toEqual(before);
  expect(a!.pull(c!)).toBe('committed');
  expect(a!.pull(b!)).toBe('committed');
  expect(a!.get('k7')).toBeUndefined();
  expect(a!.pull(c!)).toBe('sender-behind');
  expectDeleted(time, [a!, b!, c!], 'k7');
});

// quickwit-oss/chitchat#121: an update that is not whole moves the receiver's clock past a deletion it never got.
test('an answer that was cut before the deletion does not count as having seen it', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.put('k', 'v');
  settle(a!, b!);
  a!.put('large', 'x'.repeat(100));
  a!.state.shared.delete('k');
  const part = a!.state.shared.deltaFor(b!.state.shared.digest(), 150);
  expect(part).toMatchObject({ kind: 'delta', isComplete: false, entries: [{ key: 'large' }] });
  expect(part.kind === 'delta' && b!.state.shared.applyDelta(part).outcome).toBe('merged');
  time.pass(dayMs);
  expect(a!.state.collect()).toBe(1);
  expect(b!.get('k')).toBe('v');
  expect(b!.state.shared.deltaFor(a!.state.shared.digest()).kind).toBe('delta');
  expect(a!.pull(b!)).toBe('sender-behind');
  expectDeleted(time, [a!, b!], 'k');
});

test('the same in an owned lane', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  own(a!, 'k', 'v');
  settle(a!, b!);
  own(a!, 'large', 'x'.repeat(100));
  a!.state.owned.delete('k');
  const part = a!.state.owned.deltaFor(b!.state.owned.digest(), 150);
  expect(part.parts).toMatchObject([{ isComplete: false, entries: [{ key: 'large' }] }]);
  b!.state.owned.applyDelta(part);
  time.pass(dayMs);
  expect(a!.state.collect()).toBe(1);
  expect(b!.getOwned('a', 'k')).toBe('v');
  expectOwnedDeleted([a!, b!], a!, 'k');
});

// quickwit-oss/chitchat#155: members forget a dead one at different times, and give it back to each other.
test('a member that was given up is not brought back by those who have not given it up yet', () => {
  const time = new KvTime();
  const [a, b, c, dead] = nodes(time, 'a', 'b', 'c', 'dead');
  own(dead!, 'k', 'v');
  settle(a!, b!, c!, dead!);
  for (const node of [a!, b!, c!]) {
    node.state.forgetMember('dead');
    const gone = [a!, b!, c!].filter((each) => each.getOwned('dead', 'k') === undefined);
    for (let round = 0; round < 3; round += 1) {
      settle(a!, b!, c!);
      for (const each of gone) expect(each.getOwned('dead', 'k')).toBeUndefined();
      time.pass(hourMs);
    }
  }
  // It was only cut off, and comes back: the others tell it that this generation is over.
  settle(a!, b!, c!);
  expect(a!.state.owned.isRetired(dead!.state.own)).toBe(true);
  dead!.state.owned.delete('k');
  dead!.state.openGeneration(newGeneration(time.wallMs, 3));
  expectOwnedDeleted([a!, b!, c!, dead!], dead!, 'k');
});

// scylladb/scylladb#14991: a node was replaced, and what the old one had said goes round in the cluster for ever.
test('what a replaced node has said does not go round, though somebody slept through the replacement', () => {
  const time = new KvTime();
  const [a, b, sleeper, old] = nodes(time, 'a', 'b', 'sleeper', 'node');
  own(old!, 'token', 'mine');
  old!.put('shared', 'old');
  settle(a!, b!, sleeper!, old!);
  time.pass(1_000);
  const replaced = new KvNode('node', time, { generation: newGeneration(time.wallMs, 7) });
  own(replaced, 'other', 'v');
  settle(a!, b!, replaced);
  a!.state.shared.delete('shared');
  for (let day = 0; day < 3; day += 1) {
    time.pass(dayMs);
    for (const node of [a!, b!, replaced]) {
      node.state.collect();
      node.state.tendDeadStreams(new Set(['a', 'b', 'node', 'sleeper']));
    }
    settle(a!, b!, replaced);
  }
  expect(sleeper!.getOwned('node', 'token')).toBe('mine');
  for (let round = 0; round < 5; round += 1) {
    b!.pull(sleeper!);
    settle(a!, b!, replaced);
    expect([a!, b!, replaced].map((node) => node.getOwned('node', 'token'))).toEqual([undefined, undefined, undefined]);
    expect([a!, b!, replaced].map((node) => node.get('shared'))).toEqual([undefined, undefined, undefined]);
  }
  expectDeleted(time, [a!, b!, sleeper!, replaced], 'shared');
  expectOwnedDeleted([a!, b!, sleeper!, replaced], replaced, 'token');
});

// grafana/dskit, memberlist key-value store: who creates a key again after a deletion is overruled by the deletion.
const creations: readonly [string, (time: KvTime, all: readonly KvNode[]) => void][] = [
  ['at once, by who deleted it', (_, [a]) => a!.put('k', 'anew')],
  [
    'at once, by another one who has seen the deletion, with a slow clock',
    (_, all) => {
      settle(...all);
      all[1]!.skewMs = -4_000;
      all[1]!.put('k', 'anew');
    },
  ],
  [
    'later, by one who has not seen it',
    (time, all) => {
      time.pass(1_000);
      all[2]!.put('k', 'anew');
    },
  ],
  [
    'after the deletion was forgotten everywhere',
    (time, all) => {
      settle(...all);
      time.pass(dayMs);
      for (const node of all) node.state.collect();
      all[1]!.put('k', 'anew');
    },
  ],
];
test.each(creations)('a key that is created again after its deletion is there, created %s', (_, create) => {
  const time = new KvTime();
  const all = nodes(time, 'a', 'b', 'c');
  all[0]!.put('k', 'v');
  settle(...all);
  time.pass(1);
  all[0]!.state.shared.delete('k');
  create(time, all);
  settle(...all);
  expect(all.map((node) => node.get('k'))).toEqual(['anew', 'anew', 'anew']);
  time.pass(1);
  all[2]!.state.shared.delete('k');
  expectDeleted(time, all, 'k');
});

// pathosDev/actor-ts#690: a deletion is local, the next gossip undoes it, and nobody who watches is told.
test('a deletion is not undone by the next exchange, and who watches hears of it on both sides', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.put('k', 'v');
  settle(a!, b!);
  const watches = [a!, b!].map((node) => node.state.watch({ key: 'k' }, () => {}));
  for (const watch of watches)
    expect(watch.take()).toMatchObject({ type: 'snapshot', items: [{ entry: { key: 'k' } }] });
  time.pass(1);
  a!.state.shared.delete('k');
  a!.pull(b!);
  expect(a!.get('k')).toBeUndefined();
  b!.pull(a!);
  const told = watches.map((watch) => watch.take());
  const deletion = { type: 'delete', key: 'k', author: 'a', isConcurrent: false };
  expect(told).toMatchObject([
    { type: 'changes', changes: [{ ...deletion, source: 'local' }] },
    { type: 'changes', changes: [{ ...deletion, source: 'sync' }] },
  ]);
  expectDeleted(time, [a!, b!], 'k');
});
