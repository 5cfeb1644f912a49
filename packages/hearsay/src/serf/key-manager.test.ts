import { expect, test } from 'vitest';
import { PACKET_MS, QueryPool, type QueryNode } from '../../../../test/support/query-pool.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeKeyResponse } from './answer-codec.ts';
import { encodeBase64 } from './base64.ts';
import type { KeysResult } from './events.ts';
import { queryLimits } from './query-limits.ts';

const oldKey = new Uint8Array(16).fill(1);
const newKey = new Uint8Array(32).fill(2);
const [oldText, newText] = [encodeBase64(oldKey), encodeBase64(newKey)];

function encryptedPool(...names: string[]): { pool: QueryPool; nodes: QueryNode[]; asker: QueryNode } {
  const pool = new QueryPool();
  const nodes = names.map((name) => pool.add(name, { keys: [oldKey] }));
  return { pool, nodes, asker: nodes[0]! };
}

function lastResult(node: QueryNode): KeysResult {
  return node.eventsOf('keys-done').at(-1)!.result;
}

/** Lists the keys, and answers in the name of a member that cannot itself. */
function listAndAnswerAs({ answerer, asker, keys }: QueryNode, from: string, payload: Uint8Array): void {
  let id = 0;
  const take = answerer.receive.bind(answerer);
  answerer.receive = (query) => {
    ({ id } = query);
    return take(query);
  };
  keys.start(1, 'list', undefined);
  asker.receiveResponse({ ltime: 1, id, from, flags: 0, payload });
}

test('a key goes round the pool: installed, used, listed, removed', () => {
  const { pool, nodes, asker } = encryptedPool('a', 'b', 'c');
  asker.keys.start(1, 'install', newText);
  asker.keys.start(2, 'use', newKey);
  asker.keys.start(3, 'remove', oldText);
  asker.keys.start(4, 'list', undefined);
  pool.runUntil(20 * PACKET_MS);
  expect(asker.eventsOf('keys-done').map(({ request, result }) => [request, result.error])).toEqual([
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [4, undefined],
  ]);
  for (const { keyring } of nodes) expect(keyring.keys).toEqual([newKey]);
  const result = lastResult(asker);
  expect(result).toMatchObject({ nodeCount: 3, responseCount: 3, errorCount: 0 });
  expect({ ...result.keys }).toEqual({ [newText]: 3 });
  expect({ ...result.primaryKeys }).toEqual({ [newText]: 3 });
  expect(result.byMember.get('b')).toEqual({ ok: true, keys: [newText], primaryKey: newText });
  expect(asker.asker.openCount).toBe(0);
});

test('an operation is over when all have answered, else when its time is up', () => {
  const { pool, nodes, asker } = encryptedPool('a', 'b', 'c');
  asker.keys.start(1, 'list', undefined);
  pool.runUntil(2 * PACKET_MS);
  expect(asker.eventsOf('keys-done')).toHaveLength(1);
  nodes[2]!.isDeaf = true;
  asker.keys.start(2, 'install', newText);
  pool.runUntil(3_200);
  expect(asker.eventsOf('keys-done')).toHaveLength(1);
  pool.runUntil(3_300);
  expect(lastResult(asker)).toMatchObject({ nodeCount: 3, responseCount: 2, error: '2/3 nodes reported success' });
  expect(lastResult(asker).keys).toBeUndefined();
  expect([...lastResult(asker).byMember.keys()]).toEqual(['a', 'b']);
});

test('failures are counted, and told by member', () => {
  const { pool, nodes, asker } = encryptedPool('a', 'b', 'c');
  nodes[1]!.keyring.add(newKey);
  asker.keys.start(1, 'use', newText);
  pool.runUntil(2 * PACKET_MS);
  const result = lastResult(asker);
  expect(result.error).toBe('2/3 nodes reported failure');
  const text = 'requested key is not in the keyring';
  expect({ ...result.messages }).toEqual({ a: text, c: text });
  expect(result.byMember.get('b')).toMatchObject({ ok: true });
});

