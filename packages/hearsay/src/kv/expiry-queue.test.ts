import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OwnedEntry } from './entry.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { Lifetimes } from './lifetimes.ts';

const entry = (key: string, ttlMs: number): OwnedEntry => ({
  lane: 1,
  key,
  kind: 'put',
  value: new Uint8Array(0),
  stream: '',
  version: 1,
  ttlMs,
  ageMs: 0,
});

test('entries of many streams expire in order, and those that were replaced do not', () => {
  const write = fc.record({ key: fc.nat(5), home: fc.nat(2), ttlMs: fc.integer({ min: 1, max: 50 }) });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 300, size: 'max' }), (writes) => {
      const queue = new ExpiryQueue<OwnedEntry>();
      const homes = [0, 1, 2].map(() => new Lifetimes(queue));
      const shown = new Map<string, readonly [OwnedEntry, number]>();
      for (const [nowMs, { key, home, ttlMs }] of writes.entries()) {
        const before = shown.get(`${home}/${key}`);
        if (before !== undefined) homes[home]!.remove(before[0]);
        const next = entry(`${home}/${key}`, ttlMs);
        homes[home]!.add(next, nowMs);
        shown.set(next.key, [next, nowMs + ttlMs]);
        const dueAtMs = Math.min(...[...shown.values()].map(([, atMs]) => atMs));
        expect(queue.nextMs).toBe(dueAtMs);
        const due = [...shown.values()].filter(([, atMs]) => atMs <= nowMs);
        expect(new Set(queue.takeDue(nowMs))).toEqual(new Set(due.map(([each]) => each)));
        for (const [each] of due) shown.delete(each.key);
      }
      const left = queue.takeDue(1_000_000).map(({ key }) => shown.get(key)![1]);
      expect(left).toEqual([...shown.values()].map(([, atMs]) => atMs).toSorted((a, b) => a - b));
      expect(queue.nextMs).toBe(Infinity);
    }),
  );
});

test('what is written again and again does not pile up', () => {
  const queue = new ExpiryQueue<OwnedEntry>();
  const home = new Lifetimes(queue);
  let last: OwnedEntry | undefined;
  for (let count = 0; count < 10_000; count += 1) {
    if (last !== undefined) home.remove(last);
    last = entry('k', 31_536_000_000);
    home.add(last, count);
  }
  expect(queue.size).toBeLessThan(100);
});
