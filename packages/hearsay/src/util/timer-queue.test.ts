import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Timer, TimerQueue } from './timer-queue.ts';

test('timers fire in the order of their deadlines, and equal deadlines in the order of arming', () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  const arm = (name: string, atMs: number): void => queue.arm(new Timer(name, () => fired.push(name)), atMs);
  arm('late', 30);
  arm('first at 10', 10);
  arm('second at 10', 10);
  arm('early', 5);
  queue.fireDue(10);
  expect(fired).toEqual(['early', 'first at 10', 'second at 10']);
  expect(queue.nextDeadlineMs).toBe(30);
});

test('a timer armed again has only its last deadline', () => {
  const queue = new TimerQueue();
  let count = 0;
  const timer = new Timer('again', () => (count += 1));
  queue.arm(timer, 10);
  queue.arm(timer, 20);
  queue.fireDue(15);
  expect(count).toBe(0);
  queue.fireDue(100);
  expect(count).toBe(1);
  expect(timer.isArmed).toBe(false);
});

test('a timer armed by another that fires is fired in the same step when it is due', () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  const second = new Timer('second', () => fired.push('second'));
  const first = new Timer('first', () => {
    fired.push('first');
    queue.arm(second, 10);
  });
  queue.arm(first, 10);
  queue.fireDue(10);
  expect(fired).toEqual(['first', 'second']);
});

test('cancelling a timer that is not armed changes nothing', () => {
  const queue = new TimerQueue();
  const timer = new Timer('never', () => expect.unreachable());
  queue.cancel(timer);
  queue.arm(timer, 1);
  queue.cancel(timer);
  queue.cancel(timer);
  queue.fireDue(10);
  expect(queue.nextDeadlineMs).toBe(Infinity);
});

test('any sequence of arming and cancelling fires what a sorted list would fire', () => {
  const step = fc.record({ timer: fc.nat(9), atMs: fc.option(fc.nat(50)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new TimerQueue();
      const fired: number[] = [];
      const timers = Array.from({ length: 10 }, (_, i) => new Timer(`t${i}`, () => fired.push(i)));
      const model = new Map<number, { atMs: number; sequence: number }>();
      steps.forEach(({ timer, atMs }, sequence) => {
        if (atMs === null) {
          queue.cancel(timers[timer]!);
          model.delete(timer);
        } else {
          queue.arm(timers[timer]!, atMs);
          model.set(timer, { atMs, sequence });
        }
      });
      expect(queue.armedCount).toBe(model.size);
      queue.fireDue(50);
      const expected = [...model.entries()].sort(([, a], [, b]) => a.atMs - b.atMs || a.sequence - b.sequence);
      expect(fired).toEqual(expected.map(([i]) => i));
    }),
  );
});
