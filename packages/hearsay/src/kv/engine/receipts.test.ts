import { expect, test } from 'vitest';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';
import type { Receipt } from '../receipt.ts';

function tracked(receipt: Receipt | undefined): Receipt {
  if (receipt === undefined) throw new Error('not followed');
  return receipt;
}

test('a receipt tells who has a write, and names exactly the live members that do not', () => {
  const world = new KvWorld();
  const nodes = world.add(names(40), { gossip: { peersPerPeriod: 3 } });
  world.loss = 0.1;
  const paused = [nodes[7]!, nodes[21]!, nodes[33]!];
  for (const node of paused) node.isPaused = true;
  const receipt = tracked(nodes[0]!.kv.put('k', bytes('v'), { track: true }).receipt);
  expect(receipt.counts()).toMatchObject({ seen: 1 });
  expect(world.runUntil(() => receipt.counts().seen === 37, 10_000)).toBeLessThan(8_000);
  world.runForMs(3_000);
  expect(receipt.counts()).toEqual({ seen: 37, missing: ['n21', 'n33', 'n7'] });
  expect(receipt.outcome()).toBe('kept');
  for (const node of paused) node.isPaused = false;
  expect(world.runUntil(() => receipt.counts().missing.length === 0, 10_000)).toBeLessThan(8_000);
});

test('a member that fails is missing no longer, and one that comes is', () => {
  const world = new KvWorld();
  const nodes = world.add(names(5));
  nodes[4]!.isPaused = true;
  const receipt = tracked(nodes[0]!.kv.setOwn('k', bytes('v'), { track: true }).receipt);
  let changes = 0;
  receipt.onChange(() => (changes += 1));
  world.runForMs(5_000);
  expect(receipt.counts()).toEqual({ seen: 4, missing: ['n4'] });
  const before = changes;
  world.tell('failed', 'n4');
  expect(changes).toBe(before + 1);
  expect(receipt.counts()).toEqual({ seen: 4, missing: [] });
  world.add(['n9']);
  expect(receipt.counts()).toEqual({ seen: 4, missing: ['n9'] });
  world.runForMs(10_000);
  expect(receipt.counts()).toEqual({ seen: 5, missing: [] });
});

test('nodes that number members differently tell names', () => {
  const world = new KvWorld();
  const nodes = world.add(names(8));
  // One of them does not know what all others do: that somebody has failed.
  const { member } = nodes[7]!;
  nodes[7]!.isPaused = true;
  for (const node of nodes.slice(1, 7)) node.kv.onMemberEvent({ type: 'failed', member });
  const receipt = tracked(nodes[0]!.kv.put('k', bytes('v'), { track: true }).receipt);
  expect(world.runUntil(() => receipt.counts().seen === 7, 20_000)).toBeLessThan(15_000);
  expect(receipt.counts().missing).toEqual(['n7']);
  const rows = world.sent.flatMap(({ message }) => ('receipts' in message ? message.receipts : []));
  expect(new Set(rows.map(({ seenBy }) => seenBy.kind))).toEqual(new Set(['bitmap', 'names']));
});

test('where asks who has what a key shows, whoever has written it', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6));
  nodes[0]!.put('k', 'v');
  world.runForMs(5_000);
  const where = nodes[3]!.kv.where('k')!;
  expect(where).toMatchObject({ key: 'k', author: 'n0' });
  world.runForMs(5_000);
  expect(tracked(where.receipt).counts()).toEqual({ seen: 6, missing: [] });
  expect(nodes[3]!.kv.where('absent')).toBeUndefined();
});

test('a write that loses says by whom it was overwritten', () => {
  const world = new KvWorld();
  const [a, b] = world.add(names(4));
  const receipt = tracked(a!.kv.put('k', bytes('mine'), { track: true }).receipt);
  world.runForMs(3_000);
  expect(receipt.outcome()).toBe('kept');
  const told: unknown[] = [];
  receipt.onChange(() => told.push(receipt.outcome()));
  b!.put('k', 'theirs');
  world.runForMs(3_000);
  expect(receipt.outcome()).toEqual({ overwrittenBy: 'n1' });
  expect(told).toEqual([{ overwrittenBy: 'n1' }]);
  b!.kv.delete('k');
  world.runForMs(3_000);
  expect(receipt.outcome()).toEqual({ overwrittenBy: 'n1' });
});

test('eight entries are followed at a time, for a minute each, and then nobody talks of them', () => {
  const world = new KvWorld();
  const nodes = world.add(names(5), { gossip: { beacon: false } });
  const receipts = Array.from({ length: 9 }, (_, index) =>
    nodes[0]!.kv.put(`k${index}`, bytes('v'), { track: true }),
  ).map(({ receipt }) => receipt);
  expect(receipts.map((receipt) => receipt !== undefined)).toEqual([...Array(8).fill(true), false]);
  tracked(receipts[0]).close();
  const again = nodes[0]!.kv.put('again', bytes('v'), { track: true }).receipt;
  expect(again).toBeDefined();
  world.runForMs(30_000);
  const told = (fromMs: number): number =>
    world.sent.filter(({ atMs, message }) => atMs >= fromMs && 'receipts' in message && message.receipts.length > 0)
      .length;
  expect(told(0)).toBeGreaterThan(50);
  // All have them and know that all have.
  expect(told(world.clock.nowMs - 10_000)).toBe(0);
  world.runForMs(29_000);
  expect(receipts[1]!.isOver).toBe(false);
  let isTold = false;
  receipts[1]!.onChange(() => (isTold = true));
  world.runForMs(1_500);
  expect([receipts[1]!.isOver, isTold]).toEqual([true, true]);
  const newcomer = world.add(['n9'])[0]!;
  world.runForMs(10_000);
  expect(newcomer.get('k1')).toBe('v');
  expect(told(world.clock.nowMs - 9_000)).toBe(0);
});

test('over slow links too, an entry is followed for a minute and not for ever', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6), { gossip: { beacon: false, peersPerPeriod: 3, periodMs: 200 } });
  world.delayMs = 300;
  nodes[5]!.isPaused = true;
  nodes[0]!.kv.put('k', bytes('v'), { track: true });
  world.runForMs(75_000);
  world.sent.length = 0;
  world.runForMs(5_000);
  expect(world.sent.filter(({ message }) => 'receipts' in message && message.receipts.length > 0)).toEqual([]);
  // Somebody else asks for the same some time later.
  nodes[1]!.kv.where('k');
  world.runForMs(30_000);
  const { receipt } = nodes[2]!.kv.where('k')!;
  world.runForMs(50_000);
  expect(tracked(receipt).counts()).toEqual({ seen: 5, missing: ['n5'] });
  expect(tracked(receipt).isOver).toBe(false);
});
