import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PACKET_MS, QueryPool, strayQuery, type QueryNode } from '../../../../test/support/query-pool.ts';
import { ByteReader, ByteWriter, ClusterError } from '../util/index.ts';
import { decodeQueryResponse, encodeQuery } from './message-codec.ts';
import type { QueryMessage } from './messages.ts';
import { queryLimits } from './query-limits.ts';

const hello = Uint8Array.of(0x68, 0x69);

function lonelyNode(): { pool: QueryPool; node: QueryNode } {
  const pool = new QueryPool();
  return { pool, node: pool.add('self') };
}

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return error instanceof ClusterError ? `${error.code} ${error.message}` : String(error);
  }
  return 'done';
}

function receiveAll(node: QueryNode, ...queries: Partial<QueryMessage>[]): void {
  for (const changes of queries) node.answerer.receive({ ...strayQuery, ...changes });
}

test('a query is acknowledged to the address it names, and answered once', () => {
  const { pool, node } = lonelyNode();
  receiveAll(node, { flags: 1 });
  node.answerer.respond(1, hello);
  expect(pool.strays.map(({ to }) => to)).toEqual(['10.0.0.9:9', '10.0.0.9:9']);
  expect(pool.strays.map(({ message }) => decodeQueryResponse(new ByteReader(message.subarray(1))))).toEqual([
    { ltime: 1, id: 11, from: 'self', flags: 1, payload: null },
    { ltime: 1, id: 11, from: 'self', flags: 0, payload: hello },
  ]);
  expect(codeOf(() => node.answerer.respond(1, hello))).toBe(
    'ERR_QUERY_CLOSED failed to respond to key query: response already sent',
  );
});

test('an answer that is too long may be given again, shorter', () => {
  const { pool, node } = lonelyNode();
  receiveAll(node, {});
  expect(codeOf(() => node.answerer.respond(1, new Uint8Array(1_024)))).toBe(
    'ERR_RESPONSE_TOO_LARGE failed to respond to key query: response exceeds limit of 1024 bytes',
  );
  node.answerer.respond(1, hello);
  expect(pool.strays).toHaveLength(1);
});

test('an answer may come at the deadline, and not later', () => {
  const { pool, node } = lonelyNode();
  receiveAll(node, {}, { id: 12 });
  pool.runUntil(1_000);
  expect(codeOf(() => node.answerer.respond(1, hello))).toBe('done');
  pool.runUntil(1_000.5);
  const late = 'ERR_QUERY_CLOSED failed to respond to key query: response is past the deadline';
  expect(codeOf(() => node.answerer.respond(2, hello))).toBe(late);
  receiveAll(node, { id: 13 });
  expect(node.answerer.pendingCount).toBe(1);
  expect(codeOf(() => node.answerer.respond(2, hello))).toBe(late);
  expect(codeOf(() => node.answerer.respond(77, hello))).toMatch(/^ERR_QUERY_CLOSED/);
});

test('a query with a negative timeout is handed on, and over at once', () => {
  const { pool, node } = lonelyNode();
  receiveAll(node, { timeoutMs: -5 }, { id: 12, timeoutMs: 9e15 });
  expect(node.eventsOf('query').map(({ timeoutMs }) => timeoutMs)).toEqual([0, queryLimits.timeoutMaxMs]);
  pool.runUntil(1);
  expect(node.answerer.tryRespond(1, hello)).toBe('past-deadline');
});

test.each([
  ['no address', null],
  ['three bytes', Uint8Array.of(1, 2, 3)],
  ['multicast', Uint8Array.of(224, 0, 0, 1)],
])('a query that wants its answer sent to %s is handed on, but nothing is sent', (_what, addr) => {
  const { pool, node } = lonelyNode();
  receiveAll(node, { flags: 1, relayFactor: 3, addr });
  expect(node.eventsOf('query')).toHaveLength(1);
  expect(codeOf(() => node.answerer.respond(1, hello))).toMatch(/^ERR_ADDRESS/);
  expect(pool.strays).toEqual([]);
  expect(node.stats.queriesUnanswerable).toBe(1);
});

