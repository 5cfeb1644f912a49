import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

function drain(queue: EventQueue, limitTick: number = Number.MAX_SAFE_INTEGER): { tick: number; argument: number }[] {
  const taken: { tick: number; argument: number }[] = [];
  while (queue.pop(limitTick)) taken.push({ tick: queue.tick, argument: queue.argument });
  return taken;
}

test('events come by tick, and those of one tick in the order of pushing, over any distance', () => {
  const ticks = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 65_500, max: 65_600 }),
    fc.integer({ min: 0, max: 2 ** 40 }),
  );
  fc.assert(
    fc.property(fc.array(ticks, { maxLength: 200 }), (pushed) => {
      const queue = new EventQueue();
      pushed.forEach((tick, index) => queue.push(tick, 1, 2, index));
      const expected = pushed.map((tick, argument) => ({ tick, argument })).sort((a, b) => a.tick - b.tick);
      expect(drain(queue)).toEqual(expected);
    }),
  );
});

test('pushing while popping keeps the order of a reference list', () => {
  const steps = fc.array(fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 4 }), { maxLength: 100 });
  fc.assert(
    fc.property(steps, (delaysPerStep) => {
      const queue = new EventQueue();
      const reference: { tick: number; argument: number }[] = [];
      let pushedCount = 0;
      let nowTick = 0;
      const push = (tick: number): void => {
        queue.push(tick, 0, 0, pushedCount);
        reference.push({ tick, argument: pushedCount++ });
      };
      push(0);
      for (const delays of delaysPerStep) {
        if (!queue.pop(Infinity)) break;
        reference.sort((a, b) => a.tick - b.tick || a.argument - b.argument);
        expect({ tick: queue.tick, argument: queue.argument }).toEqual(reference.shift());
        nowTick = queue.tick;
        for (const delay of delays) push(nowTick + delay);
      }
      reference.sort((a, b) => a.tick - b.tick || a.argument - b.argument);
      expect(drain(queue)).toEqual(reference);
      expect(queue.size).toBe(0);
    }),
  );
});

test('nothing after the limit is taken, and an event pushed before the next one still comes first', () => {
  const queue = new EventQueue();
  queue.push(70_000, 0, 0, 1);
  expect(queue.pop(69_999)).toBe(false);
  queue.push(66_000, 0, 0, 2);
  expect(drain(queue).map((event) => event.argument)).toEqual([2, 1]);
});

test('an event in the past is a broken invariant', () => {
  const queue = new EventQueue();
  queue.push(50, 0, 0, 0);
  queue.pop(100);
  expect(() => queue.push(49, 0, 0, 0)).toThrow(/past/);
});
