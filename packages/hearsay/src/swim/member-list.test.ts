import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRng, type Rng } from '../util/index.ts';
import { MemberList } from './member-list.ts';
import { Member, type MemberState } from './member.ts';

function newList(size: number, rng: Rng = new SeededRng(1)): MemberList {
  const list = new MemberList('self', rng);
  for (const name of ['self', ...names(size - 1)]) addAlive(list, name);
  return list;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index}`);
}

function addAlive(list: MemberList, name: string): Member {
  const member = new Member(name);
  list.add(member);
  list.setState(member, 'alive', 0);
  return member;
}

/** Probes `count` times, reaping and beginning rounds as the prober does. */
function probe(list: MemberList, count: number, reap: () => void = () => undefined): string[] {
  const probed: string[] = [];
  for (let period = 0; period < count; period++) {
    let target = list.nextProbeTarget();
    if (target === undefined) {
      reap();
      list.startRound();
      target = list.nextProbeTarget();
    }
    if (target !== undefined) probed.push(target.name);
  }
  return probed;
}

describe('probe order', () => {
  test('each round probes every other live member once', () => {
    const list = newList(6);
    for (let round = 0; round < 20; round++) expect(probe(list, 5).toSorted()).toEqual(names(5));
  });

  test('rounds differ in order', () => {
    const list = newList(20);
    expect(probe(list, 19)).not.toEqual(probe(list, 19));
  });

  test('self, dead and left members are passed over, suspects are not', () => {
    const list = newList(5);
    list.setState(list.get('n0')!, 'suspect', 0);
    list.setState(list.get('n1')!, 'dead', 0);
    list.setState(list.get('n2')!, 'left', 0);
    expect(new Set(probe(list, 20))).toEqual(new Set(['n0', 'n3']));
  });

  test('a node that is alone probes nobody and does not search for ever', () => {
    expect(probe(newList(1), 5)).toEqual([]);
    expect(probe(new MemberList('self', new SeededRng(1)), 5)).toEqual([]);
  });

  test('a newcomer lands anywhere in the order, not always at its end', () => {
    const places = new Set<number>();
    for (let seed = 0; seed < 200; seed++) places.add(newList(6, new SeededRng(seed)).get('n4')!.listIndex);
    expect(places).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  });

  test('between two probes of a member that stays lie fewer than 2n - 1 periods', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (others, seed) => {
        const list = newList(others + 1, new SeededRng(seed));
        const lastProbed = new Map<string, number>();
        probe(list, others * 30).forEach((name, period) => {
          const gap = period - (lastProbed.get(name) ?? -1);
          expect(gap).toBeLessThanOrEqual(2 * others - 1);
          lastProbed.set(name, period);
        });
        expect(lastProbed.size).toBe(others);
      }),
    );
  });

  test('a member forgotten in the middle of a round makes nobody miss the round, nor be probed twice in it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 9 }), fc.nat({ max: 9 }), (seed, probedBefore, removedIndex) => {
        const list = newList(11, new SeededRng(seed));
        probe(list, 10);
        const before = probe(list, probedBefore);
        const removed = `n${removedIndex}`;
        list.remove(list.get(removed)!);
        const after = probe(list, 10 - probedBefore - (before.includes(removed) ? 0 : 1));
        const expected = before.includes(removed) ? names(10) : names(10).filter((name) => name !== removed);
        expect([...before, ...after].toSorted()).toEqual(expected);
      }),
    );
  });
});

describe('reaping', () => {
  test('forgets the dead and left that are so for longer than the grace time, and nobody else', () => {
    const list = newList(6);
    list.setState(list.get('n0')!, 'dead', 1_000);
    list.setState(list.get('n1')!, 'left', 1_000);
    list.setState(list.get('n2')!, 'dead', 1_001);
    list.setState(list.get('n3')!, 'suspect', 0);
    const reaped: string[] = [];
    list.reap(31_000, 30_000, (member) => reaped.push(member.name));
    expect(reaped).toEqual([]);
    list.reap(31_000.5, 30_000, (member) => reaped.push(member.name));
    expect(reaped.toSorted()).toEqual(['n0', 'n1']);
    expect(list.get('n0')).toBeUndefined();
    expect(list.count).toBe(4);
    expect(list.deadCount).toBe(1);
    expect(list.leftCount).toBe(0);
  });

  test('a record that never was alive goes with the first reap', () => {
    const list = newList(2);
    list.add(new Member('ghost'));
    const reaped: string[] = [];
    list.reap(0, 30_000, (member) => reaped.push(member.name));
    expect(reaped).toEqual(['ghost']);
  });
});

describe('samples', () => {
  const isEligible = (member: Member): boolean => member.state === 'alive' && member.name !== 'self';

  test('are different members that pass the filter, as many as there are up to the number wanted', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), fc.nat({ max: 39 }), fc.nat({ max: 8 }), sampleCase),
    );
  });

  function sampleCase(seed: number, size: number, deadCount: number, wantedCount: number): void {
    const list = newList(size, new SeededRng(seed));
    for (const name of names(Math.min(deadCount, size - 1))) list.setState(list.get(name)!, 'dead', 0);
    const eligible = list.members.filter(isEligible);
    const out: Member[] = [new Member('left over')];
    list.sample(wantedCount, isEligible, out);
    expect(out.length).toBe(Math.min(wantedCount, eligible.length));
    expect(new Set(out).size).toBe(out.length);
    expect(out.every((member) => eligible.includes(member))).toBe(true);
  }

  test.each([
    ['few members, so that all are looked at', 8, 0],
    ['many members, so that they are drawn', 60, 0],
    ['many members, of whom few are eligible', 60, 52],
  ])('prefer nobody: %s', (_, size, deadCount) => {
    const list = newList(size, new SeededRng(7));
    for (const name of names(deadCount)) list.setState(list.get(name)!, 'dead', 0);
    const chosenCounts = new Map<string, number>(list.members.filter(isEligible).map(({ name }) => [name, 0]));
    const runs = 20_000;
    const out: Member[] = [];
    for (let run = 0; run < runs; run++) {
      list.sample(3, isEligible, out);
      for (const { name } of out) chosenCounts.set(name, chosenCounts.get(name)! + 1);
    }
    const expected = (runs * 3) / chosenCounts.size;
    for (const [name, count] of chosenCounts)
      expect(Math.abs(count - expected), name).toBeLessThan(5 * Math.sqrt(expected));
  });
});

test('whatever happens to it, the list counts right, finds every member, and knows its place', () => {
  const states: readonly MemberState[] = ['alive', 'suspect', 'dead', 'left'];
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'state', 'probe', 'reap'),
    name: fc.nat({ max: 9 }).map((index) => `n${index}`),
    state: fc.constantFrom(...states),
  });
  fc.assert(
    fc.property(fc.integer(), fc.array(operation, { maxLength: 100 }), (seed, operations) => {
      const list = newList(1, new SeededRng(seed));
      const model = new Map<string, MemberState>([['self', 'alive']]);
      operations.forEach(({ op, name, state }, nowMs) => {
        const member = list.get(name);
        expect(member?.state).toBe(model.get(name));
        if (op === 'add' && member === undefined) {
          list.add(new Member(name));
          model.set(name, 'dead');
        } else if (op === 'remove' && member !== undefined) {
          list.remove(member);
          expect(member.listIndex).toBe(-1);
          model.delete(name);
        } else if (op === 'state' && member !== undefined) {
          list.setState(member, state, nowMs);
          expect(member.stateChangedAtMs).toBe(nowMs);
          model.set(name, state);
        } else if (op === 'probe') {
          probe(list, 1);
        } else if (op === 'reap') {
          list.reap(nowMs, 10, (reaped) => model.delete(reaped.name));
        }
        expectSame(list, model);
      });
    }),
    { numRuns: 300 },
  );
});

function expectSame(list: MemberList, model: ReadonlyMap<string, MemberState>): void {
  const countOf = (state: MemberState) => [...model.values()].filter((value) => value === state).length;
  expect(list.count).toBe(model.size);
  expect(list.aliveCount).toBe(countOf('alive'));
  expect(list.suspectCount).toBe(countOf('suspect'));
  expect(list.deadCount).toBe(countOf('dead'));
  expect(list.leftCount).toBe(countOf('left'));
  expect(list.liveCount).toBe(countOf('alive') + countOf('suspect'));
  expect(list.members.map((member) => member.name).toSorted()).toEqual([...model.keys()].toSorted());
  list.members.forEach((member, index) => {
    expect(member.listIndex).toBe(index);
    expect(list.get(member.name)).toBe(member);
  });
}

test('a name stands in the list once, and only members of the list change state', () => {
  const list = newList(2);
  expect(() => list.add(new Member('n0'))).toThrow('at most once');
  expect(() => list.setState(new Member('n0'), 'dead', 0)).toThrow('only members of the list');
  expect(() => list.remove(new Member('n0'))).toThrow('is in the list');
});
