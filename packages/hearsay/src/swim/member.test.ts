import { expect, test } from 'vitest';
import { Member, protocolMax, toView } from './member.ts';

test('a view is what the member was when it was looked at', () => {
  const member = new Member('n1');
  member.addr = new Uint8Array([192, 0, 2, 1]);
  member.port = 7_946;
  member.address = { host: '192.0.2.1', port: 7_946 };
  member.vsn = new Uint8Array([1, 5, 2, 0, 4, 3]);
  member.state = 'alive';
  member.incarnation = 3;
  const view = toView(member);
  member.state = 'dead';
  member.incarnation = 4;
  expect(view).toEqual({
    name: 'n1',
    address: { host: '192.0.2.1', port: 7_946 },
    addr: new Uint8Array([192, 0, 2, 1]),
    port: 7_946,
    meta: new Uint8Array(0),
    state: 'alive',
    incarnation: 3,
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
      delegateMin: 0,
      delegateMax: 4,
      delegateCurrent: 3,
    },
  });
});

test('a member that never told its versions speaks none', () => {
  const member = new Member('n1');
  expect(protocolMax(member)).toBe(0);
  expect(Object.values(toView(member).versions)).toEqual([0, 0, 0, 0, 0, 0]);
});
