import { expect, test } from 'vitest';
import { eventText, SerfNode } from '../../../../test/support/serf-node.ts';
import { encodeUserEvent } from './message-codec.ts';
import { StepClock, TimerQueue } from '../util/index.ts';
import { MemberCoalescer } from './coalescer.ts';
import type { MemberEventType, SerfEvent, SerfMember } from './events.ts';
import { stateLimits } from './state-limits.ts';

const coalescing = {
  coalescePeriodMs: 3_000,
  quiescentPeriodMs: 1_000,
  userCoalescePeriodMs: 3_000,
  userQuiescentPeriodMs: 1_000,
};

function newNode(): SerfNode {
  const node = new SerfNode({ config: coalescing }).start();
  node.runMs(1_000);
  node.takeEvents();
  return node;
}

test('member events are told together when none came for the quiescent period', () => {
  const node = newNode();
  node.joined('b');
  node.runMs(900);
  node.joined('c');
  node.runMs(999);
  expect(node.takeEvents()).toEqual([]);
  node.runMs(1);
  expect(node.takeEventTexts()).toEqual(['member-join b=alive,c=alive']);
});

test('they are told after the whole period at the latest', () => {
  const node = newNode();
  for (let index = 0; index < 6; index += 1) {
    node.joined(`m${index}`);
    node.runMs(500);
  }
  expect(node.takeEvents()).toHaveLength(1);
});

test('the second collection has its own period', () => {
  const node = newNode();
  node.joined('b');
  node.runMs(1_000);
  node.takeEvents();
  for (let index = 0; index < 5; index += 1) {
    node.joined(`m${index}`);
    node.runMs(500);
  }
  expect(node.takeEvents()).toEqual([]);
  node.runMs(500);
  expect(node.takeEvents()).toHaveLength(1);
});

test('a member that comes and goes within one period is told as what it is in the end', () => {
  const node = newNode();
  node.joined('b');
  node.gone('b');
  node.runMs(1_000);
  expect(node.takeEventTexts()).toEqual(['member-failed b=failed']);
  // It comes and fails again: nothing has changed for whoever was told the last time.
  node.joined('b');
  node.gone('b');
  node.runMs(1_000);
  expect(node.takeEvents()).toEqual([]);
});

test('an update is told once', () => {
  const node = newNode();
  node.joined('b');
  node.runMs(1_000);
  node.updated('b', { tags: { v: '2' } });
  node.runMs(1_000);
  node.takeEvents();
  node.joined('c');
  node.runMs(1_000);
  expect(node.takeEventTexts()).toEqual(['member-join c=alive']);
});

test('user events are coalesced only when they allow it', () => {
  const node = newNode();
  const hear = (ltime: number, name: string, coalesce: boolean): void =>
    node.hear(encodeUserEvent, { ltime, name, payload: null, coalesce });
  hear(1, 'deploy', true);
  hear(2, 'deploy', true);
  hear(3, 'urgent', false);
  expect(node.takeEventTexts()).toEqual(['user urgent']);
  node.runMs(1_000);
  expect(node.takeEvents()).toMatchObject([{ type: 'user', name: 'deploy', ltime: 2 }]);
});

test('what has been collected is told when the node stops', () => {
  const node = newNode();
  node.joined('b');
  node.hear(encodeUserEvent, { ltime: 1, name: 'deploy', payload: null, coalesce: true });
  node.serf.stop();
  expect(node.takeEventTexts().toSorted()).toEqual(['member-join b=alive', 'user deploy']);
  expect(node.timers.armedCount).toBe(0);
});

test('with one of the two times at 0 nothing is collected', () => {
  for (const config of [{ coalescePeriodMs: 3_000 }, { quiescentPeriodMs: 1_000 }]) {
    const node = new SerfNode({ config }).start();
    expect(node.takeEventTexts()).toEqual(['member-join self=alive']);
  }
});

test('a collection that is full is handed on early, and members that are forgotten are forgotten here too', () => {
  const emitted: SerfEvent[] = [];
  const env = { clock: new StepClock(), timers: new TimerQueue() };
  const coalescer = new MemberCoalescer({ periodMs: 3_000, quiescentMs: 1_000 }, env, (event) => {
    emitted.push(event);
  });
  const take = (type: MemberEventType, name: string): boolean =>
    coalescer.take({ type, members: [{ name, status: 'alive' } as SerfMember] });
  for (let index = 0; index <= stateLimits.coalescedMax; index += 1) take('member-join', `m${index}`);
  expect(emitted).toHaveLength(1);
  coalescer.flush();
  emitted.length = 0;
  take('member-reap', 'm0');
  coalescer.flush();
  take('member-reap', 'm0');
  coalescer.flush();
  // Told again, so nothing of it was remembered.
  expect(emitted.map(eventText)).toEqual(['member-reap m0=alive', 'member-reap m0=alive']);
});
