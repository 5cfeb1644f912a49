import { expect, test } from 'vitest';
import { ExchangePool, isAgreed, type PoolNode } from '../../../../../test/support/exchange-pool.ts';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { kvLimits } from '../limits.ts';

const mibBytes = 1_048_576;

function full(pool: ExchangePool, name: string, keyCount: number, valueBytes: number): PoolNode {
  const node = pool.add(name);
  const value = 'x'.repeat(valueBytes);
  for (let index = 0; index < keyCount; index += 1) node.put(`key-${index}`, value);
  return node;
}

/** How many keys the node shows whenever something has changed. */
function countsSeen(pool: ExchangePool, node: PoolNode, durationMs: number): Set<number> {
  const counts = new Set<number>();
  for (let ms = 0; ms < durationMs; ms += 10) {
    pool.runForMs(10);
    counts.add(node.countKeys());
  }
  return counts;
}

test('an empty node that joins shows everything in one step', () => {
  const pool = new ExchangePool();
  pool.network = { loss: 0, duplicates: 0.2, delayMs: [1, 80] };
  const [full1, full2, joiner] = [full(pool, 'full-1', 3_000, 100), pool.add('full-2'), pool.add('joiner')];
  full2.ask(full1);
  pool.runForMs(2_000);
  joiner.ask(full1);
  joiner.ask(full2);
  expect(countsSeen(pool, joiner, 3_000)).toEqual(new Set([0, 3_000]));
  // The second was told that the first is at it.
  expect(joiner.transfers.filter(({ state }) => state === 'started')).toHaveLength(1);
  expect(joiner.transfers.at(-1)).toMatchObject({ direction: 'in', kind: 'delta', state: 'done', entryCount: 3_000 });
});

test('a node that is behind shows what a resync brings in one step', () => {
  const pool = new ExchangePool();
  const [a, b] = [full(pool, 'a', 4_000, 100), pool.add('b')];
  b.ask(a);
  pool.runForMs(2_000);
  for (let index = 0; index < 500; index += 1) a.state.shared.delete(`key-${index}`);
  for (let index = 0; index < 500; index += 1) a.state.shared.dropTombstone(`key-${index}`);
  b.ask(a);
  expect(countsSeen(pool, b, 1_000)).toEqual(new Set([4_000, 3_500]));
  expect(b.transfers.at(-1)).toMatchObject({ direction: 'in', kind: 'resync', state: 'done', entryCount: 3_500 });
  expect(isAgreed([a, b])).toBe(true);
});

test('frames keep the pace of 1 MiB a second, all transfers together', () => {
  const pool = new ExchangePool();
  const source = full(pool, 'source', 4_000, 500);
  const [b, c] = [pool.add('b'), pool.add('c')];
  b.ask(source);
  c.ask(source);
  pool.runForMs(10_000);
  expect(isAgreed([source, b, c])).toBe(true);
  const frames = pool.sent.filter(({ from, message }) => from === 'source' && message.type === 'delta');
  const byteCount = frames.reduce((sum, frame) => sum + frame.byteCount, 0);
  expect(byteCount).toBeGreaterThan(3 * mibBytes);
  const tookMs = frames.at(-1)!.atMs - frames[0]!.atMs;
  expect(tookMs).toBeGreaterThan(((byteCount - 2 * 65_536) / mibBytes) * 1_000);
  expect(tookMs).toBeLessThan((byteCount / mibBytes) * 1_100);
  // In turn, so that neither waits for the other.
  expect(new Set(frames.slice(2, 6).map(({ to }) => to)).size).toBe(2);
});

test('a process that wakes late for every frame keeps the pace all the same', () => {
  const pool = new ExchangePool();
  const source = full(pool, 'source', 8_000, 500);
  const joiner = pool.add('joiner');
  joiner.ask(source);
  while (joiner.countKeys() === 0 && pool.clock.nowMs < 20_000) {
    // A frame of 64 KiB is sent in 62.5 ms.
    pool.clock.advanceTo(pool.clock.nowMs + 90);
    pool.timers.fireDue(pool.clock.nowMs);
  }
  const frames = pool.sent.filter(({ message }) => message.type === 'delta');
  const byteCount = frames.reduce((sum, frame) => sum + frame.byteCount, 0);
  const tookMs = frames.at(-1)!.atMs - frames[0]!.atMs;
  expect(tookMs).toBeGreaterThan(((byteCount - 2 * 65_536) / mibBytes) * 1_000);
  expect(tookMs).toBeLessThan((byteCount / mibBytes) * 1_100);
});

test('two are served at once, others are told when to ask again', () => {
  const pool = new ExchangePool();
  const source = full(pool, 'source', 4_000, 500);
  const others = ['b', 'c', 'd'].map((name) => pool.add(name));
  for (const other of others) other.ask(source);
  pool.runForMs(200);
  expect(source.transfers.filter(({ state }) => state === 'started')).toHaveLength(2);
  const busy = pool.sent.filter(({ message }) => message.type === 'busy').map(({ message }) => message);
  expect(busy).toHaveLength(1);
  const retryMs = busy[0]?.type === 'busy' ? busy[0].retryMs : 0;
  expect(retryMs).toBeGreaterThan(2_000);
  expect(retryMs).toBeLessThan(6_000);
  // Until then it is not asked about the shared lane.
  others[2]!.ask(source);
  pool.runForMs(200);
  expect(pool.sent.filter(({ from, message }) => from === 'd' && message.type === 'digest')).toHaveLength(1);
  pool.runForMs(retryMs);
  others[2]!.ask(source);
  pool.runForMs(5_000);
  expect(isAgreed([source, ...others])).toBe(true);
});

