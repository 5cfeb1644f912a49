import { expect, test } from 'vitest';
import { SerfNode } from '../../../../test/support/serf-node.ts';
import { replaySnapshot, type ReplayedSnapshot } from './snapshot.ts';

const nothing = { joinedCount: 0, failures: [] };
const something = { joinedCount: 1, failures: [] };
function snapshotOf(nodes: Readonly<Record<string, string>>): ReplayedSnapshot {
  const text = Object.entries(nodes).map(([name, address]) => `alive: ${name} ${address}\n`);
  return replaySnapshot(text.join(''), { rejoinAfterLeave: false });
}

test('a node with a snapshot tries its former members one after the other, until one answers', () => {
  const snapshot = snapshotOf({ self: '10.0.0.1:1', b: '10.0.0.2:2', c: '[fd00::3]:3', d: '10.0.0.4:4' });
  const node = new SerfNode({ snapshot }).start();
  expect(node.joins).toEqual([]);
  node.runMs(0);
  expect(node.joins).toHaveLength(1);
  node.joins[0]!.onDone(nothing);
  node.runMs(0);
  node.joins[1]!.onDone(something);
  node.runMs(60_000);
  expect(node.joins).toHaveLength(2);
  for (const { to } of node.joins) expect(['10.0.0.2:2', '[fd00::3]:3', '10.0.0.4:4']).toContain(to);
  // Nothing is announced: nobody has left.
  expect(node.serf.stats.intentQueue).toBe(0);
});

test('it tries each of them once when none answers', () => {
  const snapshot = snapshotOf({ b: '10.0.0.2:2', c: '10.0.0.3:3' });
  const node = new SerfNode({ snapshot }).start();
  for (let tried = 0; tried < 5; tried += 1) {
    node.runMs(10);
    node.joins[tried]?.onDone(nothing);
  }
  expect(node.joins.map(({ to }) => to).toSorted()).toEqual(['10.0.0.2:2', '10.0.0.3:3']);
});

test('addresses that lead nowhere are passed over', () => {
  const snapshot = snapshotOf({
    b: 'host:2',
    c: '10.0.0.3',
    d: '10.0.0.4:99999',
    e: '10.0.0.5:0',
    f: '',
    g: '[::g]:1',
  });
  const node = new SerfNode({ snapshot }).start();
  node.runMs(1_000);
  expect(node.joins).toEqual([]);
});

test('a node that stops or leaves looks for nobody any more', () => {
  const node = new SerfNode({ snapshot: snapshotOf({ b: '10.0.0.2:2' }) }).start();
  node.joined('b');
  node.gone('b');
  node.serf.leave(5_000, () => undefined);
  node.runMs(3_600_000);
  expect(node.joins).toEqual([]);
});

test('failed members are tried again, about once an interval by the pool as a whole', () => {
  const node = new SerfNode().start();
  for (let index = 0; index < 9; index += 1) node.joined(`m${index}`);
  node.joined('lost', { addr: '10.0.0.9', port: 9 });
  node.gone('lost');
  const intervals = 1_000;
  for (let interval = 0; interval < intervals; interval += 1) {
    node.runMs(30_000);
    for (const join of node.joins) join.onDone(nothing);
    // The member is forgotten after a day otherwise.
    node.joined('lost', { addr: '10.0.0.9', port: 9 });
    node.gone('lost');
  }
  expect(new Set(node.joins.map(({ to }) => to))).toEqual(new Set(['10.0.0.9:9']));
  // One of ten healthy members, so one attempt in ten intervals.
  expect(node.joins.length).toBeGreaterThan(60);
  expect(node.joins.length).toBeLessThan(150);
});

test('one attempt is under way at a time', () => {
  const node = new SerfNode().start();
  node.joined('lost');
  node.gone('lost');
  node.runMs(600_000);
  expect(node.joins).toHaveLength(1);
  node.joins[0]!.onDone(nothing);
  node.runMs(30_000);
  expect(node.joins).toHaveLength(2);
});

test('members that left are left alone', () => {
  const node = new SerfNode().start();
  node.joined('b');
  node.serf.forceLeave(1, 'b', false, 1_000);
  node.gone('b', 'left');
  expect(node.statusOf('b')).toBe('left');
  node.runMs(600_000);
  expect(node.joins).toEqual([]);
});
