import { expect, test } from 'vitest';
import { RumorQueue } from './rumor-queue.ts';

const paid = (): boolean => true;

function queueOf(options: { maxCount?: number; batchWindowMs?: number; sends?: number } = {}): RumorQueue {
  const { maxCount = 100, batchWindowMs = 0, sends = 2 } = options;
  return new RumorQueue({ maxCount, batchWindowMs, sendLimit: () => sends });
}

function add(queue: RumorQueue, id: string, nowMs: number = 0, bytes: number = 10, lane: 0 | 1 = 0): void {
  const message = new Uint8Array(bytes).fill(id.charCodeAt(0));
  queue.add({ id, lane, encode: () => message }, nowMs);
}

/** The ids of what is taken. */
function take(queue: RumorQueue, limitBytes: number, nowMs: number = 0, pay: typeof paid = paid): string {
  const out: Uint8Array[] = [];
  queue.take(nowMs, 3, limitBytes, pay, out);
  return out.map((message) => String.fromCharCode(message[0]!)).join('');
}

test('what was sent least often goes first, and of that the newest', () => {
  const queue = queueOf();
  for (const id of 'abc') add(queue, id);
  expect(take(queue, 26)).toBe('cb');
  add(queue, 'd');
  expect(take(queue, 26)).toBe('da');
  expect(take(queue, 26)).toBe('dc');
  expect(take(queue, 1_000)).toBe('ba');
  expect([take(queue, 1_000), queue.count]).toEqual(['', 0]);
});

test('a later rumor of the same takes its place, and is sent as often as a new one', () => {
  const queue = queueOf();
  add(queue, 'a');
  take(queue, 100);
  add(queue, 'a');
  expect([take(queue, 100), take(queue, 100), take(queue, 100)]).toEqual(['a', 'a', '']);
});

test('a rumor waits for its batch window', () => {
  const queue = queueOf({ batchWindowMs: 10 });
  add(queue, 'a', 0);
  add(queue, 'b', 5);
  expect([queue.isReady(9), take(queue, 100, 9)]).toEqual([false, '']);
  expect([queue.isReady(10), take(queue, 100, 10)]).toEqual([true, 'a']);
  expect(take(queue, 100, 15)).toBe('ba');
});

test('what does not fit is passed over for what does', () => {
  const queue = queueOf();
  add(queue, 'a', 0, 10);
  add(queue, 'b', 0, 500);
  expect(take(queue, 100)).toBe('a');
  expect(take(queue, 600)).toBe('ba');
});

test('what is not paid for stays, and others that are go', () => {
  const queue = queueOf();
  add(queue, 'a', 0, 10, 0);
  add(queue, 'b', 0, 10, 1);
  const payShared = (lane: 0 | 1): boolean => lane === 0;
  const out: Uint8Array[] = [];
  expect(queue.take(0, 3, 100, payShared, out)).toBe(true);
  expect([out.length, queue.count]).toEqual([1, 2]);
  expect(queue.take(0, 3, 100, paid, out)).toBe(false);
});

test('when it is full, what was sent most often makes room, then the oldest', () => {
  const queue = queueOf({ maxCount: 3 });
  for (const id of 'abc') add(queue, id);
  take(queue, 13);
  expect(queue.isFull).toBe(true);
  add(queue, 'd');
  add(queue, 'e');
  expect([queue.count, queue.droppedCount]).toEqual([3, 2]);
  expect(take(queue, 1_000)).toBe('edb');
});

test('a full queue of thousands is quick', () => {
  const queue = queueOf({ maxCount: 4_096, sends: 8 });
  for (let count = 0; count < 20_000; count += 1) add(queue, `k${count % 6_000}`);
  for (let count = 0; count < 2_000; count += 1) take(queue, 1_400);
  expect(queue.count).toBeLessThanOrEqual(4_096);
});
