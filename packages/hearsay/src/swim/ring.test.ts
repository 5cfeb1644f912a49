import { expect, test } from 'vitest';
import { SeededRng } from '../util/index.ts';
import { MemberList } from './member-list.ts';
import { Member, toView } from './member.ts';
import { Ring } from './ring.ts';
import { SharedMembers } from './shared-members.ts';
import { SwimStats } from './stats.ts';

const names = Array.from({ length: 40 }, (_, index) => `n${index}`);

function newNode(selfName: string): { members: MemberList; stats: SwimStats; ring: Ring } {
  const members = new MemberList(selfName, new SeededRng(1));
  const stats = new SwimStats();
  for (const name of names) {
    members.add(new Member(name));
    members.setState(members.get(name)!, 'alive', 0);
  }
  return { members, stats, ring: new Ring(members, stats, (member) => !members.isSelf(member)) };
}

test('whoever begins, from next to next one comes to every member once and back', () => {
  const seen = new Set<string>();
  let name = 'n0';
  while (!seen.has(name)) {
    seen.add(name);
    name = newNode(name).ring.neighbour(0, 1)!.name;
  }
  expect(name).toBe('n0');
  expect(seen.size).toBe(names.length);
});

test('the second place is the next of the next, and after the last place the first comes again', () => {
  const { ring } = newNode('n0');
  const first = ring.neighbour(0, 4)!.name;
  expect(ring.neighbour(1, 4)!.name).toBe(newNode(first).ring.neighbour(0, 1)!.name);
  expect(ring.neighbour(4, 4)!.name).toBe(first);
  // Never further away than four places.
  const met = new Set(Array.from({ length: 20 }, (_, place) => ring.neighbour(place, 10)!.name));
  expect(met.size).toBe(4);
});

test('who is dead is passed over, and who comes back is not', () => {
  const { members, stats, ring } = newNode('n0');
  const first = ring.neighbour(0, 4)!;
  const second = ring.neighbour(1, 4)!;
  members.setState(first, 'dead', 1);
  stats.membersFailed += 1;
  expect(ring.neighbour(0, 4)).toBe(second);
  members.setState(first, 'alive', 2);
  stats.membersJoined += 1;
  expect(ring.neighbour(0, 4)).toBe(first);
});

test('the neighbours are the same where members are shared', () => {
  const plain = newNode('n0');
  const views = plain.members.members.map(toView);
  const members = new MemberList('n0', new SeededRng(1));
  members.add(new Member('n0'));
  members.beginWith(new SharedMembers(views, 0));
  const stats = new SwimStats();
  const ring = new Ring(members, stats, (member) => !members.isSelf(member));
  const neighbours = (of: Ring): unknown[] => [0, 1, 2, 3].map((place) => of.neighbour(place, 4)!.name);
  expect(neighbours(ring)).toEqual(neighbours(plain.ring));
  const gone = neighbours(ring)[1] as string;
  for (const node of [plain, { members, stats }]) {
    node.members.setState(node.members.own(node.members.get(gone)!), 'dead', 1);
    node.stats.membersFailed += 1;
  }
  expect(neighbours(ring)).toEqual(neighbours(plain.ring));
  expect(neighbours(ring)).not.toContain(gone);
});

test('a node that is alone has no neighbour', () => {
  const members = new MemberList('self', new SeededRng(1));
  const ring = new Ring(members, new SwimStats(), () => true);
  expect(ring.neighbour(0, 4)).toBeUndefined();
  members.add(new Member('self'));
  expect(ring.neighbour(0, 4)).toBeUndefined();
});
