import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeededRng } from '../../util/index.ts';
import { Roster } from './roster.ts';

function rosterOf(names: readonly string[], seed: number = 1): Roster {
  const roster = new Roster('self', new SeededRng(seed));
  for (const name of names) roster.addLive(name);
  return roster;
}

const many = Array.from({ length: 40 }, (_, index) => `n${index}`);

test('one of two is always one that was not asked for the longest time, so that all have their turn', () => {
  const roster = rosterOf(many);
  const askedAt = new Map<string, number>();
  for (let round = 0; round < 40; round += 1) {
    const peers = roster.choose(2);
    expect(peers.length).toBe(2);
    for (const peer of peers) {
      roster.markAsked(peer);
      askedAt.set(peer.name, round);
    }
  }
  expect([...askedAt.keys()].toSorted()).toEqual(many.toSorted());
  // The oldest is now chosen before all that were asked since.
  const oldest = [...askedAt].toSorted(([, a], [, b]) => a - b)[0]![1];
  expect(roster.choose(2).some(({ name }) => askedAt.get(name) === oldest)).toBe(true);
});

test('nodes that start together do not all ask the same one first', () => {
  const first = new Set(Array.from({ length: 20 }, (_, seed) => rosterOf(many, seed).choose(2)[1]!.name));
  expect(first.size).toBeGreaterThan(10);
});

test('as many different peers as wanted, or as there are', () => {
  const roster = rosterOf(['a', 'b', 'c']);
  for (let round = 0; round < 50; round += 1) {
    expect(new Set(roster.choose(3)).size).toBe(3);
    expect(roster.choose(5).length).toBe(3);
  }
  expect(rosterOf([]).choose(3)).toEqual([]);
});

test('the view is of the live ones and this node, sorted, and stays the same object until something changes', () => {
  const roster = rosterOf(['c', 'a']);
  const { view } = roster;
  expect(view.names).toEqual(['a', 'c', 'self']);
  expect(view.names.map((name) => view.indexOf(name))).toEqual([0, 1, 2]);
  roster.addLive('a');
  roster.addLive('self');
  roster.remove('unknown');
  expect(roster.view).toBe(view);
  roster.remove('a');
  expect(roster.view.names).toEqual(['c', 'self']);
  expect(roster.view.hash).not.toBe(view.hash);
  roster.addLive('a');
  expect(roster.view.hash).toBe(view.hash);
});

test('whatever comes and goes, the live ones are known, and chosen', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const move = fc.tuple(fc.constantFrom('live', 'gone', 'asked'), name);
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const roster = rosterOf([]);
      const live = new Set<string>();
      for (const [what, name] of moves) {
        if (what === 'live') {
          roster.addLive(name);
          live.add(name);
        } else if (what === 'gone') {
          roster.remove(name);
          live.delete(name);
        } else {
          const peer = roster.get(name);
          if (peer !== undefined) roster.markAsked(peer);
        }
        expect(new Set(roster.live.map((peer) => peer.name))).toEqual(live);
        expect(roster.liveCount).toBe(live.size);
        expect(new Set(roster.choose(9).map((peer) => peer.name))).toEqual(live);
        for (const each of 'abcd') expect(roster.get(each) !== undefined).toBe(live.has(each));
      }
    }),
  );
});
