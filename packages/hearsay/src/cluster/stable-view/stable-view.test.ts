import { expect, test } from 'vitest';
import { StepClock, TimerQueue } from '../../util/index.ts';
import { stableViewDefaults, type StableViewConfig } from './config.ts';
import { StableView, type StableBatch } from './stable-view.ts';

const none = { joined: [], left: [], failed: [], isCapped: false };

/** A view of members a to z, and membership as the test wants it. */
class Bench {
  readonly batches: (StableBatch & { readonly atMs: number })[] = [];
  readonly live: Set<string> = new Set('abcdefghijklmnopqrstuvwxyz');
  confirmationsMax: number = 2;
  readonly view: StableView;
  readonly #clock: StepClock = new StepClock();
  readonly #timers: TimerQueue = new TimerQueue();

  constructor(changes: Partial<StableViewConfig> = {}) {
    const host = {
      isLive: (name: string) => this.live.has(name),
      liveCount: () => this.live.size,
      confirmationsMax: () => this.confirmationsMax,
      onBatch: (batch: StableBatch) => this.batches.push({ atMs: this.#clock.nowMs, ...batch }),
    };
    this.view = new StableView(host, { ...stableViewDefaults(1_000), ...changes }, this.#clock, this.#timers);
  }

  get lastBatch(): StableBatch | undefined {
    return this.batches.at(-1);
  }

  get armedCount(): number {
    return this.#timers.armedCount;
  }

  runUntilMs(atMs: number): this {
    while (this.#timers.nextDeadlineMs <= atMs) {
      this.#clock.advanceTo(this.#timers.nextDeadlineMs);
      this.#timers.fireDue(this.#clock.nowMs);
    }
    this.#clock.advanceTo(atMs);
    return this;
  }

  runForMs(spanMs: number): this {
    return this.runUntilMs(this.#clock.nowMs + spanMs);
  }

  accuse(name: string, accusers: string): this {
    for (const accuser of accusers) this.view.onAccused(name, accuser);
    return this;
  }

  deny(name: string): this {
    this.view.onCleared(name);
    return this;
  }

  go(name: string, how: 'left' | 'failed' = 'failed'): this {
    this.live.delete(name);
    this.view.onGone(name, how);
    return this;
  }

  come(name: string): this {
    this.live.add(name);
    this.view.onJoin(name);
    return this;
  }

  has(name: string): boolean {
    return this.live.has(name) ? !this.view.outside.has(name) : this.view.lingering.has(name);
  }
}

test('members that fail one after the other are one batch, told when the last of them is decided', () => {
  const bench = new Bench().accuse('a', 'xyz').accuse('b', 'xy').accuse('c', 'yz').runForMs(5_000);
  bench.go('a').runForMs(2_000);
  expect(bench.has('a')).toBe(true);
  bench.go('b').runForMs(2_000).go('c').runForMs(99);
  expect(bench.batches).toEqual([]);
  bench.runForMs(1);
  expect(bench.batches).toEqual([{ ...none, atMs: 9_100, failed: ['a', 'b', 'c'] }]);
  expect(bench.has('a')).toBe(false);
});

test('a batch is told a tenth of the quiet time after the last failure only when nobody is suspected and nothing else changed', () => {
  expect(new Bench().go('a').runForMs(5_000).batches).toMatchObject([{ atMs: 100 }]);
  expect(new Bench().accuse('b', 'x').go('a').runForMs(5_000).batches).toMatchObject([{ atMs: 1_000 }]);
  expect(new Bench().go('b', 'left').go('a').runForMs(5_000).batches).toMatchObject([{ atMs: 1_000 }]);
  // The last suspect is gone before the quiet time is over.
  expect(new Bench().accuse('b', 'x').go('a').runForMs(500).go('b').runForMs(5_000).batches).toMatchObject([
    { atMs: 600, failed: ['a', 'b'] },
  ]);
});

test('a suspect that denies it holds up nobody any longer', () => {
  const bench = new Bench().accuse('a', 'xy').accuse('b', 'xy').runForMs(3_000).go('a').runForMs(3_000);
  expect(bench.batches).toEqual([]);
  bench.deny('b').runForMs(250);
  expect(bench.lastBatch).toEqual({ atMs: 6_250, ...none, failed: ['a'] });
});

test('a suspect that only one member accuses holds up nobody', () => {
  const bench = new Bench().accuse('b', 'x').go('a').runForMs(1_000);
  expect(bench.lastBatch).toMatchObject({ failed: ['a'] });
});

test('one accuser is enough for doubt where no confirmations are asked for', () => {
  const bench = new Bench();
  bench.confirmationsMax = 0;
  bench.accuse('b', 'x').go('a').runForMs(5_000);
  expect(bench.batches).toEqual([]);
});

test('a batch waits no longer than its cap, and says that it did', () => {
  const bench = new Bench().accuse('b', 'xy').go('a').runForMs(9_999);
  expect(bench.batches).toEqual([]);
  bench.runForMs(1);
  expect(bench.lastBatch).toMatchObject({ failed: ['a'], isCapped: true });
  bench.go('b').runForMs(1_000);
  expect(bench.lastBatch).toMatchObject({ failed: ['b'], isCapped: false });
});

test('joins that come in a stream are batches of at most the cap', () => {
  const bench = new Bench();
  for (const name of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') bench.come(name).runForMs(500);
  bench.runForMs(10_000);
  expect(bench.batches.map(({ joined }) => joined.join(''))).toEqual(['ABCDEFGHIJKLMNOPQRST', 'UVWXYZ']);
});

test('who comes and goes again before the batch is told is in none', () => {
  const bench = new Bench().come('N').go('a').runForMs(500).go('N').come('a').runForMs(20_000);
  expect(bench.batches).toEqual([]);
  expect(bench.has('a')).toBe(true);
  expect(bench.armedCount).toBe(0);
});

test('who has left of its own will is back as soon as it joins', () => {
  const bench = new Bench().go('a', 'left').runForMs(1_000).come('a').runForMs(1_000);
  expect(bench.batches).toEqual([
    { ...none, atMs: 1_000, left: ['a'] },
    { ...none, atMs: 2_000, joined: ['a'] },
  ]);
});

test('who has failed and is back is in the view again a minute after it was last dead', () => {
  const bench = new Bench().accuse('a', 'xyz').runForMs(10_000).go('a').runForMs(5_000).come('a').runForMs(55_000);
  expect(bench.has('a')).toBe(false);
  bench.runForMs(10_000);
  expect(bench.has('a')).toBe(true);
  expect(bench.batches).toHaveLength(2);
  bench.runForMs(70_000);
  expect(bench.armedCount).toBe(0);
});

test('who fails and comes back all the time goes once and stays out until it is steady', () => {
  const bench = new Bench();
  for (let round = 0; round < 20; round += 1) {
    bench.accuse('a', 'xyz').runForMs(15_000).go('a').runForMs(6_000).come('a').runForMs(19_000);
  }
  expect(bench.batches.map(({ failed }) => failed)).toEqual([['a']]);
  bench.runForMs(60_000);
  expect(bench.batches.map(({ joined }) => joined)).toEqual([[], ['a']]);
});

test('who is accused by five others within a minute has failed, however often it denies it', () => {
  const bench = new Bench();
  for (const accuser of 'bcde') bench.accuse('a', accuser).runForMs(500).deny('a').runForMs(3_000);
  expect(bench.batches).toEqual([]);
  bench.accuse('a', 'b').runForMs(2_000);
  expect(bench.batches).toEqual([]);
  bench.accuse('a', 'f').deny('a').runForMs(1_000);
  expect(bench.lastBatch).toMatchObject({ failed: ['a'] });
  expect(bench.live.has('a')).toBe(true);
});

test('accusations are forgotten after a minute', () => {
  const bench = new Bench();
  for (const accuser of 'bcdefghijklmnop') bench.accuse('a', accuser).deny('a').runForMs(16_000);
  bench.runForMs(60_000);
  expect(bench.batches).toEqual([]);
  expect(bench.armedCount).toBe(0);
});

test('accusations by members that are accused themselves, or gone, do not count', () => {
  const bench = new Bench({ highMark: 3 }).accuse('x', 'bc').accuse('y', 'bc').go('z').runForMs(0);
  bench.accuse('a', 'xyz').runForMs(3_000);
  expect(bench.batches.flatMap(({ failed }) => failed)).not.toContain('a');
});

test('when more than a quarter of all are accused, accusations alone remove nobody', () => {
  const bench = new Bench({ highMark: 3 });
  for (const name of 'abcdefg') bench.accuse(name, 'uvwx').deny(name);
  bench.go('z').runForMs(5_000);
  expect(bench.batches.map(({ failed }) => failed)).toEqual([['z']]);
});

test('after a stop nothing is told any more', () => {
  const bench = new Bench().accuse('b', 'xyz').go('a');
  bench.view.stop();
  expect(bench.armedCount).toBe(0);
});

test('what waited for a batch at a stop, and who was kept out, is told after the next start', () => {
  const bench = new Bench().accuse('a', 'xyz').go('a').runForMs(2_000).come('a').runForMs(2_000);
  expect(bench.has('a')).toBe(false);
  bench.accuse('b', 'vwxyz').go('c').come('new');
  bench.view.stop();
  bench.runForMs(60_000);
  bench.view.start();
  expect(bench.batches).toHaveLength(1);
  bench.runForMs(60_000);
  expect(bench.batches).toHaveLength(2);
  expect(bench.lastBatch).toMatchObject({ joined: ['a', 'new'], failed: ['c'] });
  bench.go('d').runForMs(1_000);
  expect(bench.lastBatch).toMatchObject({ failed: ['d'] });
});
