import { expect, test } from 'vitest';
import { fromHex } from '../../../../test/golden/vectors.ts';
import { PACKET_MS, QueryPool } from '../../../../test/support/query-pool.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeQueryResponse, encodeRelayHeader } from './message-codec.ts';
import type { QueryResponseMessage, RelayHeader } from './messages.ts';

const hello = Uint8Array.of(0x68, 0x69);
const response: QueryResponseMessage = { ltime: 1, id: 2, from: 'b', flags: 0, payload: hello };

function encodeResponse(message: QueryResponseMessage = response): Uint8Array {
  const writer = new ByteWriter();
  encodeQueryResponse(writer, message);
  return writer.copy();
}

function encodeRelay(to: RelayHeader, inner: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  encodeRelayHeader(writer, to);
  writer.write(inner);
  return writer.copy();
}

/** A pool of one node and of members that are only known. */
function relayingNode(): QueryPool {
  const pool = new QueryPool();
  pool.add('self');
  pool.know('far', { addr: Uint8Array.of(10, 0, 0, 9), port: 9 });
  return pool;
}

const far = { addr: Uint8Array.of(10, 0, 0, 9), port: 9, name: 'far' };

test.each([
  ['a member by name and address', far],
  ['a member whose asker is too old to say its name', { ...far, name: '' }],
  [
    'a member by its IPv4 address in IPv6 form',
    { ...far, addr: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 9) },
  ],
])('an answer is passed on to %s', (_what, to) => {
  const pool = relayingNode();
  const node = pool.nodes.get('self')!;
  node.receive(encodeRelay(to, encodeResponse()));
  expect(pool.strays).toEqual([{ to: '10.0.0.9:9', message: encodeResponse() }]);
  expect(node.stats.relaysForwarded).toBe(1);
});

test.each([
  ['to a stranger', encodeRelay({ ...far, addr: Uint8Array.of(10, 0, 0, 8), name: '' }, encodeResponse())],
  ['to another port of a member', encodeRelay({ ...far, port: 10 }, encodeResponse())],
  ['to the address of one member under the name of another', encodeRelay({ ...far, name: 'self' }, encodeResponse())],
  ['to an unknown name', encodeRelay({ ...far, name: 'nobody' }, encodeResponse())],
  ['without an address', encodeRelay({ ...far, addr: null }, encodeResponse())],
  ['with nothing inside', encodeRelay(far, new Uint8Array(0))],
  ['with something else inside', encodeRelay(far, fromHex('ff7061796c6f6164'))],
  ['with a user event inside', encodeRelay(far, fromHex('0384a24343c2a54c54696d6501a44e616d65a171a75061796c6f6164c0'))],
  ['with a relay inside', encodeRelay(far, encodeRelay(far, encodeResponse()))],
  ['with an answer cut short', encodeRelay(far, encodeResponse().subarray(0, 20))],
  ['cut within its header', encodeRelay(far, encodeResponse()).subarray(0, 12)],
  ['that is only a type byte', Uint8Array.of(9)],
  ['longer than an answer may be', encodeRelay(far, encodeResponse({ ...response, payload: new Uint8Array(1_000) }))],
])('a relay %s is not passed on', (_what, message) => {
  const pool = relayingNode();
  const node = pool.nodes.get('self')!;
  node.receive(message);
  expect(pool.strays).toEqual([]);
  expect(node.stats).toMatchObject({ relaysForwarded: 0, relaysRefused: 1 });
});

test('a relayed answer to this node itself is taken without another packet', () => {
  const pool = relayingNode();
  const node = pool.nodes.get('self')!;
  let id = 0;
  node.answer = () => undefined;
  node.asker.ask(1, { name: 'q', payload: null });
  const receive = node.asker.receiveResponse.bind(node.asker);
  node.asker.receiveResponse = (message) => receive({ ...message, id: (id = message.id) });
  node.receive(encodeRelay({ addr: Uint8Array.of(10, 0, 0, 1), port: node.port, name: 'self' }, encodeResponse()));
  expect(id).toBe(2);
  expect(pool.strays).toEqual([]);
});

test('acks and answers go through so many other live members that understand relays', () => {
  const pool = new QueryPool();
  const a = pool.add('a');
  const b = pool.add('b');
  for (let index = 0; index < 10; index += 1) pool.know(`m${index}`, { port: 100 + index });
  for (let index = 0; index < 10; index += 1) pool.know(`gone${index}`, { port: 200 + index, status: 'left' });
  const versions = {
    protocolMin: 1,
    protocolMax: 4,
    protocolCurrent: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCurrent: 5,
  };
  for (let index = 0; index < 10; index += 1) pool.know(`old${index}`, { port: 300 + index, versions });
  const chosen = new Set<string>();
  for (let round = 0; round < 20; round += 1) {
    a.asker.ask(round, { name: 'q', payload: null, requestAck: true, relayFactor: 4, timeoutMs: 10 });
    pool.runUntil(pool.clock.nowMs + 20);
  }
  for (const { to } of pool.strays) chosen.add(to);
  // The asker may be chosen too, and is no stray.
  expect(b.stats.relaysSent).toBe(80);
  expect([...chosen].every((to) => /^10\.0\.0\.1:10\d$/.test(to))).toBe(true);
  expect(chosen.size).toBe(10);
});

test('in a pool that is too small nothing is relayed', () => {
  const pool = new QueryPool();
  const a = pool.add('a');
  const b = pool.add('b');
  a.asker.ask(1, { name: 'q', payload: null, requestAck: true, relayFactor: 2 });
  pool.runUntil(10 * PACKET_MS);
  expect(b.stats).toMatchObject({ acksSent: 1, relaysSent: 0 });
});

test('an answer too long for a relay still goes straight to the asker, once', () => {
  const pool = new QueryPool();
  const a = pool.add('a');
  const b = pool.add('b');
  pool.add('c');
  b.answer = () => new Uint8Array(950);
  a.asker.ask(1, { name: 'q', payload: null, relayFactor: 1 });
  pool.runUntil(10 * PACKET_MS);
  expect(a.eventsOf('query-response').map(({ from }) => from)).toEqual(['b']);
  expect(b.stats).toMatchObject({ responsesSent: 1, relaysSent: 0, relaysTooLong: 1 });
  expect(b.answerer.tryRespond(1, hello)).toBe('answered-before');
});
