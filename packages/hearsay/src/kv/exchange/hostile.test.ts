import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExchangePool, type PoolNode } from '../../../../../test/support/exchange-pool.ts';
import { bytes } from '../../../../../test/support/kv-node.ts';
import type { DeltaPiece, DigestPart, KvMessage, Summary } from '../protocol.ts';
import { kvLimits } from '../limits.ts';
import { streamKeyOf } from '../stream.ts';
import { exchangeLimits } from './limits.ts';

const zeroHash = { high: 0, low: 0 };
const summary: Summary = {
  type: 'summary',
  session: 1,
  from: 'b',
  laneHashes: [zeroHash, zeroHash, zeroHash],
  limitsHash: 0,
  clockMs: 0,
  receipts: [],
};
const delta: DeltaPiece = {
  type: 'delta',
  session: 1,
  from: 'b',
  piece: 0,
  pieceCount: 1,
  isStaged: false,
  owners: new Map(),
  entries: [],
};
const digest: DigestPart = {
  type: 'digest',
  session: 1,
  from: 'b',
  lane: 0,
  isAnswer: false,
  wantsResync: false,
  part: 0,
  partCount: 1,
  laneHash: zeroHash,
  buckets: [],
};

/** A node that has something, and what it counts when messages of `b` arrive. */
function victim(): { pool: ExchangePool; a: PoolNode; receive: (...messages: KvMessage[]) => void } {
  const pool = new ExchangePool();
  const a = pool.add('a');
  a.put('x');
  const receive = (...messages: KvMessage[]): void => {
    for (const message of messages) a.exchange.receive(message, { name: 'b' });
  };
  return { pool, a, receive };
}

/** A staged piece of one entry that nobody has. */
function frame(session: number, piece: number, valueBytes: number): DeltaPiece {
  const owner = { node: 'b', generation: '0000000000000001' };
  const stream = streamKeyOf(owner, 0);
  const entry = {
    lane: 0,
    key: `key-${piece}`,
    kind: 'put',
    value: new Uint8Array(valueBytes),
    stream,
    version: piece + 1,
    ttlMs: 0,
    ageMs: 0,
    stamp: { epoch: 0, ms: 1, counter: 0 },
    orig: undefined,
    adopt: 0,
    parent: undefined,
  } as const;
  return {
    ...delta,
    session,
    piece,
    pieceCount: 2_000,
    isStaged: true,
    owners: new Map([[stream, owner]]),
    entries: [entry],
  };
}

test.each<[string, KvMessage]>([
  ['a delta', delta],
  ['a digest', digest],
  ['an answer', { ...digest, isAnswer: true }],
  ['an equal', { type: 'equal', session: 1, from: 'b', receipts: [] }],
  ['buckets', { type: 'buckets', session: 1, from: 'b', lanes: [], receipts: [] }],
  ['a busy', { type: 'busy', session: 1, from: 'b', retryMs: 1e9 }],
])('%s of no open session is dropped', (_, message) => {
  const { a, receive, pool } = victim();
  receive(message);
  expect(a.exchange.stats.stray).toBe(1);
  expect(pool.sent).toEqual([]);
  expect(a.exchange.openCount).toBe(0);
});

test('a summary whose number is not one that its sender may choose is dropped', () => {
  const { a, receive } = victim();
  receive({ ...summary, session: 2 });
  expect(a.exchange.stats).toMatchObject({ invalid: 1, answered: 0 });
});

test('no more than 64 sessions of others are open, and all of them are forgotten after five seconds', () => {
  const { a, receive, pool } = victim();
  for (let index = 0; index < 100; index += 1) receive({ ...summary, session: index * 2 + 1 });
  expect(a.exchange.openCount).toBe(64);
  expect(a.exchange.stats.tooMuch).toBe(36);
  pool.runForMs(exchangeLimits.sessionMs + 1_000);
  expect(a.exchange.openCount).toBe(0);
  expect(pool.timers.armedCount).toBe(0);
});

test('a question or an answer that does not add up to the hash of its lane is not listened to', () => {
  const { a, receive, pool } = victim();
  receive(summary, { ...digest, buckets: [{ bucket: 3, rows: [] }], laneHash: { high: 1, low: 2 } });
  expect(a.exchange.stats.invalid).toBe(1);
  expect(pool.sent.map(({ message }) => message.type)).toEqual(['buckets']);
});

const row = ['0c00000000000000', { prefix: 1, extras: [], gcLine: 0 }] as const;

test.each<[string, Partial<DigestPart>[]]>([
  ['a row in a bucket that is not its own', [{ buckets: [{ bucket: 4, rows: [row] }] }]],
  [
    'a bucket twice in one part',
    [
      {
        buckets: [
          { bucket: 3, rows: [] },
          { bucket: 3, rows: [row] },
        ],
      },
    ],
  ],
  [
    'a bucket in two parts',
    [
      { partCount: 2, buckets: [{ bucket: 3, rows: [] }] },
      { partCount: 2, part: 1, buckets: [{ bucket: 3, rows: [row] }] },
    ],
  ],
  ['a part beyond the count', [{ part: 1 }]],
  ['more parts than buckets', [{ partCount: 65 }]],
  ['parts that say different counts', [{ partCount: 2 }, { partCount: 3, part: 1 }]],
  ['parts that say different hashes', [{ partCount: 2 }, { partCount: 2, part: 1, laneHash: { high: 1, low: 1 } }]],
  ['an answer from the one who asks', [{ isAnswer: true }]],
])('%s is dropped', (_, parts) => {
  const { a, receive } = victim();
  receive(summary, ...parts.map((part) => ({ ...digest, ...part })));
  expect(a.exchange.stats.invalid).toBe(1);
});

