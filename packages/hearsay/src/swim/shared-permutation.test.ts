import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { MemberList } from './member-list.ts';
import { Member } from './member.ts';
import { shiftOf, SharedPermutation, slotOf } from './shared-permutation.ts';
import { SortedView } from './sorted-view.ts';

const intervalMs = 1_000;

/** One node's choice of whom to probe, on a clock that the test sets. */
class Chooser {
  readonly members: MemberList;
  readonly #permutation: SharedPermutation;
  wallMs: number = 1_750_000_000_000;
  /** Until the next tick, if that is planned. */
  waitMs: number | undefined = 0;

  constructor(self: string, names: readonly string[], hasClock: boolean = true) {
    this.members = new MemberList(self, new SeededRng(7));
    for (const name of names) this.add(name);
    const env = {
      clock: new StepClock(),
      timers: new TimerQueue(),
      rng: new SeededRng(1),
      aead: undefined,
      fillRandom: () => undefined,
      trace: undefined,
    };
    const wallMs = hasClock ? (): number => this.wallMs : undefined;
    this.#permutation = new SharedPermutation(new SortedView(this.members), intervalMs, { ...env, wallMs });
  }

  add(name: string): void {
    const member = new Member(name);
    this.members.add(member);
    this.members.setState(member, 'alive', 0);
  }

  /** The first tick, at a random phase, for which nothing is planned yet. */
  begin(): this {
    this.probe();
    return this;
  }

  /** The next tick comes, exactly when it is due. Whom it probes. */
  probe(): string | undefined {
    this.wallMs += this.waitMs ?? intervalMs;
    this.waitMs = this.#permutation.advance();
    return this.#permutation.take()?.name;
  }

  /** A tick comes while a probe is still in flight. */
  miss(): void {
    this.wallMs += this.waitMs ?? intervalMs;
    this.waitMs = this.#permutation.advance();
  }
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

function choosers(names: readonly string[]): Chooser[] {
  return names.map((name) => new Chooser(name, names).begin());
}

test('in as many periods as there are others each shift comes once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: -(2 ** 41), max: 2 ** 41 }),
      (otherCount, first) => {
        const shifts = Array.from({ length: otherCount }, (_, i) => shiftOf(first + i, otherCount));
        expect(new Set(shifts).size).toBe(otherCount);
        expect(Math.min(...shifts)).toBe(1);
        expect(Math.max(...shifts)).toBe(otherCount);
      },
    ),
  );
});

test('the probers of one member in periods that follow each other are no neighbours', () => {
  for (let period = 0; period < 1_000; period++) {
    const distance = Math.abs(shiftOf(period, 999) - shiftOf(period + 1, 999));
    expect(Math.min(distance, 999 - distance)).toBeGreaterThan(300);
  }
});

test('slots fill the period evenly', () => {
  const slots = Array.from({ length: 1_000 }, (_, i) => slotOf(`web-${i}`));
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = slots.filter((slot) => Math.floor(slot * 10) === tenth).length;
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThan(130);
  }
});

test.each([2, 3, 17, 64])('%i nodes that know each other probe each member exactly once a period', (count) => {
  const names = namesOf(count);
  const all = choosers(names);
  const pairs = new Set<string>();
  for (let period = 1; period < count; period++) {
    const targets = all.map((chooser) => chooser.probe());
    expect(targets.toSorted()).toEqual(names.toSorted());
    targets.forEach((target, i) => pairs.add(`${names[i]} ${target}`));
  }
  expect(pairs.size).toBe(count * (count - 1));
});

test('a clock that is set to before 1970 makes a plan like any other', () => {
  const names = namesOf(20);
  for (const self of ['n0', 'n19', 'n5']) {
    const chooser = new Chooser(self, names);
    // The periods go from negative numbers to positive ones on the way.
    chooser.wallMs = -30.5 * intervalMs;
    chooser.begin();
    for (let round = 0; round < 3; round++) {
      const targets = Array.from({ length: 19 }, () => chooser.probe());
      expect(targets.toSorted()).toEqual(names.filter((name) => name !== self).toSorted());
    }
  }
});

