import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeededRng } from '../util/index.ts';
import { MemberList } from './member-list.ts';
import { Member, toView, type MemberState } from './member.ts';
import { SharedMembers } from './shared-members.ts';
import { SortedView } from './sorted-view.ts';

const states: readonly MemberState[] = ['alive', 'suspect', 'dead', 'left'];

/** The list of a node named `n05`, which begins with so many shared members, itself among them, or with itself alone. */
function newList(sharedCount: number): MemberList {
  const list = new MemberList('n05', new SeededRng(1));
  const self = new Member('n05');
  list.add(self);
  list.setState(self, 'alive', 0);
  const shared = Array.from({ length: sharedCount }, (_, i) => toView(new Member(nameOf(2 * i + 1))));
  if (sharedCount > 0) list.beginWith(new SharedMembers(shared, 0));
  return list;
}

function nameOf(number: number): string {
  return `n${String(number).padStart(2, '0')}`;
}

function namesIn(view: SortedView): string[] {
  return Array.from({ length: view.count }, (_, rank) => view.at(rank).name);
}

/** The member of that name goes to that state, or is forgotten; who is unknown is added first. */
function change(list: MemberList, name: string, state: MemberState | undefined): void {
  const known = list.get(name);
  if (state === undefined) {
    if (known !== undefined && name !== 'n05') list.remove(list.own(known));
    return;
  }
  if (known === undefined) list.add(new Member(name));
  list.setState(list.own(list.get(name)!), state, 1);
}

test.each([0, 20])('it is what sorting gives, whatever happens to members, of whom %i are shared', (sharedCount) => {
  const aChange = fc.record({
    number: fc.nat(60),
    state: fc.option(fc.constantFrom(...states), { nil: undefined }),
    isAsked: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(aChange, { maxLength: 80 }), (changes) => {
      const list = newList(sharedCount);
      const view = new SortedView(list);
      for (const { number, state, isAsked } of changes) {
        const versionBefore = isAsked ? view.version : 0;
        const namesBefore = isAsked ? namesIn(view).join() : '';
        change(list, nameOf(number), state);
        if (!isAsked) continue;
        const live = list.members.filter((member) => !member.isDeadOrLeft);
        const names = live.map(({ name }) => name).sort();
        expect(namesIn(view)).toEqual(names);
        if (view.version === versionBefore) expect(names.join()).toBe(namesBefore);
        if (!list.self!.isDeadOrLeft) expect(view.at(view.selfRank).name).toBe('n05');
        for (let rank = 0; rank < view.count; rank++) expect(view.at(rank)).toBe(list.get(view.at(rank).name));
      }
    }),
  );
});

test('it follows a list that begins with shared members after it was asked', () => {
  const list = new MemberList('n05', new SeededRng(1));
  const self = new Member('n05');
  list.add(self);
  list.setState(self, 'alive', 0);
  const view = new SortedView(list);
  expect(namesIn(view)).toEqual(['n05']);
  list.beginWith(
    new SharedMembers(
      ['n07', 'n05', 'n01'].map((name) => toView(new Member(name))),
      0,
    ),
  );
  expect(namesIn(view)).toEqual(['n01', 'n05', 'n07']);
  expect(view.selfRank).toBe(1);
});
