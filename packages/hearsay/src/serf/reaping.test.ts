import { expect, test } from 'vitest';
import { SerfNode } from '../../../../test/support/serf-node.ts';
import { encodeJoinIntent, encodeLeaveIntent } from './message-codec.ts';
import { stateLimits } from './state-limits.ts';

const DAY_MS = 86_400_000;
const REAP_MS = 15_000;

test('a failed member is forgotten after the reconnect timeout, one that left after the tombstone timeout', () => {
  const node = new SerfNode({ config: { reconnectTimeoutMs: 60_000, tombstoneTimeoutMs: 120_000 } }).start();
  node.joined('failed');
  node.joined('left');
  node.hear(encodeLeaveIntent, { ltime: 5, node: 'left', prune: false });
  node.gone('failed');
  node.gone('left');
  node.takeEvents();
  node.runMs(60_000);
  expect(node.takeEvents()).toEqual([]);
  node.runMs(REAP_MS);
  expect(node.takeEventTexts()).toEqual(['member-reap failed=failed']);
  node.runMs(60_000);
  expect(node.takeEventTexts()).toEqual(['member-reap left=left']);
  expect(node.serf.members.map(({ name }) => name)).toEqual(['self']);
});

test('a member that failed first and was forced to leave later is timed from its failure', () => {
  const node = new SerfNode({ config: { reconnectTimeoutMs: DAY_MS, tombstoneTimeoutMs: 60_000 } }).start();
  node.joined('b');
  node.gone('b');
  node.runMs(60_000);
  node.hear(encodeLeaveIntent, { ltime: 5, node: 'b', prune: false });
  node.takeEvents();
  node.runMs(REAP_MS);
  expect(node.takeEventTexts()).toEqual(['member-reap b=left']);
});

test('a member that comes back in time is not forgotten', () => {
  const node = new SerfNode({ config: { reconnectTimeoutMs: 60_000 } }).start();
  node.joined('b');
  node.gone('b');
  node.runMs(50_000);
  node.joined('b');
  node.runMs(DAY_MS);
  expect(node.statusOf('b')).toBe('alive');
});

test('a node that left does not forget itself', () => {
  const node = new SerfNode({ config: { tombstoneTimeoutMs: 60_000 } }).start();
  node.serf.leave(5_000, () => undefined);
  node.runMs(DAY_MS);
  expect(node.statusOf('self')).toBe('left');
});

test('an intent about a member that never comes is forgotten', () => {
  const node = new SerfNode().start();
  node.hear(encodeJoinIntent, { ltime: 5, node: 'nobody' });
  node.runMs(300_000);
  expect(node.serf.stats.recentIntents).toBe(1);
  node.runMs(REAP_MS);
  expect(node.serf.stats.recentIntents).toBe(0);
});

test('of a flood of members that come and go, the longest gone are forgotten', () => {
  const node = new SerfNode().start();
  const floodCount = stateLimits.departedMax + 1_000;
  for (let index = 0; index < floodCount; index += 1) {
    node.joined(`m${index}`);
    node.gone(`m${index}`);
    node.takeEvents();
    expect(node.serf.stats.failed).toBeLessThanOrEqual(stateLimits.departedMax);
  }
  expect(node.serf.stats.counters['membersForgotten']).toBe(1_000);
  expect(node.statusOf('m999')).toBeUndefined();
  expect(node.statusOf('m1000')).toBe('failed');
});
