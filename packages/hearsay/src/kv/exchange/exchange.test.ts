import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExchangePool, isAgreed, type PoolNode } from '../../../../../test/support/exchange-pool.ts';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { kvLimits } from '../limits.ts';
import { newGeneration } from '../stream.ts';

const packetMaxBytes = 1_350;

function pair(seed?: number): { pool: ExchangePool; a: PoolNode; b: PoolNode } {
  const pool = new ExchangePool(seed);
  return { pool, a: pool.add('a'), b: pool.add('b') };
}

/** What one session between the two takes and says. */
function meet(pool: ExchangePool, asker: PoolNode, answerer: PoolNode): string[] {
  const before = pool.sent.length;
  asker.ask(answerer);
  pool.runForMs(100);
  return pool.sent.slice(before).map(({ from, message }) => `${from} ${message.type}`);
}

test('two nodes that have the same find that out in 150 bytes, whatever they have', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.stringMatching(/^[a-z]{1,8}$/)), { maxLength: 30 }), (writes) => {
      const pool = new ExchangePool();
      const [a, b] = [pool.add('a-node-with-a-name'), pool.add('b-node-with-a-name')];
      for (const [lane, key] of writes) {
        if (lane === 0) a.put(key);
        else (lane === 1 ? a.state.owned : a.state.telemetry).set(key, bytes(key));
      }
      meet(pool, a, b);
      pool.sent.length = 0;
      meet(pool, b, a);
      expect(pool.sent.map(({ message }) => message.type)).toEqual(['summary', 'equal']);
      expect(pool.sent.reduce((sum, { byteCount }) => sum + byteCount, 0)).toBeLessThanOrEqual(150);
    }),
    { numRuns: 30 },
  );
});

test('one session gives both sides what they lack, in all lanes, and is then over on both', () => {
  const { pool, a, b } = pair();
  a.put('from a');
  b.put('from b');
  a.state.owned.set('version', bytes('1'));
  b.state.owned.set('version', bytes('2'));
  b.state.telemetry.set('load', bytes('0.5'));
  meet(pool, a, b);
  expect(a.view()).toEqual({
    'from a': 'from a',
    'from b': 'from b',
    'own a version': '1',
    'own b version': '2',
    'telemetry b load': '0.5',
  });
  expect(isAgreed([a, b])).toBe(true);
  expect([a, b].map(({ exchange }) => exchange.openCount + exchange.heldBytes)).toEqual([0, 0]);
});

test('a deletion that one side has forgotten comes back to neither, as who is behind is resynced', () => {
  const { pool, a, b } = pair();
  a.put('x');
  meet(pool, a, b);
  b.state.shared.delete('x');
  b.state.shared.dropTombstone('x');
  a.put('y');
  const messages = meet(pool, a, b);
  expect(messages).toContain('b resync');
  // As it was behind, nobody would have listened.
  expect(messages).not.toContain('a delta');
  expect(a.view()).toEqual({ y: 'y' });
  meet(pool, a, b);
  expect(b.view()).toEqual({ y: 'y' });
  expect([a, b].map(({ exchange }) => exchange.openCount)).toEqual([0, 0]);
});

test('two sides that have both forgotten deletions resync one another in one session', () => {
  const { pool, a, b } = pair();
  a.put('x');
  b.put('y');
  meet(pool, a, b);
  a.state.shared.delete('y');
  b.state.shared.delete('x');
  a.state.shared.dropTombstone('y');
  b.state.shared.dropTombstone('x');
  a.put('of a');
  b.put('of b');
  meet(pool, a, b);
  meet(pool, b, a);
  expect(a.view()).toEqual({ 'of a': 'of a', 'of b': 'of b' });
  expect(isAgreed([a, b])).toBe(true);
});

test('nobody gives a delta after it has forgotten a deletion in the middle of the session', () => {
  const { pool, a, b } = pair();
  a.put('x');
  meet(pool, a, b);
  a.put('new');
  a.state.shared.delete('x');
  pool.passes = ({ from, message }) => {
    if (from === 'b' && message.type === 'digest') a.state.shared.dropTombstone('x');
    return true;
  };
  expect(meet(pool, a, b)).not.toContain('a delta');
  expect(b.get('new')).toBeUndefined();
  meet(pool, a, b);
  expect(b.view()).toEqual({ new: 'new' });
});

test('a node away for too long takes nothing but a resync, and gives nothing before', () => {
  const pool = new ExchangePool();
  let mustResync = true;
  const a = pool.add('a', {
    parts: {
      mustResync: () => mustResync,
      onResynced: () => {
        mustResync = false;
      },
    },
  });
  const b = pool.add('b');
  a.put('old');
  b.put('new');
  // Nobody can ask it.
  expect(meet(pool, b, a)).not.toContain('b delta');
  expect(meet(pool, b, a)).not.toContain('a delta');
  pool.runForMs(2_000);
  expect(meet(pool, a, b)).toContain('b resync');
  expect(mustResync).toBe(false);
  expect(a.view()).toEqual({ old: 'old', new: 'new' });
  expect(b.view()).toEqual({ new: 'new' });
  meet(pool, b, a);
  expect(isAgreed([a, b])).toBe(true);
  mustResync = true;
  expect(meet(pool, b, a)).toEqual(['b summary', 'a equal']);
  expect(mustResync).toBe(false);
});

