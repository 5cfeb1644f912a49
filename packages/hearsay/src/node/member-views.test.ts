import { expect, test } from 'vitest';
import type { SerfMember } from '../serf/index.ts';
import type { MemberView } from '../swim/index.ts';
import { toUserView } from './member-views.ts';

const view: MemberView = {
  name: 'n1',
  address: { host: '10.0.0.1', port: 7946 },
  addr: Uint8Array.of(10, 0, 0, 1),
  port: 7946,
  meta: Uint8Array.of(1, 2, 3),
  state: 'suspect',
  incarnation: 4,
  versions: {
    protocolMin: 1,
    protocolMax: 5,
    protocolCurrent: 2,
    delegateMin: 0,
    delegateMax: 0,
    delegateCurrent: 0,
  },
};

test('what a user does to a member that it was shown changes nothing behind it', () => {
  const tags = { role: 'db' };
  const member: SerfMember = { ...view, tags, status: 'alive' };
  const before = structuredClone(member);
  const shown = toUserView(member);
  shown.meta.fill(9);
  shown.addr.fill(9);
  Object.assign(shown.address!, { port: 1 });
  Object.assign(shown.tags, { role: 'web' });
  Object.assign(shown.versions, { protocolMax: 1 });
  expect(member).toEqual(before);
});

test.each([
  ['alive', 'alive'],
  ['suspect', 'alive'],
  ['dead', 'failed'],
  ['left', 'left'],
] as const)('in a plain pool a member that is %s has the status %s, and no tags', (state, status) => {
  expect(toUserView({ ...view, state })).toMatchObject({ state, status, tags: {} });
});

test('a tag of the name __proto__ is a tag like any other', () => {
  const tags = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
  const shown = toUserView({ ...view, tags, status: 'alive' });
  expect(Object.entries(shown.tags)).toEqual([['__proto__', 'x']]);
});
