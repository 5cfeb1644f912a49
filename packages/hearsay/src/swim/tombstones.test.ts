import { expect, test } from 'vitest';
import { SeededRng } from '../util/index.ts';
import { Member, type MemberState } from './member.ts';
import { Tombstones } from './tombstones.ts';

function departed(name: string, state: MemberState): Member {
  const member = new Member(name);
  member.state = state;
  member.incarnation = 3;
  return member;
}

test('the oldest makes room for the newest, and that is told', () => {
  const tombstones = new Tombstones(2);
  expect(tombstones.remember(departed('a', 'dead'), 1)).toBe(true);
  expect(tombstones.remember(departed('b', 'dead'), 2)).toBe(true);
  // Remembered again, `a` is the newer one.
  expect(tombstones.remember(departed('a', 'left'), 3)).toBe(true);
  expect(tombstones.remember(departed('c', 'dead'), 4)).toBe(false);
  expect(['a', 'b', 'c'].map((name) => tombstones.get(name)?.state)).toEqual(['left', undefined, 'dead']);
  expect(tombstones.count).toBe(2);
});

test('with room for none nobody is remembered, and nobody makes room', () => {
  const tombstones = new Tombstones(0);
  expect(tombstones.remember(departed('a', 'dead'), 1)).toBe(true);
  expect(tombstones.count).toBe(0);
});

test('those that departed before an instant are forgotten, the others not', () => {
  const tombstones = new Tombstones(10);
  for (const [atMs, name] of ['a', 'b', 'c'].entries()) tombstones.remember(departed(name, 'dead'), atMs);
  tombstones.forgetOlderThan(1);
  expect(['a', 'b', 'c'].filter((name) => tombstones.get(name) !== undefined)).toEqual(['b', 'c']);
  tombstones.forget('b');
  expect(tombstones.count).toBe(1);
});

test('a sample is one of the dead, each as likely as the other, and never one that left', () => {
  const tombstones = new Tombstones(10);
  const rng = new SeededRng(1);
  expect(tombstones.sampleDead(rng)).toBe(undefined);
  tombstones.remember(departed('left', 'left'), 1);
  expect(tombstones.sampleDead(rng)).toBe(undefined);
  tombstones.remember(departed('a', 'dead'), 1);
  tombstones.remember(departed('b', 'dead'), 1);
  const drawn = Array.from({ length: 1_000 }, () => tombstones.sampleDead(rng)!.name);
  expect(new Set(drawn)).toEqual(new Set(['a', 'b']));
  expect(Math.abs(drawn.filter((name) => name === 'a').length - 500)).toBeLessThan(79);
});
