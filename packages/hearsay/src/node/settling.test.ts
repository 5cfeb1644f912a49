import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Settling } from './settling.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Wait {
  readonly members: Set<string>;
  readonly settling: Settling;
  readonly isDone: () => boolean;
}

function wait(minMembers: number, settledForMs: number, ...names: string[]): Wait {
  const members = new Set(names);
  let isDone = false;
  const settling = new Settling({ names: () => [...members], minMembers, settledForMs });
  void settling.done.then(() => (isDone = true));
  return { members, settling, isDone: () => isDone };
}

test('without a time to settle, enough members are enough', async () => {
  const { members, settling, isDone } = wait(2, 0, 'a');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(isDone()).toBe(false);
  members.add('b');
  settling.changed();
  await vi.advanceTimersByTimeAsync(0);
  expect(isDone()).toBe(true);
});

test('each change begins the time anew', async () => {
  const { members, settling, isDone } = wait(2, 1_000, 'a', 'b');
  await vi.advanceTimersByTimeAsync(900);
  members.add('c');
  settling.changed();
  await vi.advanceTimersByTimeAsync(999);
  expect(isDone()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isDone()).toBe(true);
});

test('who is one too few again waits for another', async () => {
  const { members, settling, isDone } = wait(2, 1_000, 'a', 'b');
  members.delete('b');
  settling.changed();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(isDone()).toBe(false);
  members.add('c');
  settling.changed();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isDone()).toBe(true);
});

test('a change that is told late counts all the same, also one member in place of another', async () => {
  const { members, isDone } = wait(2, 1_000, 'a', 'b');
  await vi.advanceTimersByTimeAsync(500);
  members.delete('b');
  members.add('c');
  await vi.advanceTimersByTimeAsync(1_499);
  expect(isDone()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isDone()).toBe(true);
});

test('who stops leaves no timer behind', () => {
  wait(1, 1_000, 'a').settling.stop();
  expect(vi.getTimerCount()).toBe(0);
});
