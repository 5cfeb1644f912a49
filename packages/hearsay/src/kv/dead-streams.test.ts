import { expect, test } from 'vitest';
import { KvNode, KvTime, settle } from '../../../../test/support/kv-node.ts';
import { successorOf } from './dead-streams.ts';
import { kvLimits } from './limits.ts';
import { newGeneration } from './stream.ts';

const hourMs = 3_600_000;

test('an hour after a member is gone another one takes over its shared entries, and their stamps stay', () => {
  const time = new KvTime();
  const [a, b, gone] = ['a', 'b', 'gone'].map((name) => new KvNode(name, time));
  gone!.put('x', 'v');
  gone!.put('y', 'v');
  gone!.state.shared.delete('y');
  settle(a!, b!, gone!);
  const before = a!.state.shared.get('x')!;
  const members = new Set(['a', 'b']);
  for (const node of [a!, b!]) node.state.tendDeadStreams(members);
  time.pass(hourMs);
  const counts = [a!, b!].map((node) => node.state.tendDeadStreams(members).adoptedCount);
  expect(counts.toSorted()).toEqual([0, 2]);
  const watch = a!.state.watch({}, () => {});
  watch.take();
  settle(a!, b!);
  expect(watch.take()).toBeUndefined();
  for (const node of [a!, b!]) {
    expect(node.state.shared.get('x')).toMatchObject({
      stamp: before.stamp,
      adopt: 1,
      parent: { stream: before.stream },
    });
    expect(node.get('y')).toBeUndefined();
  }
});

test('what was taken over as often as may be is shown as before, and can be written anew', () => {
  const time = new KvTime();
  const [a, b, gone] = ['a', 'b', 'gone'].map((name) => new KvNode(name, time));
  gone!.put('x', 'v');
  const often = { ...gone!.state.shared.get('x')!, adopt: kvLimits.adoptMax };
  for (const node of [a!, b!]) node.state.shared.applyRumor(often, gone!.state.own);
  const members = new Set(['a', 'b']);
  for (const ms of [0, hourMs]) {
    time.pass(ms);
    for (const node of [a!, b!]) expect(node.state.tendDeadStreams(members).adoptedCount).toBe(0);
  }
  settle(a!, b!);
  for (const node of [a!, b!]) expect(node.state.shared.get('x')).toEqual(often);
  a!.put('x', 'w');
  settle(a!, b!);
  expect(b!.state.shared.get('x')).toMatchObject({ adopt: 0, stream: a!.state.shared.ownStream });
});

test('a restarted member takes over its own entries, and nobody else does', () => {
  const time = new KvTime();
  const [a, b] = ['a', 'b'].map((name) => new KvNode(name, time));
  b!.put('x', 'v');
  settle(a!, b!);
  const again = new KvNode('b', time, { generation: newGeneration(time.wallMs, 7), saved: b!.state.save() });
  again.put('own', 'v');
  settle(a!, again);
  const members = new Set(['a', 'b']);
  for (const node of [a!, again]) node.state.tendDeadStreams(members);
  time.pass(hourMs);
  expect([a!, again].map((node) => node.state.tendDeadStreams(members).adoptedCount)).toEqual([0, 1]);
});

test('an empty dead stream is retired after a day, forgotten after a week, and in use again when it is written', () => {
  const time = new KvTime();
  const [a, gone] = ['a', 'gone'].map((name) => new KvNode(name, time));
  gone!.put('x', 'v');
  a!.pull(gone!);
  a!.put('x', 'w');
  const members = new Set(['a']);
  const tend = (): number[] => Object.values(a!.state.tendDeadStreams(members));
  expect(tend()).toEqual([0, 0, 0]);
  time.pass(24 * hourMs);
  expect(tend()).toEqual([0, 1, 0]);
  expect(a!.state.shared.digest().rows.get(gone!.state.shared.ownStream)!.prefix).toBe(1);
  time.pass(7 * 24 * hourMs - 1);
  expect(tend()).toEqual([0, 0, 0]);
  time.pass(1);
  expect(tend()).toEqual([0, 0, 1]);
  expect(a!.state.shared.digest().rows.get(gone!.state.shared.ownStream)).toMatchObject({ isFaded: true });
  time.pass(24 * hourMs);
  tend();
  expect(a!.state.shared.digest().rows.has(gone!.state.shared.ownStream)).toBe(false);
});

test('a member that comes back in time keeps its stream', () => {
  const time = new KvTime();
  const [a, b] = ['a', 'b'].map((name) => new KvNode(name, time));
  b!.put('x', 'v');
  a!.pull(b!);
  a!.state.tendDeadStreams(new Set(['a']));
  time.pass(hourMs - 1);
  a!.state.tendDeadStreams(new Set(['a', 'b']));
  time.pass(1);
  expect(a!.state.tendDeadStreams(new Set(['a'])).adoptedCount).toBe(0);
});

test('all agree on the successor, whatever the order in which they know the members', () => {
  const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const first = successorOf('gone', new Set(names));
  expect(names).toContain(first);
  expect(successorOf('gone', new Set(names.toReversed()))).toBe(first);
  expect(successorOf('n3', new Set(names))).toBe('n3');
  expect(successorOf('gone', new Set())).toBeUndefined();
});
