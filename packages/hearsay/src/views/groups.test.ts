import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Belief, BeliefState } from './belief.ts';
import { decodeDigest, digestOf, encodeDigest } from './digest.ts';
import { groupViews, type ClusterViews, type Told } from './groups.ts';

function belief(name: string, state: BeliefState = 'alive', port: number = 7_946): Belief {
  return { name, state, address: { host: '10.0.0.1', port }, incarnation: 1, meta: new Uint8Array(0) };
}

function told(name: string, beliefs: readonly Belief[], ageMs: number = 0): Told {
  return { name, ageMs, digest: digestOf(beliefs, 0) };
}

function group(first: readonly Belief[], ...others: Told[]): ClusterViews {
  return groupViews([told('a', first), ...others], [], () => first);
}

const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
const all = names.map((name) => belief(name));

test('who believes the same is in one group, whatever the order and whatever is remembered of the gone', () => {
  const shuffled = [...all].reverse().map((each) => ({ ...each, incarnation: 7, meta: Uint8Array.of(1) }));
  const { groups, isAgreed } = group(all, told('b', [...shuffled, belief('x', 'failed'), belief('y', 'left')]));
  expect(groups).toHaveLength(1);
  expect(groups[0]!.members.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(groups[0]!.members.map(({ counts }) => counts.failed)).toEqual([0, 1]);
  expect(groups[0]!.members[0]!.all).not.toBe(groups[0]!.members[1]!.all);
  expect(isAgreed).toBe(true);
});

test('a suspect counts as live, so a suspicion is no disagreement', () => {
  const { groups } = group(all, told('b', [belief('n0', 'suspect'), ...all.slice(1)]));
  expect(groups).toHaveLength(1);
  expect(groups[0]!.liveCount).toBe(20);
});

test('the largest group comes first, ours before one that is as large, and silent members are named', () => {
  const fewer = all.slice(1);
  const views = groupViews(
    [told('a', all), told('b', fewer), told('c', fewer), told('d', all.slice(2))],
    [
      { name: 'z', reason: 'stock' },
      { name: 'y', reason: 'no digest' },
    ],
    () => all,
  );
  expect(views.groups.map(({ members, isOurs }) => [members.length, isOurs])).toEqual([
    [2, false],
    [1, true],
    [1, false],
  ]);
  expect(views.silent.map(({ name }) => name)).toEqual(['y', 'z']);
  expect(views.isAgreed).toBe(false);
});

test('who has not told yet might disagree, who never tells does not count', () => {
  const agreed = (reason: 'stock' | 'no digest'): boolean =>
    groupViews([told('a', all), told('b', all)], [{ name: 'z', reason }], () => all).isAgreed;
  expect([agreed('stock'), agreed('no digest')]).toEqual([true, false]);
});

test('one or two members that make the difference are named from the digests alone', () => {
  const known = [...all, belief('gone', 'failed')];
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...known), { minLength: 1, maxLength: 2 }), (changed) => {
      const theirs = known.flatMap((each) => {
        const isLive = (each.state === 'alive') !== changed.includes(each);
        return isLive ? [belief(each.name)] : [];
      });
      const other = group(known, told('b', theirs)).groups.find(({ isOurs }) => !isOurs)!;
      const named = (state: string): string[] => changed.filter((each) => each.state === state).map(({ name }) => name);
      expect(other.differs!.onlyHere.toSorted()).toEqual(named('alive').toSorted());
      expect(other.differs!.onlyThere).toEqual(named('failed'));
    }),
  );
});

test('more than two, or a member that is unknown here, take a closer look', () => {
  for (const theirs of [all.slice(3), [...all, belief('stranger')], [belief('n0', 'alive', 1), ...all.slice(1)]]) {
    const other = group(all, told('b', theirs)).groups.find(({ isOurs }) => !isOurs)!;
    expect(other.differs).toBeUndefined();
  }
});

test('a digest is read as it was written, and other bytes are none', () => {
  const digest = digestOf([...all, belief('s', 'suspect'), belief('f', 'failed'), belief('l', 'left')], 300);
  expect(decodeDigest(encodeDigest(digest))).toEqual(digest);
  expect(digest.counts).toEqual({ alive: 20, suspect: 1, failed: 1, left: 1 });
  expect(encodeDigest(digest).length).toBeLessThanOrEqual(24);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = decodeDigest(bytes);
      if (read !== undefined) expect(read.live).toMatch(/^[0-9a-f]{16}$/);
    }),
  );
  expect(decodeDigest(encodeDigest(digest).subarray(0, 17))).toBeUndefined();
});
