import { expect, test } from 'vitest';
import { PACKET_MS, QueryPool } from '../../../../test/support/query-pool.ts';
import { queryLimits } from './query-limits.ts';

const nothing = new Uint8Array(0);
const hello = Uint8Array.of(0x68, 0x69);

function poolOf(...names: string[]): QueryPool {
  const pool = new QueryPool();
  for (const name of names) pool.add(name);
  return pool;
}

test('every member answers once, and the summary names those that did not', () => {
  const pool = poolOf('a', 'b', 'c', 'd');
  const [a, b, , d] = [...pool.nodes.values()];
  for (const node of pool.nodes.values()) node.answer = () => hello;
  b!.answer = () => undefined;
  d!.isDeaf = true;
  a!.asker.ask(7, { name: 'load', payload: hello, requestAck: true });
  pool.runUntil(3_199);
  expect(a!.eventsOf('query-done')).toEqual([]);
  pool.runUntil(3_200);
  expect(a!.eventsOf('query-ack').map(({ from }) => from)).toEqual(['a', 'b', 'c']);
  expect(a!.eventsOf('query-response').map(({ from }) => from)).toEqual(['a', 'c']);
  expect(a!.eventsOf('query-response')[0]!.payload).toEqual(hello);
  expect(a!.eventsOf('query-done')).toEqual([
    {
      type: 'query-done',
      request: 7,
      summary: {
        asked: ['a', 'b', 'c', 'd'],
        acked: ['a', 'b', 'c'],
        responded: ['a', 'c'],
        silent: ['d'],
        droppedCount: 0,
      },
    },
  ]);
  expect(a!.asker.openCount).toBe(0);
});

test('a query reaches the members it names, and counts only live ones among them as asked', () => {
  const pool = poolOf('a', 'b', 'c');
  pool.know('gone', { port: 1, status: 'failed' });
  const a = pool.nodes.get('a')!;
  for (const node of pool.nodes.values()) node.answer = () => hello;
  a.asker.ask(1, { name: 'q', payload: null, nodes: ['c', 'gone', 'nobody'] });
  pool.runUntil(10_000);
  expect(a.eventsOf('query-done')[0]!.summary).toMatchObject({ asked: ['c'], responded: ['c'], silent: [] });
  expect(pool.nodes.get('b')!.eventsOf('query')).toEqual([]);
});

test('a query reaches the members whose tags match', () => {
  const pool = new QueryPool();
  const a = pool.add('a', { tags: { role: 'web-1' } });
  const b = pool.add('b', { tags: { role: 'db' } });
  a.asker.ask(1, { name: 'q', payload: null, tags: { role: 'web' } });
  pool.runUntil(PACKET_MS);
  expect(a.eventsOf('query')).toHaveLength(1);
  expect(b.eventsOf('query')).toEqual([]);
});

test('the answering side learns name, payload, asker and time to answer', () => {
  const pool = poolOf('a', 'b');
  const [a, b] = [...pool.nodes.values()];
  a!.asker.ask(1, { name: 'with', payload: nothing, timeoutMs: 500 });
  a!.asker.ask(2, { name: 'without', payload: null });
  pool.runUntil(PACKET_MS);
  expect(b!.eventsOf('query')).toEqual([
    { type: 'query', id: 1, name: 'with', payload: nothing, hasPayload: true, ltime: 1, from: 'a', timeoutMs: 500 },
    {
      type: 'query',
      id: 2,
      name: 'without',
      payload: nothing,
      hasPayload: false,
      ltime: 2,
      from: 'a',
      timeoutMs: 3_200,
    },
  ]);
});

test('answers after the deadline, to another id or to an abandoned query are dropped', () => {
  const pool = poolOf('a');
  const a = pool.nodes.get('a')!;
  const answer = (id: number): void => a.asker.receiveResponse({ ltime: 1, id, from: 'b', flags: 0, payload: hello });
  const asked: number[] = [];
  a.answer = (query) => void asked.push(query.ltime);
  a.asker.ask(1, { name: 'q', payload: null, timeoutMs: 100 });
  answer(-1);
  expect(a.stats.responsesUnexpected).toBe(1);
  pool.runUntil(100);
  answer(0);
  expect(a.stats.responsesUnexpected).toBe(2);
  a.asker.ask(2, { name: 'q', payload: null, timeoutMs: 100 });
  a.asker.abandon(2);
  a.asker.abandon(99);
  pool.runUntil(1_000);
  expect(asked).toEqual([1, 2]);
  expect(a.eventsOf('query-response')).toEqual([]);
  expect(a.eventsOf('query-done').map(({ request }) => request)).toEqual([1]);
  expect(a.asker.openCount).toBe(0);
});