test('a piece beyond its count, of another count or of another kind is dropped', () => {
  const { a, receive } = victim();
  receive(summary, { ...delta, piece: 2, pieceCount: 2 });
  receive(
    { ...delta, pieceCount: 3 },
    { ...delta, piece: 1, pieceCount: 4 },
    { ...delta, piece: 1, pieceCount: 3, isStaged: true },
  );
  receive({ ...summary, session: 3 }, { ...delta, session: 3, pieceCount: 2 ** 40 });
  expect(a.exchange.stats.invalid).toBe(4);
});

test('what waits is bounded in bytes, of all sessions together, and a session that goes beyond is over', () => {
  const pool = new ExchangePool();
  const a = pool.add('a', { parts: { limits: { heldMaxBytes: 100_000 } } });
  a.put('x');
  a.exchange.receive(summary, { name: 'b' });
  for (let piece = 0; piece < 20; piece += 1) {
    a.exchange.receive(frame(1, piece, 10_000), { name: 'b' });
    expect(a.exchange.heldBytes).toBeLessThanOrEqual(100_000);
  }
  expect(a.exchange.stats.tooMuch).toBe(1);
  expect(a.exchange.heldBytes).toBe(0);
  expect(a.transfers.map(({ state }) => state)).toEqual(['started', 'dropped']);
});

test('the hard limits of a whole map and of all rows fit into what may wait', () => {
  const entryCount = kvLimits.sharedKeysMax + kvLimits.sharedTombstonesMax;
  const rowCount = kvLimits.streamsMax + kvLimits.retiredMax;
  expect(exchangeLimits.heldMaxBytes).toBe(kvLimits.sharedMaxBytes + 64 * entryCount + 128 * rowCount);
});

test('only one transfer is taken in at a time, and who is second is told so at each frame', () => {
  const { a, pool } = victim();
  for (const from of ['b', 'c']) {
    a.exchange.receive({ ...summary, from }, { name: from });
    for (let piece = 0; piece < 3; piece += 1) a.exchange.receive(frame(1, piece, 10), { name: from });
  }
  const busy = pool.sent.filter(({ message }) => message.type === 'busy');
  expect(busy.map(({ to }) => to)).toEqual(['c', 'c', 'c']);
  expect(a.transfers).toHaveLength(1);
});

test('a peer cannot make itself passed over for more than a minute', () => {
  const { a, pool } = victim();
  const b = pool.add('b');
  pool.passes = ({ from, message }) => from === 'a' || message.type === 'buckets';
  a.ask(b);
  pool.runForMs(100);
  a.exchange.receive({ type: 'busy', session: lastSession(pool), from: 'b', retryMs: 2 ** 50 }, { name: 'b' });
  pool.passes = () => true;
  a.ask(b);
  pool.runForMs(100);
  expect(b.get('x')).toBeUndefined();
  pool.runForMs(61_000);
  a.ask(b);
  pool.runForMs(100);
  expect(b.get('x')).toBe('x');
});

test('no message, however wrong, makes an exchange throw, hang or hold what is never released', () => {
  const numbers = fc.oneof(fc.nat(3), fc.nat(70), fc.nat(2 ** 31));
  const change = fc.record(
    {
      session: numbers,
      part: numbers,
      partCount: numbers,
      piece: numbers,
      pieceCount: numbers,
      lane: fc.nat(2),
      isStaged: fc.boolean(),
      isAnswer: fc.boolean(),
      wantsResync: fc.boolean(),
      laneHash: fc.constant(zeroHash),
      retryMs: numbers,
    },
    { requiredKeys: [] },
  );
  const step = fc.record({ which: fc.nat(40), change, isToA: fc.boolean(), waitMs: fc.nat(2_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(1_000), (steps, seed) => {
      const pool = new ExchangePool(seed);
      const [a, b] = [
        pool.add('a', { parts: { limits: { packetsMaxBytes: 300, frameMaxBytes: 200 } } }),
        pool.add('b'),
      ];
      for (let index = 0; index < 10; index += 1) a.put(`key-${index}`);
      a.state.owned.set('k', bytes('v'));
      b.put('y');
      a.ask(b);
      for (const { which, change, isToA, waitMs } of steps) {
        const { message } = pool.sent[which % pool.sent.length]!;
        // Fields that the type does not have do no harm, and those that no decoder lets through are worth a try.
        const wrong = { ...message, ...change } as KvMessage;
        (isToA ? a : b).exchange.receive(wrong, { name: isToA ? 'b' : 'a' });
        pool.runForMs(waitMs);
        if (waitMs % 3 === 0) b.ask(a);
      }
      pool.runForMs(60_000);
      expect([a, b].map(({ exchange }) => exchange.openCount + exchange.heldBytes)).toEqual([0, 0]);
    }),
    { numRuns: 200 },
  );
});

function lastSession(pool: ExchangePool): number {
  const { message } = pool.sent.at(-1)!;
  return 'session' in message ? message.session : 0;
}