test('a stream that fades makes nobody behind, fades wherever it is over, and is learnt by nobody', () => {
  const { pool, a, b } = pair();
  const gone = pool.add('gone');
  gone.put('x');
  meet(pool, gone, a);
  gone.state.shared.delete('x');
  meet(pool, gone, a);
  meet(pool, a, b);
  const stream = gone.state.shared.ownStream;
  for (const { state } of [a, b]) {
    state.shared.dropTombstone('x');
    state.shared.retire(stream);
  }
  // All nodes come to this at their own time.
  expect(a.state.shared.fadeStream(stream)).toBe(true);
  const newcomer = pool.add('newcomer');
  for (const asker of [a, b]) {
    a.put(`${asker.name} asks`);
    const messages = meet(pool, asker, asker === a ? b : a);
    expect(messages.filter((line) => line.endsWith('resync'))).toEqual([]);
  }
  expect(isAgreed([a, b])).toBe(true);
  expect(b.state.shared.digest().rows.get(stream)).toMatchObject({ prefix: 2, gcLine: 2, isFaded: true });
  expect(meet(pool, a, b)).toEqual(['a summary', 'b equal']);
  expect(meet(pool, newcomer, a)).not.toContain('a resync');
  expect(newcomer.state.shared.digest().rows.has(stream)).toBe(false);
  expect(meet(pool, newcomer, b)).toEqual(['newcomer summary', 'b equal']);
});

test('an entry beyond all ranges that are remembered is found though both have equal rows', () => {
  const { pool, a, b } = pair();
  const gone = pool.add('gone');
  // Every second write is lost, so that no more ranges find room, and the author is gone.
  for (let index = 0; index < kvLimits.extrasMax + 1; index += 1) {
    gone.put(`lost ${index}`);
    gone.put(`key ${index}`);
    const entry = gone.state.shared.get(`key ${index}`)!;
    a.state.shared.applyRumor(entry, gone.state.own);
    if (index < kvLimits.extrasMax) b.state.shared.applyRumor(entry, gone.state.own);
  }
  expect([...a.state.shared.digest().rows].at(-1)).toEqual([...b.state.shared.digest().rows].at(-1));
  expect(isAgreed([a, b])).toBe(false);
  meet(pool, a, b);
  expect(isAgreed([a, b])).toBe(true);
});

test('peers that know more of our stream than we do make us open a new generation', () => {
  const { pool, a, b } = pair();
  const old = pool.add('old');
  old.put('x');
  meet(pool, old, a);
  meet(pool, a, b);
  pool.nodes.delete('old');
  // The same node, which has lost what it wrote: the same generation, and no versions.
  const again = pool.add('old');
  meet(pool, again, b);
  expect(again.events.map(({ type }) => type)).toContain('own-stream-ahead');
  again.put('y');
  meet(pool, again, b);
  meet(pool, again, b);
  expect(again.view()).toEqual({ x: 'x', y: 'y' });
  expect(b.view()).toEqual({ x: 'x', y: 'y' });
});

test('an owner whose stream was given up is told, with the peer it came from', () => {
  const { pool, a, b } = pair();
  b.state.owned.set('version', bytes('1'));
  meet(pool, a, b);
  a.state.forgetMember('b');
  meet(pool, a, b);
  expect(a.refusals).toMatchObject([{ lane: 1, author: 'b', from: 'b', reason: 'retired', aheadMs: 0 }]);
  b.state.openGeneration(newGeneration(pool.wallMs, 1));
  meet(pool, a, b);
  expect(a.view()).toEqual({ 'own b version': '1' });
});

test('an entry of a clock too far ahead is refused, offered again, and taken when its time has come', () => {
  const { pool, a, b } = pair();
  a.skewMs = 8_000;
  a.put('early');
  b.put('other');
  meet(pool, a, b);
  expect(b.get('early')).toBeUndefined();
  expect(a.get('other')).toBe('other');
  expect(b.refusals).toMatchObject([{ lane: 0, key: 'early', author: 'a', from: 'a', reason: 'clock-ahead' }]);
  expect(b.refusals[0]!.aheadMs).toBeGreaterThan(7_000);
  pool.runForMs(3_000);
  meet(pool, a, b);
  expect(b.get('early')).toBe('early');
});

