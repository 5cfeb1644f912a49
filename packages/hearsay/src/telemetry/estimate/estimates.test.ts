import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Member } from '../../swim/index.ts';
import { ByteWriter, randomFloat, SeededRng, StepClock, TimerQueue } from '../../util/index.ts';
import { writeSingle } from '../numbers.ts';
import { decodeEstimate, encodeExtrema, encodeMass, isEstimate, messageMaxBytes } from './codec.ts';
import { Estimator } from './estimator.ts';
import { Extrema } from './extrema.ts';
import { estimateLimits } from './limits.ts';
import { Mass } from './mass.ts';

const roundMs = 1_000;
const id = 7;

/** Nodes that estimate, on one clock and without a network in between. */
class Pool {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly nodes: Map<string, Estimator> = new Map();
  readonly longest: { bytes: number } = { bytes: 0 };
  readonly strangers: Set<string> = new Set();
  readonly sentTo: Set<string> = new Set();
  loss: number = 0;
  readonly #rng: SeededRng;

  constructor(seed: number) {
    this.#rng = new SeededRng(seed);
  }

  add(name: string, value: number | undefined): Estimator {
    const estimator = new Estimator({
      host: {
        name,
        liveMembers: () =>
          [...this.nodes.keys(), ...this.strangers].map((other) => ({ name: other, address: {} }) as Member),
        isCapable: (member) => !this.strangers.has(member.name),
        send: (to, message) => {
          this.sentTo.add(to.name);
          this.longest.bytes = Math.max(this.longest.bytes, message.length);
          if (randomFloat(this.#rng) >= this.loss) this.nodes.get(to.name)?.receive(message);
        },
      },
      env: { clock: this.clock, timers: this.timers, rng: this.#rng },
      roundMs,
      ids: new Set([id]),
      values: () => (value === undefined ? [] : [[id, value] as const]),
    });
    this.nodes.set(name, estimator);
    estimator.start();
    return estimator;
  }

  runRounds(count: number): void {
    const untilMs = this.clock.nowMs + count * roundMs;
    while (this.timers.nextDeadlineMs <= untilMs) {
      this.clock.advanceTo(this.timers.nextDeadlineMs);
      this.timers.fireDue(this.clock.nowMs);
    }
    this.clock.advanceTo(untilMs);
  }
}

/** Nodes whose values are 1 to their number. */
function poolOf(nodeCount: number, seed: number = 1): Pool {
  const pool = new Pool(seed);
  for (let index = 1; index <= nodeCount; index += 1) pool.add(`n${index}`, index);
  return pool;
}

test('all nodes come to the same mean, sum, least and largest value when nothing is lost', () => {
  const pool = poolOf(30);
  pool.runRounds(70);
  for (const { outcome } of pool.nodes.values()) {
    const estimate = outcome!.estimate(id)!;
    expect(estimate.mean).toBeCloseTo(15.5, 2);
    expect(estimate.min).toBe(1);
    expect(estimate.max).toBe(30);
    expect(Math.abs(estimate.sum / 465 - 1)).toBeLessThan(estimate.sumErrorBound * 1.5);
    expect(Math.abs(estimate.nodes / 30 - 1)).toBeLessThan(0.1);
    expect(outcome!.massLeft).toBeGreaterThan(0.4);
    expect(outcome!.estimate(8)).toBeUndefined();
  }
});

test('a mean counts those that have a value, and a sum all', () => {
  const pool = poolOf(20);
  for (let index = 0; index < 20; index += 1) pool.add(`without-${index}`, undefined);
  pool.runRounds(70);
  const estimate = pool.nodes.get('without-3')!.outcome!.estimate(id)!;
  expect(estimate.mean).toBeCloseTo(10.5, 2);
  expect(Math.abs(estimate.nodes / 20 - 1)).toBeLessThan(0.15);
});

test('the bound that a mean tells holds in nine cases of ten, and mostly is not far off, while packets are lost', () => {
  let outside = 0;
  const bounds: number[] = [];
  for (let seed = 1; seed <= 20; seed += 1) {
    const pool = poolOf(20, seed);
    pool.loss = 0.1;
    pool.runRounds(65);
    const { mean, meanErrorBound } = pool.nodes.get('n1')!.outcome!.estimate(id)!;
    bounds.push(meanErrorBound);
    if (Math.abs(mean / 10.5 - 1) > meanErrorBound) outside += 1;
  }
  expect(outside).toBeLessThanOrEqual(2);
  expect(Math.max(...bounds)).toBeLessThan(0.25);
});

test('who joins passes on what the others have, and takes part in the next epoch', () => {
  const pool = poolOf(20);
  pool.runRounds(36);
  const epochs = pool.nodes.get('n1')!.stats.epochs;
  const late = pool.add('late', 1_000);
  const before = pool.nodes.get('n1')!.underWay.map(({ beganMs }) => beganMs);
  pool.runRounds(10);
  for (const outcome of late.underWay) if (before.includes(outcome.beganMs)) expect(outcome.estimate(id)!.max).toBe(20);
  pool.runRounds(50);
  expect(late.outcome!.estimate(id)!.max).toBe(1_000);
  expect(pool.nodes.get('n2')!.outcome!.estimate(id)!.mean).toBeCloseTo((210 + 1_000) / 21, 1);
  expect(pool.nodes.get('n1')!.stats.epochs).toBeGreaterThan(epochs);
});

test('who comes when an epoch is more than half over begins the next one only when nobody else has', () => {
  const pool = new Pool(3);
  const late = pool.add('late', 1_000);
  late.receive(encodeMass({ epoch: 5, round: 20 }, new Mass()));
  pool.runRounds(9);
  expect(late.underWay.map(({ rounds }) => rounds)).toEqual([29]);
  pool.runRounds(2);
  expect(late.underWay.map(({ rounds }) => rounds)).toEqual([1]);
  expect(late.underWay[0]!.estimate(id)!.max).toBe(1_000);
});

test('clusters that meet go on with the later number', () => {
  const [first, second] = [poolOf(10), new Pool(2)];
  first.runRounds(200);
  for (let index = 0; index < 10; index += 1) second.add(`m${index}`, 100);
  second.runRounds(40);
  // The second one hears one packet of the first.
  const epoch = first.nodes.get('n1')!.underWay.length;
  expect(epoch).toBeGreaterThan(0);
  const mass = new Mass();
  second.nodes.get('m0')!.receive(encodeMass({ epoch: 500, round: 0 }, mass));
  second.runRounds(70);
  const { stats } = second.nodes.get('m5')!;
  expect(second.nodes.get('m5')!.outcome!.estimate(id)!.mean).toBeCloseTo(100, 2);
  expect(stats.late).toBeLessThan(stats.received);
});

test('numbers of epochs begin again after 2^32', () => {
  const pool = poolOf(10);
  pool.runRounds(20);
  pool.nodes.get('n1')!.receive(encodeMass({ epoch: 2 ** 31, round: 0 }, new Mass()));
  pool.runRounds(20);
  pool.nodes.get('n1')!.receive(encodeMass({ epoch: 2 ** 32 - 1, round: 0 }, new Mass()));
  pool.runRounds(100);
  const epochs = [...pool.nodes.values()].map(({ stats }) => stats.epochs);
  expect(Math.min(...epochs)).toBeGreaterThan(4);
  expect(pool.nodes.get('n4')!.outcome!.estimate(id)!.mean).toBeCloseTo(5.5, 2);
});

test('no message is sent to a member that does not take part in state, and all fit a packet', () => {
  const pool = poolOf(5);
  pool.strangers.add('stock');
  pool.runRounds(60);
  expect([...pool.sentTo].toSorted()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  expect(pool.longest.bytes).toBeLessThanOrEqual(messageMaxBytes);
  expect(messageMaxBytes).toBeLessThanOrEqual(1_200);
});

test('a node sends four packets a round at most, however many there are', () => {
  const pool = poolOf(30);
  pool.runRounds(60);
  const before = pool.nodes.get('n1')!.stats.sent;
  pool.runRounds(30);
  expect(pool.nodes.get('n1')!.stats.sent - before).toBeLessThanOrEqual(4 * 30);
});

test('a node that stops forgets, and begins as one that joins', () => {
  const pool = poolOf(5);
  pool.runRounds(60);
  const node = pool.nodes.get('n1')!;
  node.stop();
  expect(node.outcome).toBeUndefined();
  expect(node.underWay).toEqual([]);
});

describe('what no sound node sends is refused and counted, and nothing of it is taken', () => {
  const cases: readonly (readonly [string, string, readonly number[], number])[] = [
    ['a sum that is no number', 'notANumber', [NaN, 1, 1, 1, 1], 1],
    ['an infinite sum', 'notANumber', [Infinity, 1, 1, 1, 1], 1],
    ['a least value that is no number', 'notANumber', [1, 1, 1, NaN, 1], 1],
    ['a weight that is no number', 'notANumber', [1, 1, 1, 1, 1], NaN],
    ['a negative weight', 'negative', [1, 1, 1, 1, 1], -1],
    ['fewer than no holders', 'negative', [1, 1, -1, 1, 1], 1],
    ['negative squares', 'negative', [1, -1, 1, 1, 1], 1],
    ['a huge weight', 'huge', [1, 1, 1, 1, 1], 1e9],
    ['a sum that its holders cannot have', 'huge', [1e30, 1, 1, 1, 1], 1],
    ['squares that they cannot have', 'huge', [1, 1e36, 1, 1, 1], 1],
    ['a huge largest value', 'huge', [1, 1, 1, 1, 1e20], 1],
  ];

  test.each(cases)('%s', (_, reason, numbers, weight) => {
    const node = poolOf(1).nodes.get('n1')!;
    node.receive(rawMass(1, 0, weight, [[id, numbers]]));
    expect(node.stats).toMatchObject({ received: 0, refused: { [reason]: 1 } });
    expect(node.underWay).toEqual([]);
  });

  test.each([
    ['a round after the last', rawMass(1, 30, 1, [])],
    [
      'a metric twice',
      rawMass(1, 0, 1, [
        [id, [1, 1, 1, 1, 1]],
        [id, [1, 1, 1, 1, 1]],
      ]),
    ],
    [
      'more metrics than there may be',
      rawMass(
        1,
        0,
        1,
        Array.from({ length: 49 }, (_, part) => [part, [1, 1, 1, 1, 1]] as const),
      ),
    ],
    ['a byte too many', Uint8Array.of(...rawMass(1, 0, 1, []), 0)],
    [
      'extrema that are cut',
      encodeExtrema({ epoch: 1, round: 0 }, new Extrema(1_024), new Extrema(128)).subarray(0, 500),
    ],
    ['a type that is not known', Uint8Array.of(0xe7, 0x47, 0x53, 0x01, 0x57, 0, 0, 0, 1, 0)],
  ])('%s', (_, bytes) => {
    const node = poolOf(1).nodes.get('n1')!;
    expect(isEstimate(bytes)).toBe(true);
    node.receive(bytes);
    expect(node.stats).toMatchObject({ received: 0, refused: { malformed: 1 } });
  });

  test('metrics that are not estimated here are left out and counted', () => {
    const node = poolOf(1).nodes.get('n1')!;
    node.receive(
      rawMass(1, 0, 1, [
        [id, [2, 4, 1, 2, 2]],
        [99, [1, 1, 1, 1, 1]],
      ]),
    );
    expect(node.stats).toMatchObject({ received: 1, unknownParts: 1 });
    expect(node.underWay[0]!.estimate(99)).toBeUndefined();
    expect(node.underWay[0]!.estimate(id)!.mean).toBe(2);
  });

  test('no bytes make a node throw, or keep more than two epochs', () => {
    const head = fc.constantFrom([0x50], [0x51], [0x52]).map((type) => Uint8Array.of(0xe7, 0x47, 0x53, 0x01, ...type));
    const body = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1_157, maxLength: 1_157 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(head, body), { maxLength: 5 }), (messages) => {
        const node = poolOf(2).nodes.get('n1')!;
        for (const [start, rest] of messages) node.receive(Uint8Array.of(...start, ...rest));
        expect(node.underWay.length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

test('a message comes back from its bytes as it was, but for rounding', () => {
  const mass = new Mass();
  mass.weight = 0.375;
  mass.addValue(id, -12.5);
  mass.addValue(id, 40);
  mass.halve();
  expect(decodeEstimate(encodeMass({ epoch: 9, round: 3 }, mass))).toEqual({ type: 'mass', epoch: 9, round: 3, mass });
});

test('the sum that extrema tell is within four standard errors', () => {
  const rng = new SeededRng(5);
  const { countDraws } = estimateLimits;
  for (const parts of [[1], [0.5, 0.25], Array.from({ length: 300 }, () => 1)]) {
    const all = new Extrema(countDraws);
    for (const part of parts) {
      const own = new Extrema(countDraws);
      own.add(part, rng);
      all.merge(own.levels);
      all.merge(own.levels);
    }
    const sum = parts.reduce((total, part) => total + part);
    expect(Math.abs(all.sum() / sum - 1)).toBeLessThan(4 / Math.sqrt(countDraws));
  }
  expect(new Extrema(countDraws).sum()).toBe(0);
});

function rawMass(
  epoch: number,
  round: number,
  weight: number,
  parts: readonly (readonly [number, readonly number[]])[],
): Uint8Array {
  const writer = new ByteWriter();
  writer.write(Uint8Array.of(0xe7, 0x47, 0x53, 0x01, 0x50));
  writer.u32(epoch);
  writer.u8(round);
  writeSingle(writer, weight);
  writer.u8(parts.length);
  for (const [part, numbers] of parts) {
    writer.u32(part);
    for (const number of numbers) writeSingle(writer, number);
  }
  return writer.copy();
}