test('an answer that comes twice counts once', () => {
  const pool = poolOf('a', 'b', 'c', 'd');
  for (const node of pool.nodes.values()) node.answer = () => hello;
  const a = pool.nodes.get('a')!;
  a.asker.ask(1, { name: 'q', payload: null, requestAck: true, relayFactor: 2 });
  pool.runUntil(10_000);
  const { summary } = a.eventsOf('query-done')[0]!;
  expect(
    a
      .eventsOf('query-response')
      .map(({ from }) => from)
      .sort(),
  ).toEqual(['a', 'b', 'c', 'd']);
  expect(a.eventsOf('query-ack')).toHaveLength(4);
  expect(summary.silent).toEqual([]);
  // Acks and answers of b, c and d, each through two relays.
  expect(summary.droppedCount).toBe(12);
  expect(a.stats.duplicateAcks).toBe(6);
  expect(a.stats.duplicateResponses).toBe(6);
});

test('nobody can fill the memory with invented names, and a member without a name does not count', () => {
  const pool = poolOf('a');
  const a = pool.nodes.get('a')!;
  let id = 0;
  pool.broadcast = (_from, raw) => void (id = new DataView(raw.buffer).getUint32(raw.indexOf(0x44) + 2));
  a.asker.ask(1, { name: 'q', payload: null });
  expect(id).toBeGreaterThan(0);
  for (let index = 0; index < 1_000; index += 1) {
    a.asker.receiveResponse({ ltime: 1, id, from: `invented ${index}`, flags: 0, payload: hello });
  }
  a.asker.receiveResponse({ ltime: 1, id, from: '', flags: 1, payload: null });
  expect(a.eventsOf('query-response')).toHaveLength(2 + queryLimits.lateAnswersMax);
  expect(a.eventsOf('query-ack')).toEqual([]);
  pool.runUntil(10_000);
  expect(a.eventsOf('query-done')[0]!.summary.droppedCount).toBe(1_000 - 66 + 1);
});

test('what cannot be asked is said with its limit', () => {
  const pool = new QueryPool();
  const old = pool.add('old', { config: { protocolVersion: 3 } });
  const a = pool.add('a');
  const big = new Uint8Array(1_024);
  expect(() => old.asker.ask(1, { name: 'q', payload: null })).toThrow(/^Feature not supported \(/);
  expect(() => a.asker.ask(1, { name: 'q', payload: big })).toThrow(/^query exceeds limit of 1024 bytes \(/);
  expect(() => a.asker.ask(1, { name: 'q', payload: null, timeoutMs: -1 })).toThrow(/-1 ms/);
  expect(() => a.asker.ask(1, { name: 'q', payload: null, timeoutMs: Number.NaN })).toThrow(/NaN ms/);
  expect(() => a.asker.ask(1, { name: 'q', payload: null, relayFactor: 256 })).toThrow(/relay factor is 256/);
  expect(a.asker.openCount).toBe(0);
  expect(a.queryClock.time).toBe(1);
});

test('names that Serf keeps for itself cannot be asked, but for a ping without payload', () => {
  const pool = poolOf('a');
  const a = pool.nodes.get('a')!;
  const text = "Queries cannot contain the '_serf_' prefix";
  expect(() => a.asker.ask(1, { name: '_serf_list-keys', payload: null })).toThrow(text);
  expect(() => a.asker.ask(1, { name: '_serf_ping', payload: nothing })).toThrow(text);
  a.asker.ask(2, { name: '_serf_ping', payload: null, requestAck: true });
  expect(a.eventsOf('query-ack')).toEqual([{ type: 'query-ack', request: 2, from: 'a' }]);
  expect(a.eventsOf('query')).toEqual([]);
});

test('only so many queries are open at once', () => {
  const pool = poolOf('a');
  const a = pool.nodes.get('a')!;
  for (let request = 0; request < queryLimits.openMax; request += 1) a.asker.ask(request, { name: 'q', payload: null });
  expect(() => a.asker.ask(-1, { name: 'q', payload: null })).toThrow(/1024 queries are open/);
  a.asker.abandon(3);
  a.asker.ask(-1, { name: 'q', payload: null });
});

test('a node that stops ends its queries with what it knows', () => {
  const pool = poolOf('a', 'b');
  const a = pool.nodes.get('a')!;
  a.asker.ask(1, { name: 'q', payload: null, requestAck: true });
  a.asker.stop();
  expect(a.eventsOf('query-done')[0]!.summary).toMatchObject({ acked: ['a'], silent: ['b'] });
  pool.runUntil(10_000);
  expect(a.eventsOf('query-done')).toHaveLength(1);
});
