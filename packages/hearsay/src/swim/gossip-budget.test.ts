import { expect, test } from 'vitest';
import { SeededRng, StepClock } from '../util/index.ts';
import { swimPresets } from './config.ts';
import { GossipBudget } from './gossip-budget.ts';
import { SwimStats } from './stats.ts';

const { lan } = swimPresets;
const packetBytes = lan.packetMaxBytes;

class Bench {
  readonly clock: StepClock = new StepClock();
  readonly stats: SwimStats = new SwimStats();
  readonly budget: GossipBudget;
  readonly sent: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(isOn: boolean = true, gossipMaxBytesPerSecond: number = lan.gossipMaxBytesPerSecond) {
    this.budget = new GossipBudget(isOn, { ...lan, gossipMaxBytesPerSecond }, this.clock, this.stats);
  }

  /** A round of three receivers that want so many packets each. Returns how many each got. */
  round(atMs: number, wantedCount: number = 1_000, lateMs: number = 0): number {
    this.clock.advanceTo(atMs);
    const count = this.budget.packetsEach(3, wantedCount, lateMs);
    const bytes = 3 * count * packetBytes;
    this.budget.spend(bytes);
    this.sent.push({ atMs, bytes });
    return count;
  }

  /** The most that was sent in any second. */
  get mostInASecond(): number {
    const bytesFrom = (startMs: number): number =>
      this.sent
        .filter(({ atMs }) => atMs >= startMs && atMs < startMs + 1_000)
        .reduce((total, { bytes }) => total + bytes, 0);
    return Math.max(...this.sent.map(({ atMs }) => bytesFrom(atMs)));
  }
}

test('a round sends what the news needs, and no more', () => {
  const bench = new Bench();
  expect(bench.round(200, 0)).toBe(1);
  expect(bench.round(400, 4)).toBe(4);
});

test('with the rule off each receiver gets one packet', () => {
  expect(new Bench(false).round(200, 100)).toBe(1);
});

test.each([30_000, 262_144, 1_000_000])('no second has more than its %i bytes, whenever rounds come', (limitBytes) => {
  const rng = new SeededRng(limitBytes);
  const bench = new Bench(true, limitBytes);
  let atMs = 0;
  for (let i = 0; i < 500; i++) {
    atMs += 100 + (rng.nextUint32() % 200);
    bench.round(atMs);
  }
  expect(bench.mostInASecond).toBeLessThanOrEqual(limitBytes);
  expect(bench.mostInASecond).toBeGreaterThan(0.6 * limitBytes);
});

test('one packet each is sent even where the limit is below that', () => {
  const bench = new Bench(true, 1_024);
  for (let i = 1; i <= 50; i++) expect(bench.round(i * 200)).toBe(1);
});

test.each([
  ['a stall', (stats: SwimStats) => void (stats.stalls += 1)],
  ['a packet that could not be sent', (stats: SwimStats) => void (stats.sendFailures += 1)],
  ['a ping that was not answered in time', (stats: SwimStats) => void (stats.probeTimeouts += 1)],
])('after %s the rate is halved, and under lasting trouble one packet each is left', (_name, happen) => {
  const bench = new Bench();
  const rate = (fromMs: number, isTroubled: boolean): number => {
    let count = 0;
    for (let i = 0; i < 10; i++) {
      if (isTroubled) happen(bench.stats);
      count += bench.round(fromMs + i * 200);
    }
    return count;
  };
  const calm = rate(200, false);
  happen(bench.stats);
  expect(rate(2_200, false)).toBeLessThan(0.7 * calm);
  rate(4_200, true);
  // memberlist's own rate: three packets of 1,400 bytes in 200 ms.
  expect(rate(6_200, true)).toBe(10);
  for (let atMs = 8_200; atMs < 20_000; atMs += 200) bench.round(atMs);
  expect(rate(20_000, false)).toBeGreaterThan(0.9 * calm);
});

test('rounds that come late are trouble too', () => {
  const bench = new Bench();
  for (let i = 1; i <= 20; i++) bench.round(i * 200, 1_000, 60);
  expect(bench.round(4_200, 1_000, 60)).toBe(1);
});
