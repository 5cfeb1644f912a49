import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, SeededRng, type Rng } from '../util/index.ts';
import { writeEntries, writeEntry } from './member-entries.ts';
import { MemberList } from './member-list.ts';
import { Member, toView, type MemberState } from './member.ts';
import { SharedMembers } from './shared-members.ts';

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index}`);
}

function alive(name: string): Member {
  const member = new Member(name);
  member.state = 'alive';
  member.stateChangedAtMs = 0;
  member.incarnation = 1;
  return member;
}

/** Self and `count` others, as they would be shared. */
function share(count: number): SharedMembers {
  return new SharedMembers(
    ['self', ...names(count)].map((name) => toView(alive(name))),
    0,
  );
}

function newList(shared: SharedMembers, rng: Rng = new SeededRng(1)): MemberList {
  const list = new MemberList('self', rng);
  list.add(alive('self'));
  list.beginWith(shared);
  return list;
}

function probe(list: MemberList, count: number): string[] {
  const probed: string[] = [];
  for (let period = 0; period < count; period++) {
    let target = list.nextProbeTarget();
    if (target === undefined) {
      list.startRound();
      target = list.nextProbeTarget();
    }
    if (target !== undefined) probed.push(target.name);
  }
  return probed;
}

function setState(list: MemberList, name: string, state: MemberState, nowMs: number = 0): void {
  list.setState(list.own(list.get(name)!), state, nowMs);
}

describe('a list that begins with shared members', () => {
  test('knows them as alive, and itself by its own record', () => {
    const list = newList(share(4));
    expect(list.count).toBe(5);
    expect(list.aliveCount).toBe(5);
    expect(list.members.map(({ name }) => name)).toEqual(['self', ...names(4)]);
    list.self!.incarnation = 7;
    expect(list.get('self')!.incarnation).toBe(7);
  });

  test('changes none of them, in no other list either', () => {
    const shared = share(3);
    const [list, other] = [newList(shared), newList(shared)];
    const own = list.own(list.get('n1')!);
    own.incarnation = 5;
    list.setState(own, 'suspect', 1_000);
    expect(list.get('n1')).toBe(own);
    expect(list.own(own)).toBe(own);
    expect(other.get('n1')).toMatchObject({ state: 'alive', incarnation: 1, stateChangedAtMs: 0 });
    expect([list.suspectCount, other.suspectCount]).toEqual([1, 0]);
  });

  test('refuses a change of a shared record', () => {
    const list = newList(share(2));
    expect(() => list.setState(list.get('n0')!, 'dead', 0)).toThrow('records of its own');
    expect(() => {
      list.get('n0')!.incarnation = 2;
    }).toThrow(TypeError);
  });

  test('tells whoever kept a record by which one the member is known now', () => {
    const list = newList(share(2));
    const kept = list.get('n0')!;
    expect(list.current(kept)).toBe(kept);
    const own = list.own(kept);
    expect(list.current(kept)).toBe(own);
    expect(list.current(own)).toBe(own);
    expect(list.own(kept)).toBe(own);
  });

  test('begins so before it knows anybody else', () => {
    const list = newList(share(2));
    expect(() => list.beginWith(share(2))).toThrow('before all others');
  });

  test('may be of somebody who is not shared', () => {
    const list = new MemberList('stranger', new SeededRng(1));
    list.add(alive('stranger'));
    list.beginWith(share(2));
    expect(list.count).toBe(4);
    expect(list.get('stranger')!.listIndex).toBe(3);
    expect(probe(list, 3).toSorted()).toEqual(['n0', 'n1', 'self']);
  });
});

describe('probes of shared members', () => {
  test('each round is of every other live member once, newcomers included', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 30 }), fc.nat({ max: 6 }), (seed, sharedCount, newCount) => {
        const list = newList(share(sharedCount), new SeededRng(seed));
        for (let index = 0; index < newCount; index++) list.add(alive(`new${index}`));
        setState(list, 'n0', 'dead');
        probe(list, 3 * sharedCount);
        list.startRound();
        const others = list.members.filter((member) => member.state === 'alive' && !list.isSelf(member));
        const round = probe(list, others.length).toSorted();
        expect(round).toEqual(others.map(({ name }) => name).toSorted());
      }),
    );
  });

  test('who is probed first is nobody in particular, shared or not', () => {
    const counts = new Map<string, number>();
    const shared = share(6);
    const runs = 12_000;
    for (let seed = 0; seed < runs; seed++) {
      const list = newList(shared, new SeededRng(seed));
      list.add(alive('new0'));
      list.add(alive('new1'));
      list.startRound();
      const first = probe(list, 1)[0]!;
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    const expected = runs / 8;
    expect(counts.size).toBe(8);
    for (const [name, count] of counts) expect(Math.abs(count - expected), name).toBeLessThan(5 * Math.sqrt(expected));
  });

  test('a newcomer waits in this round as often as any member does', () => {
    const shared = share(9);
    const [runs, probedCount] = [4_000, 6];
    let waitingCount = 0;
    for (let seed = 0; seed < runs; seed++) {
      const list = newList(shared, new SeededRng(seed));
      probe(list, probedCount);
      list.add(alive('new'));
      const rest: string[] = [];
      for (let target = list.nextProbeTarget(); target !== undefined; target = list.nextProbeTarget()) {
        rest.push(target.name);
      }
      if (rest.includes('new')) waitingCount += 1;
    }
    // Of ten places, self's among them, six or seven are over.
    expect(waitingCount / runs).toBeGreaterThan(0.3);
    expect(waitingCount / runs).toBeLessThan(0.45);
  });

  test('between two probes of a member that stays lie fewer than 2n - 1 periods', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), (others, seed) => {
        const list = newList(share(others), new SeededRng(seed));
        const lastProbed = new Map<string, number>();
        probe(list, others * 30).forEach((name, period) => {
          expect(period - (lastProbed.get(name) ?? -1)).toBeLessThanOrEqual(2 * others - 1);
          lastProbed.set(name, period);
        });
        expect(lastProbed.size).toBe(others);
      }),
    );
  });
});

test('samples of shared and other members prefer nobody', () => {
  const list = newList(share(30), new SeededRng(7));
  for (let index = 0; index < 5; index++) list.add(alive(`new${index}`));
  for (const name of names(10)) setState(list, name, 'dead');
  list.remove(list.get('n20')!);
  const isEligible = (member: Member): boolean => member.state === 'alive' && !list.isSelf(member);
  const counts = new Map<string, number>(list.members.filter(isEligible).map(({ name }) => [name, 0]));
  expect(counts.size).toBe(24);
  const runs = 20_000;
  const out: Member[] = [];
  for (let run = 0; run < runs; run++) {
    list.sample(3, isEligible, out);
    for (const { name } of out) counts.set(name, counts.get(name)! + 1);
  }
  const expected = (runs * 3) / counts.size;
  for (const [name, count] of counts) expect(Math.abs(count - expected), name).toBeLessThan(5 * Math.sqrt(expected));
});

test('whatever happens to it, a list that shares members shows what one shows that does not', () => {
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'state', 'write', 'probe', 'reap', 'sample'),
    name: fc.nat({ max: 9 }).map((index) => `n${index}`),
    state: fc.constantFrom<MemberState>('alive', 'suspect', 'dead', 'left'),
  });
  fc.assert(
    fc.property(fc.integer(), fc.nat({ max: 9 }), fc.array(operation, { maxLength: 100 }), (seed, size, operations) => {
      const shared = share(size);
      const lists = [newList(shared, new SeededRng(seed)), newPlainList(size, new SeededRng(seed))];
      const untouched = newList(shared);
      operations.forEach(({ op, name, state }, nowMs) => {
        const reaped = lists.map((list) => operate(list, op, name, state, nowMs));
        expect(reaped[0]).toEqual(reaped[1]);
        expect(shown(lists[0]!)).toEqual(shown(lists[1]!));
        expectSound(lists[0]!);
      });
      expect(shown(untouched)).toEqual(shown(newPlainList(size, new SeededRng(seed))));
    }),
    { numRuns: 300 },
  );
});

function newPlainList(size: number, rng: Rng): MemberList {
  const list = new MemberList('self', rng);
  for (const name of ['self', ...names(size)]) list.add(alive(name));
  return list;
}

/** Returns whoever was forgotten. */
function operate(list: MemberList, op: string, name: string, state: MemberState, nowMs: number): string[] {
  const member = list.get(name);
  const reaped: string[] = [];
  if (op === 'add' && member === undefined) list.add(new Member(name));
  else if (op === 'probe') probe(list, 1);
  else if (op === 'reap') list.reap(nowMs, 10, (gone) => reaped.push(gone.name));
  else if (op === 'sample') list.sample(3, (some) => some.state === state, []);
  if (member === undefined) return reaped.toSorted();
  if (op === 'remove') list.remove(member);
  else if (op === 'state') list.setState(list.own(member), state, nowMs);
  else if (op === 'write') list.own(member).incarnation += 1;
  return reaped.toSorted();
}

function shown(list: MemberList): unknown {
  const { count, aliveCount, suspectCount, deadCount, leftCount, liveCount } = list;
  const members = list.members
    .map(({ name, state, incarnation, stateChangedAtMs }) => ({ name, state, incarnation, stateChangedAtMs }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { count, aliveCount, suspectCount, deadCount, leftCount, liveCount, members };
}

/** Every member is found by name, has a place of its own, and is its current record. */
function expectSound(list: MemberList): void {
  const { members } = list;
  for (const member of members) {
    expect(list.get(member.name)).toBe(member);
    expect(list.current(member)).toBe(member);
  }
  expect(new Set(members.map(({ listIndex }) => listIndex)).size).toBe(members.length);
  const inRuns: Member[] = [];
  list.forEachRun(
    (start, end) => inRuns.push(...list.shared.records.slice(start, end)),
    (member) => inRuns.push(member),
  );
  expect(inRuns).toEqual(members);
  const [atOnce, oneByOne] = [new ByteWriter(), new ByteWriter()];
  let count = 0;
  for (const member of members) count += writeEntry(oneByOne, member);
  expect(writeEntries(atOnce, list)).toBe(count);
  expect(atOnce.copy()).toEqual(oneByOne.copy());
}