test('an empty filter, a cut one and one of an unknown kind match nothing', () => {
  const { node } = lonelyNode();
  const filters = [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(7, 0x90)];
  for (const [index, filter] of filters.entries()) {
    expect(node.answerer.receive({ ...strayQuery, id: index, filters: [filter] })).toBe(true);
  }
  expect(node.events).toEqual([]);
});

test('a Lamport time out of all reason is refused, and the clock stays', () => {
  const { node } = lonelyNode();
  expect(node.answerer.receive({ ...strayQuery, ltime: Number.MAX_SAFE_INTEGER })).toBe(false);
  expect(node.queryClock.time).toBe(1);
  expect(node.stats.queriesImplausible).toBe(1);
});

test('the clock follows also queries that are too old, and those that were seen', () => {
  const { node } = lonelyNode();
  receiveAll(node, { ltime: 600 }, { ltime: 600 }, { ltime: 1 });
  expect(node.queryClock.time).toBe(601);
  expect(node.stats).toMatchObject({ queriesDuplicate: 1, queriesTooOld: 1, queriesReceived: 1 });
});

test('queries that nobody answers are forgotten, the oldest first, when there are too many', () => {
  const { node } = lonelyNode();
  const count = queryLimits.pendingMax + 10;
  for (let index = 0; index < count; index += 1) receiveAll(node, { ltime: 1 + (index >> 8), id: index });
  expect(node.answerer.pendingCount).toBe(queryLimits.pendingMax);
  expect(node.stats.queriesForgotten).toBe(10);
  expect(node.answerer.tryRespond(10, hello)).toBe('past-deadline');
  expect(node.answerer.tryRespond(11, hello)).toBe('sent');
});

test('an answer to this node itself does not share memory with what was given', () => {
  const { pool, node } = lonelyNode();
  const payload = Uint8Array.of(1);
  node.asker.ask(1, { name: 'q', payload: null });
  node.answerer.respond(1, payload);
  payload[0] = 2;
  expect(node.eventsOf('query-response')[0]!.payload).toEqual(Uint8Array.of(1));
  expect(pool.strays).toEqual([]);
});

test('a query reaches everybody once, though everybody forwards it', () => {
  const pool = new QueryPool();
  for (const name of ['a', 'b', 'c', 'd', 'e']) pool.add(name);
  pool.nodes.get('a')!.asker.ask(1, { name: 'q', payload: null });
  pool.runUntil(5 * PACKET_MS);
  for (const node of pool.nodes.values()) {
    expect(node.eventsOf('query')).toHaveLength(1);
    expect(node.forwarded).toHaveLength(1);
  }
});

test('no query stops a node, whatever it holds', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null });
  const any = fc.record({
    ltime: fc.maxSafeNat(),
    id: fc.nat(),
    addr: bytes,
    port: fc.integer({ min: 0, max: 65_535 }),
    sourceNode: fc.string(),
    filters: fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 3 }),
    flags: fc.nat(4),
    relayFactor: fc.integer({ min: 0, max: 255 }),
    timeoutMs: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e13, max: 1e13 }),
    name: fc.constantFrom('q', '_serf_conflict', '_serf_install-key', '_serf_use-key', '_serf_list-keys', '_serf_x'),
    payload: bytes,
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 20 }), (queries) => {
      const pool = new QueryPool();
      const node = pool.add('self', { keys: [new Uint8Array(16)] });
      pool.add('other');
      for (const message of queries) {
        const writer = new ByteWriter();
        encodeQuery(writer, message);
        node.receive(writer.copy());
        pool.runUntil(pool.clock.nowMs + 1);
      }
      expect(node.answerer.pendingCount).toBeLessThanOrEqual(queries.length);
    }),
  );
});
