import { expect, test } from 'vitest';
import { eventInfoText } from './event-info.ts';

// What the stock command printed for these records, save for the order of the fields.
test.each([
  [
    { event: 'user', coalesce: true, ltime: 128, name: 'x"é\n\u0001\x7f\u200b`', payload: new Uint8Array([1, 255]) },
    [
      'Coalesce: true',
      'Event: "user"',
      'LTime: 0x80',
      'Name: "x\\"é\\n\\x01\\x7f\\u200b`"',
      'Payload: []byte{0x1, 0xff}',
    ],
  ],
  [
    { event: 'user', coalesce: true, ltime: 70_000, name: 'x', payload: new Uint8Array() },
    ['Coalesce: true', 'Event: "user"', 'LTime: 0x11170', 'Name: "x"', 'Payload: []byte(nil)'],
  ],
  [
    { event: 'query', id: 300, ltime: 5_000_000_000, name: 'q', payload: null },
    ['Event: "query"', 'ID: 0x12c', 'LTime: 0x12a05f200', 'Name: "q"', 'Payload: <nil>'],
  ],
  [{ event: 'member-failed', members: [] }, ['Event: "member-failed"', 'Members: []interface {}{}']],
  [{ event: 'member-failed', members: null }, ['Event: "member-failed"', 'Members: <nil>']],
] as const)('%j is printed in the syntax of Go', (record, lines) => {
  expect(eventInfoText(record)).toBe(`Event Info:\n${lines.map((line) => `\t${line}\n`).join('')}`);
});

test('members are printed as maps of Go, with their tags in order', () => {
  const member = {
    addr: new Uint8Array([127, 0, 0, 1]),
    delegateCur: 5,
    delegateMax: 5,
    delegateMin: 2,
    name: 'a',
    port: 7946,
    protocolCur: 2,
    protocolMax: 5,
    protocolMin: 1,
    status: 'alive',
    tags: { b: 'c', a: '`' },
  };
  expect(eventInfoText({ event: 'member-join', members: [member, { ...member, addr: null, port: 80 }] })).toBe(
    'Event Info:\n\tEvent: "member-join"\n\tMembers: []interface {}{map[interface {}]interface {}{' +
      '"Addr":[]uint8{0x7f, 0x0, 0x0, 0x1}, "DelegateCur":5, "DelegateMax":5, "DelegateMin":2, "Name":"a", ' +
      '"Port":0x1f0a, "ProtocolCur":2, "ProtocolMax":5, "ProtocolMin":1, "Status":"alive", ' +
      '"Tags":map[interface {}]interface {}{"a":"`", "b":"c"}}, map[interface {}]interface {}{' +
      '"Addr":interface {}(nil), "DelegateCur":5, "DelegateMax":5, "DelegateMin":2, "Name":"a", ' +
      '"Port":80, "ProtocolCur":2, "ProtocolMax":5, "ProtocolMin":1, "Status":"alive", ' +
      '"Tags":map[interface {}]interface {}{"a":"`", "b":"c"}}}\n',
  );
});