test('a key that is no base64 is refused before anybody is asked', () => {
  const { asker } = encryptedPool('a', 'b');
  asker.keys.start(1, 'install', '!!!');
  expect(lastResult(asker)).toMatchObject({ nodeCount: 0, error: 'illegal base64 data at input byte 0' });
  expect(asker.stats.queriesAsked).toBe(0);
});

test('in a pool of an old protocol the result says that there are no queries', () => {
  const pool = new QueryPool();
  const node = pool.add('a', { keys: [oldKey], config: { protocolVersion: 3 } });
  node.keys.start(1, 'list', undefined);
  node.keys.start(2, 'list', undefined);
  expect(node.eventsOf('keys-done').map(({ result }) => result.error)).toEqual([
    expect.stringMatching(/^Feature not supported/),
    expect.stringMatching(/^Feature not supported/),
  ]);
});

test('answers that are not what was asked for count as failures', () => {
  const { pool, asker } = encryptedPool('a');
  pool.know('b', { port: 1 });
  listAndAnswerAs(asker, '__proto__', Uint8Array.of(6, 0xc0));
  const result = lastResult(asker);
  expect(result).toMatchObject({ nodeCount: 2, responseCount: 2, errorCount: 1, error: '1/2 nodes reported failure' });
  expect(Object.entries(result.messages)).toEqual([['__proto__', 'unreadable answer']]);
});

test('of the keys in an answer those count that are base64', () => {
  const { pool, asker } = encryptedPool('a');
  pool.know('b', { port: 1 });
  const keys = [newText, '', '\u001b[31mred', `${newText}\n`, 'AA AA', 'é'];
  const answer = new ByteWriter();
  encodeKeyResponse(answer, { result: true, message: '', keys, primaryKey: '\u001b]0;title\u0007' });
  listAndAnswerAs(asker, 'b', answer.view());
  const result = lastResult(asker);
  expect({ ...result.keys }).toEqual({ [oldText]: 1, [newText]: 1 });
  expect({ ...result.primaryKeys }).toEqual({ [oldText]: 1 });
  expect(result.byMember.get('b')).toEqual({ ok: true, keys: [newText], primaryKey: '' });
});

test('operations run one after the other, and only so many wait', () => {
  const { pool, nodes, asker } = encryptedPool('a', 'b');
  nodes[1]!.isDeaf = true;
  for (let index = 0; index < queryLimits.keyOperationsMax; index += 1) asker.keys.start(index, 'list', undefined);
  expect(() => asker.keys.start(99, 'list', undefined)).toThrow(/64 key operations wait, the limit is 64/);
  expect(asker.asker.openCount).toBe(1);
  pool.runUntil(3_200);
  expect(asker.eventsOf('keys-done')).toHaveLength(1);
  expect(asker.asker.openCount).toBe(1);
});

test('an operation that nobody waits for makes way for the next', () => {
  const { pool, nodes, asker } = encryptedPool('a', 'b');
  nodes[1]!.isDeaf = true;
  for (const request of [1, 2, 3]) asker.keys.start(request, 'list', undefined);
  asker.keys.abandon(1);
  asker.keys.abandon(3);
  asker.keys.abandon(77);
  pool.runUntil(10_000);
  expect(asker.eventsOf('keys-done').map(({ request }) => request)).toEqual([2]);
});

test('a node that stops says of every operation how far it came', () => {
  const { pool, nodes, asker } = encryptedPool('a', 'b');
  nodes[1]!.isDeaf = true;
  asker.keys.start(1, 'list', undefined);
  asker.keys.start(2, 'list', undefined);
  asker.keys.stop();
  pool.runUntil(10_000);
  expect(asker.eventsOf('keys-done').map(({ request, result }) => [request, result.responseCount])).toEqual([
    [1, 1],
    [2, 0],
  ]);
});