test('each member is probed in the part of the period that is its own', () => {
  const chooser = new Chooser('n3', namesOf(10)).begin();
  for (let i = 0; i < 30; i++) {
    const target = chooser.probe()!;
    expect((chooser.wallMs / intervalMs) % 1).toBeCloseTo(slotOf(target), 3);
  }
});

test('without a clock on the wall, and without anybody else, there is no plan', () => {
  const clockless = new Chooser('n3', namesOf(10), false);
  for (let i = 0; i < 3; i++) expect(clockless.probe()).toBeUndefined();
  expect(clockless.waitMs).toBeUndefined();
  const alone = new Chooser('n3', ['n3']);
  for (let i = 0; i < 3; i++) expect(alone.probe()).toBeUndefined();
  expect(alone.waitMs).toBeUndefined();
});

test('who misses one member of another view still probes all of its own, once a round', () => {
  const names = namesOf(20);
  const partial = new Chooser('n3', names.slice(0, 19)).begin();
  const targets = Array.from({ length: 18 }, () => partial.probe());
  expect(targets.toSorted()).toEqual(
    names
      .slice(0, 19)
      .filter((name) => name !== 'n3')
      .toSorted(),
  );
});

test.each([3_600_000, -3_600_000])(
  'a clock set by %i ms shifts the plan once, and not the time of the next tick',
  (byMs) => {
    const names = namesOf(20);
    const chooser = new Chooser('n3', names).begin();
    for (let i = 0; i < 5; i++) chooser.probe();
    chooser.wallMs += byMs;
    const waits = Array.from({ length: 60 }, () => {
      chooser.probe();
      return chooser.waitMs!;
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(2 * intervalMs);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    const targets = Array.from({ length: 19 }, () => chooser.probe());
    expect(new Set(targets).size).toBe(19);
  },
);

test.each<[string, (chooser: Chooser, probe: number) => void]>([
  ['the clock stands still', (chooser) => (chooser.wallMs = 1_750_000_000_000)],
  ['the clock goes back all the time', (chooser, probe) => (chooser.wallMs = 1_750_000_000_000 - 2_500 * probe)],
  [
    'members come and go all the time',
    (chooser, probe) => {
      const guest = chooser.members.get('guest');
      if (guest === undefined) chooser.add('guest');
      else chooser.members.setState(guest, probe % 2 === 0 ? 'alive' : 'dead', 0);
    },
  ],
])('nobody who stays waits for more than six rounds while %s', (_, disturb) => {
  const names = namesOf(20);
  const chooser = new Chooser('n3', names).begin();
  const lastProbe = new Map(names.filter((name) => name !== 'n3').map((name) => [name, 0]));
  let isRandom = false;
  for (let probe = 1; probe < 2_000; probe++) {
    disturb(chooser, probe);
    let target = chooser.probe();
    if (target === undefined) {
      isRandom = true;
      target = chooser.members.nextProbeTarget()?.name;
      if (target === undefined) chooser.members.startRound();
      target ??= chooser.members.nextProbeTarget()!.name;
    }
    if (lastProbe.has(target)) lastProbe.set(target, probe);
    expect(probe - Math.min(...lastProbe.values())).toBeLessThanOrEqual(6 * 20);
  }
  expect(isRandom).toBe(true);
});

test('after a probe that took so long that periods were missed the round robin chooses', () => {
  const chooser = new Chooser('n3', namesOf(20)).begin();
  expect(chooser.probe()).toBeDefined();
  chooser.miss();
  expect(chooser.probe()).toBeUndefined();
  expect(chooser.probe()).toBeDefined();
});

test('a view that changes now and then needs no round robin', () => {
  const chooser = new Chooser('n3', namesOf(20)).begin();
  let randomCount = 0;
  for (let probe = 1; probe < 2_000; probe++) {
    if (probe % 40 === 0) chooser.add(`guest${probe}`);
    if (chooser.members.count > 30) chooser.members.remove(chooser.members.get(`guest${probe - (probe % 40) - 200}`)!);
    if (chooser.probe() === undefined) randomCount += 1;
  }
  expect(randomCount).toBe(0);
});
