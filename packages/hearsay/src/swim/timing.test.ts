import { describe, expect, test } from 'vitest';
import { functionTable } from '../../../../test/support/vectors.ts';
import { randomInt, SeededRng, shuffle } from '../util/index.ts';
import { swimPresets } from './config.ts';
import {
  crashKnownMaxMs,
  probedPeriodsMax,
  pushPullIntervalMs,
  retransmitLimit,
  spreadMaxMs,
  spreadRoundsMax,
  suspectedMaxMs,
  suspicionConfirmationsMax,
  suspicionMinMs,
  suspicionTimeoutMs,
} from './timing.ts';

/** Go's durations are whole nanoseconds; our milliseconds are doubles, exact to far less than one. */
function toNs(ms: number): number {
  return Math.round(ms * 1e6);
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** The first n at which `compute` differs from the reference's value, undefined when there is none. */
function firstDifference(runs: readonly Run[], compute: (n: number) => number): number | undefined {
  for (const { from, to, value } of runs) {
    for (let n = from; n <= to; n++) if (compute(n) !== value) return n;
  }
  return undefined;
}

describe('the formulas are those of the reference', () => {
  test('retransmit limit, for every row and for all n up to 200,000', () => {
    for (const { mult, n, out } of functionTable<{ mult: number; n: number; out: number }>('retransmit_limit')) {
      expect(retransmitLimit(mult, n)).toBe(out);
    }
    const runs = functionTable<Run>('retransmit_limit_runs_mult_1');
    expect(firstDifference(runs, (n) => retransmitLimit(1, n))).toBeUndefined();
    expect(runs.at(-1)!.to).toBe(200_000);
  });

  test('shortest suspicion, for every row and for all n up to 20,000', () => {
    const rows = functionTable<{ interval_ns: number; mult: number; n: number; out_ns: number }>('suspicion_timeout');
    for (const { interval_ns, mult, n, out_ns } of rows) {
      expect(toNs(suspicionMinMs(mult, n, interval_ns / 1e6))).toBe(out_ns);
    }
    const runs = functionTable<Run>('suspicion_scale_runs_permille');
    expect(firstDifference(runs, (n) => suspicionMinMs(1, n, 1_000))).toBeUndefined();
    expect(runs.at(-1)!.to).toBe(20_000);
  });

  test('remaining time of a suspicion, for every row', () => {
    interface Row {
      readonly elapsed_ns: number;
      readonly k: number;
      readonly max_ns: number;
      readonly min_ns: number;
      readonly n: number;
      readonly out_ns: number;
    }
    for (const { n, k, min_ns, max_ns, elapsed_ns, out_ns } of functionTable<Row>('remaining_suspicion_time')) {
      const remainingMs = suspicionTimeoutMs(n, k, min_ns / 1e6, max_ns / 1e6) - elapsed_ns / 1e6;
      expect(toNs(remainingMs)).toBe(out_ns);
    }
  });

  test('push/pull interval, for every row and for all n up to 200,000', () => {
    const rows = functionTable<{ interval_ns: number; n: number; out_ns: number }>('push_pull_scale');
    for (const { interval_ns, n, out_ns } of rows) {
      expect(toNs(pushPullIntervalMs(interval_ns / 1e6, n))).toBe(out_ns);
    }
    const runs = functionTable<Run>('push_pull_multiplier_runs');
    expect(firstDifference(runs, (n) => pushPullIntervalMs(1, n))).toBeUndefined();
  });

  test('confirmations are asked for only where there are others to give them', () => {
    const countFor = (mult: number) => [1, 2, 3, 4, 5, 100].map((n) => suspicionConfirmationsMax(mult, n));
    expect(countFor(4)).toEqual([0, 0, 0, 2, 2, 2]);
    expect(countFor(3)).toEqual([0, 0, 1, 1, 1, 1]);
    expect(countFor(2)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('the bounds hold', () => {
  test('a rumor reaches every node within the rounds promised, in 995 of 1,000 runs at least', () => {
    const cases = [
      { nodeCount: 5, fanOut: 3, loss: 0 },
      { nodeCount: 50, fanOut: 3, loss: 0 },
      { nodeCount: 50, fanOut: 3, loss: 0.3 },
      { nodeCount: 50, fanOut: 4, loss: 0.1 },
    ];
    for (const { nodeCount, fanOut, loss } of cases) {
      const roundsMax = spreadRoundsMax(nodeCount, fanOut, loss);
      const rng = new SeededRng(nodeCount * fanOut);
      let lateCount = 0;
      for (let run = 0; run < 1_000; run++)
        if (roundsToSpread(nodeCount, fanOut, loss, rng) > roundsMax) lateCount += 1;
      expect(lateCount, `${nodeCount} nodes, fan-out ${fanOut}, loss ${loss}`).toBeLessThanOrEqual(5);
    }
  });

  test('a crashed member is probed within the periods promised, in 995 of 1,000 runs at least', () => {
    for (const nodeCount of [1, 2, 5, 60]) {
      const rng = new SeededRng(nodeCount);
      let lateCount = 0;
      for (let run = 0; run < 1_000; run++) {
        if (periodsUntilProbed(nodeCount, rng) > probedPeriodsMax(nodeCount)) lateCount += 1;
      }
      expect(lateCount, `${nodeCount} nodes`).toBeLessThanOrEqual(5);
    }
  });

  test('they add up: probed, suspected, spread, and the clock run out', () => {
    // 7 periods to be probed, 1 to fail; 5 + 4 and 1 rounds to spread; 9.996 s for 1,000 members at most six-fold.
    expect(spreadRoundsMax(999, 3)).toBe(10);
    expect(spreadMaxMs(swimPresets.lan, 999)).toBe(11 * 200);
    expect(suspectedMaxMs(swimPresets.lan, 999)).toBe(8_000);
    expect(crashKnownMaxMs(swimPresets.lan, 999)).toBe(8_000 + 2_200 + 72_000);
    // Two live nodes and the crashed one: nobody else can confirm, so the shortest suspicion it is.
    expect(crashKnownMaxMs(swimPresets.lan, 2)).toBe(4_000 + spreadMaxMs(swimPresets.lan, 2) + 4_000);
  });
});

/** Each node tells `fanOut` others a round, all at the same instant. */
function roundsToSpread(nodeCount: number, fanOut: number, loss: number, rng: SeededRng): number {
  const hasHeard = Array.from({ length: nodeCount }, () => false);
  hasHeard[0] = true;
  let heardCount = 1;
  for (let round = 1; ; round++) {
    const tellers = hasHeard.flatMap((heard, node) => (heard ? [node] : []));
    for (const teller of tellers) {
      const others = hasHeard.map((_, node) => node).filter((node) => node !== teller);
      shuffle(rng, others);
      for (const target of others.slice(0, fanOut)) {
        if (hasHeard[target] === true || randomInt(rng, 1_000) < loss * 1_000) continue;
        hasHeard[target] = true;
        heardCount += 1;
      }
    }
    if (heardCount === nodeCount) return round;
  }
}

/** Each node goes round its own shuffled list, from a random place in it. */
function periodsUntilProbed(nodeCount: number, rng: SeededRng): number {
  let best = Infinity;
  for (let node = 0; node < nodeCount; node++) {
    const placeInThisRound = randomInt(rng, nodeCount);
    const now = randomInt(rng, nodeCount);
    const periods =
      placeInThisRound >= now ? placeInThisRound - now + 1 : nodeCount - now + randomInt(rng, nodeCount) + 1;
    best = Math.min(best, periods);
  }
  return best;
}
