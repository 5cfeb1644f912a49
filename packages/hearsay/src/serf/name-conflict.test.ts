import { expect, test } from 'vitest';
import { QueryPool, type QueryNode } from '../../../../test/support/query-pool.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeConflictResponse } from './answer-codec.ts';
import type { ConflictResponse } from './messages.ts';

const own = Uint8Array.of(10, 0, 0, 1);
const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1);

function payloadOf(known: { addr: Uint8Array; port: number } | undefined): Uint8Array {
  const response: ConflictResponse | undefined = known && {
    ...known,
    name: 'self',
    tags: {},
    status: 1,
    protocolMin: 1,
    protocolMax: 5,
    protocolCurrent: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCurrent: 5,
  };
  const writer = new ByteWriter();
  encodeConflictResponse(writer, response);
  return writer.copy();
}

/** Runs the vote of a lonely node at 10.0.0.1:7000, to which others answer with `payloads`. */
function voteWith(...payloads: Uint8Array[]): { pool: QueryPool; node: QueryNode } {
  const pool = new QueryPool();
  const node = pool.add('self');
  let id = 0;
  const take = node.answerer.receive.bind(node.answerer);
  node.answerer.receive = (query) => {
    ({ id } = query);
    return take(query);
  };
  node.nameConflict.onOwnNameClaimed();
  for (const [index, payload] of payloads.entries()) {
    node.asker.receiveResponse({ ltime: 1, id, from: `n${index}`, flags: 0, payload });
  }
  pool.runUntil(10_000);
  return { pool, node };
}

const ours = payloadOf({ addr: own, port: 7_000 });
const theirs = payloadOf({ addr: own, port: 7_001 });
const unknown = payloadOf(undefined);

test.each([
  ['the only answer names us', [ours]],
  ['two of three name us', [ours, theirs, ours]],
  ['our address comes in IPv6 form', [payloadOf({ addr: mapped, port: 7_000 })]],
  ['what cannot be read does not count', [ours, new Uint8Array(0), Uint8Array.of(6), Uint8Array.of(8, 0xc0)]],
])('a node keeps its name when %s', (_what, payloads) => {
  expect(voteWith(...payloads).node.events).toEqual([]);
});

test.each([
  ['nobody answers', [], 0, 0],
  ['one of two names us', [ours, theirs], 1, 2],
  ['half do not know the name', [ours, unknown], 1, 2],
  ['another address has our port', [payloadOf({ addr: Uint8Array.of(10, 0, 0, 2), port: 7_000 })], 0, 1],
  ['the address is none', [payloadOf({ addr: new Uint8Array(3), port: 7_000 })], 0, 1],
])('a node loses its name when %s', (_what, payloads, matchingCount, responseCount) => {
  expect(voteWith(...payloads).node.events).toEqual([{ type: 'name-lost', matchingCount, responseCount }]);
});

test('the members of a pool vote for the address they know', () => {
  const pool = new QueryPool();
  const first = pool.add('contested');
  const second = pool.add('contested');
  pool.nodes.set('first', first);
  for (const name of ['a', 'b', 'c']) pool.add(name);
  // Everybody knows the one that came first.
  pool.know('contested', { port: first.port });
  first.nameConflict.onOwnNameClaimed();
  pool.runUntil(10_000);
  expect(first.events).toEqual([]);
  expect(second.events).toEqual([]);
  expect(first.stats.responsesReceived).toBe(3);
});

test('there is one vote at a time, none where votes are off, and none after the node stopped', () => {
  const pool = new QueryPool();
  const node = pool.add('self');
  node.nameConflict.onOwnNameClaimed();
  node.nameConflict.onOwnNameClaimed();
  expect(node.asker.openCount).toBe(1);
  node.nameConflict.stop();
  pool.runUntil(10_000);
  expect(node.events).toEqual([]);
  node.nameConflict.onOwnNameClaimed();
  pool.runUntil(20_000);
  expect(node.eventsOf('name-lost')).toHaveLength(1);

  const off = pool.add('off', { config: { resolveNameConflicts: false } });
  off.nameConflict.onOwnNameClaimed();
  const old = pool.add('old', { config: { protocolVersion: 3 } });
  old.nameConflict.onOwnNameClaimed();
  pool.runUntil(30_000);
  expect([...off.events, ...old.events]).toEqual([]);
  expect(off.stats.queriesAsked).toBe(0);
  expect(old.stats.votesNotHeld).toBe(1);
});
