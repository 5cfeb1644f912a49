import { expect, test } from 'vitest';
import { InMemoryWorld } from '../../../../test/support/in-memory-world.ts';

test('three nodes join, see each other, notice a crash and a leave', () => {
  const world = new InMemoryWorld();
  const a = world.add('a').start();
  const b = world.add('b').start().join(a);
  const c = world.add('c').start().join(a);
  const allSeeAll = (): boolean => [a, b, c].every((node) => node.core.memberCount === 3);
  expect(world.runUntil(allSeeAll, 5_000)).toBe(true);
  expect(b.events).toContainEqual({ type: 'join-done', request: 1, joinedCount: 1, failures: [] });

  world.runForMs(30_000);
  expect(a.trace.filter((event) => event.type === 'suspect')).toEqual([]);

  c.isUp = false;
  expect(world.runUntil(() => a.core.memberState('c') === 'suspect', 3_000)).toBe(true);
  expect(world.runUntil(() => a.core.memberState('c') === 'dead', 10_000)).toBe(true);
  expect(world.runUntil(() => b.core.memberState('c') === 'dead', 1_000)).toBe(true);
  expect(a.eventsOf('member-failed')).toEqual(['c']);

  const request = b.core.leave(world.nowMs, 5_000);
  expect(world.runUntil(() => a.core.memberState('b') === 'left', 2_000)).toBe(true);
  world.runForMs(5_000);
  expect(b.events).toContainEqual({ type: 'leave-done', request, spread: true });
  expect(a.eventsOf('member-leave')).toEqual(['b']);
  expect(a.core.memberCount).toBe(1);
});