test('a frame that is lost spoils the transfer and nothing else, and the next one brings all', () => {
  const pool = new ExchangePool();
  const [a, b] = [full(pool, 'a', 3_000, 100), pool.add('b')];
  pool.passes = ({ message }) => !(message.type === 'delta' && message.piece === 2);
  b.ask(a);
  expect(countsSeen(pool, b, 2_000)).toEqual(new Set([0]));
  expect(b.exchange.isReceiving).toBe(true);
  expect(b.exchange.heldBytes).toBeGreaterThan(200_000);
  pool.passes = () => true;
  pool.runForMs(40_000);
  expect(b.transfers.at(-1)).toMatchObject({ direction: 'in', state: 'dropped' });
  expect(b.exchange.heldBytes).toBe(0);
  b.ask(a);
  pool.runForMs(2_000);
  expect(isAgreed([a, b])).toBe(true);
});

test('a transfer whose sender has died makes room for another after five seconds', () => {
  const pool = new ExchangePool();
  const [a, b, c] = [full(pool, 'a', 3_000, 100), pool.add('b'), full(pool, 'c', 3_000, 100)];
  b.ask(a);
  pool.runForMs(100);
  a.exchange.stop();
  pool.runForMs(1_000);
  c.ask(b);
  pool.runForMs(1_000);
  expect(b.view()).toEqual({});
  pool.runForMs(4_000);
  c.ask(b);
  pool.runForMs(2_000);
  expect(Object.keys(b.view())).toHaveLength(3_000);
});

test('a restart in the middle of a transfer leaves nothing behind, and nothing of the old life is taken', () => {
  const pool = new ExchangePool();
  const [a, b] = [full(pool, 'a', 3_000, 100), pool.add('b')];
  b.ask(a);
  pool.runForMs(150);
  b.restart();
  pool.runForMs(3_000);
  expect(b.view()).toEqual({});
  expect(b.exchange.heldBytes).toBe(0);
  expect(b.exchange.stats.stray).toBeGreaterThan(0);
});

test('the budget for streams can hold a transfer up, and does not end it', () => {
  const pool = new ExchangePool();
  const [a, b] = [full(pool, 'a', 2_000, 100), pool.add('b')];
  a.budgetBytes = 100_000;
  b.ask(a);
  pool.runForMs(4_000);
  expect(b.view()).toEqual({});
  a.budgetBytes = Infinity;
  pool.runForMs(1_000);
  expect(isAgreed([a, b])).toBe(true);
});

test('a resync of which an entry is refused does not come again at once', () => {
  const pool = new ExchangePool();
  const [a, b] = [full(pool, 'a', 1_000, 100), pool.add('b')];
  b.ask(a);
  pool.runForMs(1_000);
  a.state.shared.delete('key-0');
  a.state.shared.dropTombstone('key-0');
  a.skewMs = 8_000;
  a.put('early');
  for (let second = 0; second < 5; second += 1) {
    b.ask(a);
    pool.runForMs(1_000);
  }
  expect(b.countKeys()).toBe(1_000);
  expect(a.transfers.filter(({ kind, state }) => kind === 'resync' && state === 'started')).toHaveLength(1);
  pool.runForMs(1_000);
  b.ask(a);
  pool.runForMs(1_000);
  expect(isAgreed([a, b])).toBe(true);
});

test('much of owned lanes comes by stream too, each stream of it for itself', () => {
  const pool = new ExchangePool();
  const [a, b] = [pool.add('a'), pool.add('b')];
  for (let index = 0; index < 300; index += 1) {
    const node = pool.add(`node-${index}`);
    for (let key = 0; key < 10; key += 1) node.state.owned.set(`key-${key}`, bytes('x'.repeat(100)));
    a.state.owned.applyDelta(node.state.owned.deltaFor(a.state.owned.digest()));
  }
  b.ask(a);
  const counts = countsSeen(pool, b, 2_000);
  expect(counts.size).toBeGreaterThan(3);
  expect(isAgreed([a, b])).toBe(true);
  expect(pool.sent.filter(({ message }) => message.type === 'owned').every(({ byteCount }) => byteCount < 66_000)).toBe(
    true,
  );
});

test('a value of the largest size travels', () => {
  const pool = new ExchangePool();
  const [a, b] = [pool.add('a', { config: { sharedValueMaxBytes: kvLimits.sharedValueMaxBytes } }), pool.add('b')];
  a.put('large', 'x'.repeat(kvLimits.sharedValueMaxBytes));
  a.put('small');
  b.ask(a);
  pool.runForMs(1_000);
  expect(b.state.shared.get('large')?.value.length).toBe(kvLimits.sharedValueMaxBytes);
  expect(b.get('small')).toBe('small');
});

test('a transfer waits for a receiver that may not be sent state for a while, and loses nothing', () => {
  const pool = new ExchangePool();
  let isOpen = true;
  const source = pool.add('source', { parts: { isOpenTo: ({ name }) => isOpen || name !== 'b' } });
  for (let index = 0; index < 4_000; index += 1) source.put(`key-${index}`, 'x'.repeat(500));
  const [b, c] = [pool.add('b'), pool.add('c')];
  const framesTo = (name: string): number =>
    pool.sent.filter(({ to, message }) => to === name && message.type === 'delta').length;
  b.ask(source);
  c.ask(source);
  pool.runForMs(1_000);
  isOpen = false;
  const before = framesTo('b');
  expect(before).toBeGreaterThan(2);
  pool.runForMs(6_000);
  // The other one is not kept waiting.
  expect([framesTo('b'), c.countKeys()]).toEqual([before, 4_000]);
  isOpen = true;
  pool.runForMs(6_000);
  expect(b.countKeys()).toBe(4_000);
  expect(b.transfers.map(({ state }) => state)).toEqual(['started', 'done']);
});
