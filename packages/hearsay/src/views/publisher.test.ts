import { expect, test } from 'vitest';
import { ClusterError, SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { decodeDigest, type ViewDigest } from './digest.ts';
import { Publisher } from './publisher.ts';

/** A publisher in virtual time, of a pool of that size. */
class World {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly published: { readonly atMs: number; readonly digest: ViewDigest; readonly ttlMs: number }[] = [];
  live: string = '0000000000000001';
  suspect: number = 0;
  isFull: boolean = false;
  readonly publisher: Publisher;

  constructor(memberCount: number) {
    this.publisher = new Publisher({
      kv: {
        setTelemetry: (_key, value, options) => {
          if (this.isFull) throw new ClusterError('ERR_KV_TELEMETRY_FULL', 'full');
          const digest = decodeDigest(value)!;
          this.published.push({ atMs: this.clock.nowMs, digest, ttlMs: options!.ttlMs! });
          return undefined as never;
        },
      },
      env: { clock: this.clock, timers: this.timers, rng: new SeededRng(1) },
      digest: (sequence) => ({
        live: this.live,
        all: this.live,
        counts: { alive: memberCount, suspect: this.suspect, failed: 0, left: 0 },
        sequence,
      }),
      memberCount: () => memberCount,
    });
    this.publisher.start();
  }

  run(forMs: number): void {
    const endMs = this.clock.nowMs + forMs;
    while (this.timers.nextDeadlineMs <= endMs) {
      this.clock.advanceTo(this.timers.nextDeadlineMs);
      this.timers.fireDue(this.clock.nowMs);
    }
    this.clock.advanceTo(endMs);
  }

  change(live: string): void {
    this.live = live.padStart(16, '0');
    this.publisher.noteChange();
  }
}

test.each([
  [5, 1_000],
  [100, 1_000],
  [500, 5_000],
  [1_000, 10_000],
  [10_000, 10_000],
])('in a pool of %i a digest is published at most every %i ms, however often it changes', (memberCount, intervalMs) => {
  const world = new World(memberCount);
  world.run(60_000);
  for (let step = 0; step < 600; step += 1) {
    world.change(`${step}`);
    world.run(100);
  }
  const gaps = world.published.slice(1).map(({ atMs }, index) => atMs - world.published[index]!.atMs);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(intervalMs);
  expect(world.published.length).toBeGreaterThanOrEqual(60_000 / (1.5 * intervalMs));
  world.run(2 * intervalMs);
  expect(world.published.at(-1)!.digest.live).toBe('599'.padStart(16, '0'));
});

test('what changed and changed back is not published', () => {
  const world = new World(5);
  world.run(10_000);
  world.change('2');
  world.change('1');
  world.run(10_000);
  expect(world.published).toHaveLength(1);
});

test('a digest is published again long before its life is over, also while changes come to nothing', () => {
  const world = new World(50);
  for (let step = 0; step < 400; step += 1) {
    world.publisher.noteChange();
    world.run(10_000);
  }
  const gaps = world.published.slice(1).map(({ atMs }, index) => atMs - world.published[index]!.atMs);
  expect(gaps.length).toBeGreaterThanOrEqual(7);
  for (const [index, gap] of gaps.entries()) expect(gap).toBeLessThan(world.published[index]!.ttlMs / 2);
});

test('a digest that told of a suspicion is published anew when that is over', () => {
  const world = new World(5);
  world.suspect = 1;
  world.change('2');
  world.run(5_000);
  expect(world.published.at(-1)!.digest.counts.suspect).toBe(1);
  world.suspect = 0;
  world.run(2_000);
  expect(world.published.at(-1)!.digest.counts.suspect).toBe(0);
  const count = world.published.length;
  world.run(30_000);
  expect(world.published).toHaveLength(count);
});

test('where there is no room it is counted, and tried again', () => {
  const world = new World(5);
  world.isFull = true;
  world.run(5_000);
  expect([world.published.length, world.publisher.refusedCount]).toEqual([0, 1]);
  world.isFull = false;
  world.change('2');
  world.run(2_000);
  expect(world.published.map(({ digest }) => digest.sequence)).toEqual([0]);
});

test('nothing is published after a stop, and after another start at once', () => {
  const world = new World(5);
  world.run(5_000);
  world.publisher.stop();
  world.change('2');
  world.run(200_000);
  expect(world.published).toHaveLength(1);
  world.publisher.start();
  world.run(1_000);
  expect(world.published).toHaveLength(2);
});