test('without a budget nothing is sent, and with a small one only what it pays for', () => {
  const { pool, a, b } = pair();
  a.budgetBytes = 0;
  expect(meet(pool, a, b)).toEqual([]);
  for (let index = 0; index < 40; index += 1) a.put(`key ${index}`, 'x'.repeat(100));
  a.budgetBytes = 3_000;
  meet(pool, b, a);
  const taken = Object.keys(b.view()).length;
  expect(taken).toBeGreaterThan(5);
  expect(taken).toBeLessThan(40);
  a.budgetBytes = Infinity;
  pool.runForMs(6_000);
  meet(pool, b, a);
  expect(isAgreed([a, b])).toBe(true);
});

test('no packet is above its limit, and what must be longer goes by stream', () => {
  const { pool, a, b } = pair();
  for (let index = 0; index < 60; index += 1) {
    a.put(`shared ${index}`, 'x'.repeat(index * 40));
    pool.add(`node ${index}`).state.owned.set('about', bytes('x'.repeat(index * 60)));
    meet(pool, pool.nodes.get(`node ${index}`)!, a);
    pool.runForMs(1_000);
  }
  meet(pool, a, b);
  pool.runForMs(1_000);
  expect(isAgreed([a, b])).toBe(true);
  for (const { channel, byteCount } of pool.sent) {
    if (channel === 'packet') expect(byteCount).toBeLessThanOrEqual(packetMaxBytes);
  }
  expect(pool.sent.some(({ channel }) => channel === 'stream')).toBe(true);
});

test('of an owned lane at most four packets of rows are asked about, and all buckets have their turn', () => {
  const { pool, a, b } = pair();
  for (let index = 0; index < 800; index += 1) {
    const node = pool.add(`node-${index}`);
    node.state.telemetry.set('load', bytes('1'));
    a.state.telemetry.applyDelta(node.state.telemetry.deltaFor(a.state.telemetry.digest()));
    b.state.telemetry.applyDelta(node.state.telemetry.deltaFor(b.state.telemetry.digest()));
    node.state.telemetry.set('load', bytes('2'));
    b.state.telemetry.applyDelta(node.state.telemetry.deltaFor(b.state.telemetry.digest()));
  }
  for (let session = 1; ; session += 1) {
    const questions = meet(pool, a, b).filter((line) => line === 'a digest');
    expect(questions.length).toBeLessThanOrEqual(4);
    pool.runForMs(2_000);
    if (questions.length === 0) break;
    expect(session).toBeLessThan(6);
  }
  expect(Object.values(a.view())).toEqual(Array.from({ length: 800 }, () => '2'));
});

test('every node learns what its peers cover: that is what receipts and lag are made of', () => {
  const pool = new ExchangePool();
  const seen: string[] = [];
  const a = pool.add('a', {
    parts: {
      onPeerRows: (peer, lane, rows) => {
        const stream = lane === 0 ? a.state.shared.ownStream : a.state.owned.ownStream;
        seen.push(`${peer.name} ${lane} ${rows(stream)?.prefix}`);
      },
    },
  });
  const b = pool.add('b');
  a.put('x');
  a.state.owned.set('x', bytes('x'));
  meet(pool, a, b);
  expect(seen.filter((line) => !line.startsWith('b 2'))).toEqual(['b 0 0', 'b 1 0']);
  seen.length = 0;
  meet(pool, a, b);
  expect(seen.filter((line) => !line.startsWith('b 2'))).toEqual(['b 0 1', 'b 1 1']);
  seen.length = 0;
  a.state.telemetry.set('x', bytes('x'));
  meet(pool, b, a);
  expect(seen.filter((line) => !line.startsWith('b 2'))).toEqual(['b 0 1', 'b 1 1']);
});

test.each([
  ['a reliable network', { loss: 0, duplicates: 0, delayMs: [1, 1] }, 20],
  ['a network that loses, repeats and reorders', { loss: 0.2, duplicates: 0.2, delayMs: [1, 300] }, 60],
] as const)('forty nodes come to the same over %s', (_, network, roundsMax) => {
  const pool = new ExchangePool(7);
  const nodes = Array.from({ length: 40 }, (__, index) => pool.add(`node-${index}`));
  pool.network = network;
  nodes.forEach((node, index) => {
    node.put(`key ${index % 25}`, `${index}`);
    node.state.owned.set('index', bytes(`${index}`));
    node.state.telemetry.set('load', bytes('x'.repeat(200)));
  });
  pool.gossip(() => false, 3);
  for (const node of nodes.slice(0, 10)) node.state.shared.delete('key 1');
  nodes[3]!.restart();
  const rounds = pool.gossip(() => isAgreed(nodes), roundsMax);
  expect(rounds).toBeLessThanOrEqual(roundsMax);
  expect(nodes[0]!.get('key 1')).toBeUndefined();
  expect(Object.keys(nodes[0]!.view())).toHaveLength(24 + 80);
  pool.runForMs(40_000);
  expect(nodes.map(({ exchange }) => exchange.openCount + exchange.heldBytes)).toEqual(nodes.map(() => 0));
  expect(pool.timers.armedCount).toBe(0);
});
