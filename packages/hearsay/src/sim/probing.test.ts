import { expect, test } from 'vitest';
import type { SwimRules, SwimTraceEvent } from '../swim/index.ts';
import { randomFloat, randomInt, SeededRng } from '../util/index.ts';
import { formCluster } from './warm-start.ts';
import { Simulator, type SimNodeOptions } from './simulator.ts';
import type { SimNode } from './sim-node.ts';

const periodMs = 1_000;

interface Probe {
  readonly from: string;
  readonly target: string;
  readonly atMs: number;
}

/** A cluster at rest, and all its probes from then on. Its nodes have those options in turn. */
class ProbedCluster {
  readonly simulator: Simulator = new Simulator({ seed: 11 });
  readonly probes: Probe[] = [];
  readonly suspicions: { readonly of: string; readonly atMs: number }[] = [];
  readonly timeoutsAtMs: number[] = [];
  /** Probes that ended in an accusation. */
  accusationCount: number = 0;

  constructor(nodeCount: number, ...options: SimNodeOptions[]) {
    const { simulator } = this;
    simulator.observe({ onTrace: (node, event) => this.#note(node, event) });
    for (let i = 1; i <= nodeCount; i++) simulator.addNode(`n${i}`);
    simulator.nodes.forEach((node, i) => simulator.boot(node, options[i % options.length]!));
    formCluster(simulator);
    this.runPeriods(20);
    this.probes.length = 0;
  }

  get names(): string[] {
    return this.simulator.nodes.map(({ name }) => name);
  }

  /** From one boundary of periods to another: they are those of the clock on the wall. */
  runPeriods(count: number): void {
    this.simulator.runForMs(periodMs * count);
  }

  /** How often the member was probed in each of so many periods that begin at `fromMs`. */
  countsOf(target: string, fromMs: number, periodCount: number): number[] {
    return Array.from({ length: periodCount }, (_, i) => {
      const startMs = fromMs + i * periodMs;
      return this.probes.filter(
        (probe) => probe.target === target && probe.atMs >= startMs && probe.atMs < startMs + periodMs,
      ).length;
    });
  }

  /** Who probed whom: names with a space between. */
  pairsSince(fromMs: number): Set<string> {
    return new Set(this.probes.filter(({ atMs }) => atMs >= fromMs).map(({ from, target }) => `${from} ${target}`));
  }

  #note(node: SimNode, event: SwimTraceEvent): void {
    if (event.type === 'probe-started') this.probes.push({ from: node.name, target: event.target, atMs: event.atMs });
    if (event.type === 'probe-timeout') this.timeoutsAtMs.push(event.atMs);
    if (event.type === 'probe-failed') this.accusationCount += 1;
    if (event.type === 'suspect') this.suspicions.push({ of: event.node, atMs: event.atMs });
  }
}

/** In periods: how long members that get no time from a random instant on wait for the first probe. */
function waits(cluster: ProbedCluster, count: number): number[] {
  const { simulator, probes } = cluster;
  const rng = new SeededRng(3);
  return Array.from({ length: count }, () => {
    simulator.runForMs((2 + randomFloat(rng)) * periodMs);
    const victim = simulator.nodes[randomInt(rng, simulator.nodes.length)]!;
    const stoppedAtMs = simulator.nowMs;
    victim.pause();
    const seen = probes.length;
    const isProbed = (): boolean => probes.slice(seen).some(({ target }) => target === victim.name);
    expect(simulator.runUntil(isProbed, 100 * periodMs)).toBe(true);
    victim.resume();
    return (simulator.nowMs - stoppedAtMs) / periodMs;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test('while all are well each member is probed exactly once a period, and by each other one once a round', () => {
  const cluster = new ProbedCluster(24, {});
  const startedAtMs = cluster.simulator.nowMs;
  cluster.runPeriods(23);
  for (const name of cluster.names) expect(cluster.countsOf(name, startedAtMs, 23)).toEqual(Array(23).fill(1));
  expect(cluster.pairsSince(startedAtMs).size).toBe(24 * 23);
});

test('a member that stops is probed within one period, after half a one on average', () => {
  const all = waits(new ProbedCluster(24, {}), 200);
  expect(Math.max(...all)).toBeLessThanOrEqual(1.001);
  expect(mean(all)).toBeCloseTo(0.5, 1);
});

test('with the round robin some wait for several periods', () => {
  const all = waits(new ProbedCluster(24, { rules: 'memberlist' }), 200);
  expect(Math.max(...all)).toBeGreaterThan(2.5);
  expect(mean(all)).toBeGreaterThan(0.8);
});

test('among members that draw at random half of the probes are planned, and nobody waits longer than among these alone', () => {
  const cluster = new ProbedCluster(24, {}, { rules: 'memberlist' });
  const startedAtMs = cluster.simulator.nowMs;
  cluster.runPeriods(46);
  const pairs = cluster.pairsSince(startedAtMs);
  // Two rounds: each planned pair twice, and each drawn one at least once.
  expect(pairs.size).toBe(24 * 23);
  for (const name of cluster.names) {
    expect(mean(cluster.countsOf(name, startedAtMs, 46))).toBeGreaterThan(0.8);
    expect(mean(cluster.countsOf(name, startedAtMs, 46))).toBeLessThan(1.2);
  }
  expect(mean(waits(cluster, 200))).toBeLessThan(0.95);
});

test.each([3_600_000, -3_600_000, 400])(
  'where half of the clocks are %i ms off it is no worse than at random',
  (aheadMs) => {
    const cluster = new ProbedCluster(24, {});
    cluster.simulator.nodes.forEach((node, i) => {
      if (i % 2 === 0) node.clockAheadMs = aheadMs;
    });
    cluster.runPeriods(5);
    const startedAtMs = cluster.simulator.nowMs;
    cluster.runPeriods(24);
    expect(cluster.pairsSince(startedAtMs).size).toBe(24 * 23);
    expect(mean(waits(cluster, 200))).toBeLessThan(0.95);
  },
);

test('clocks that are set all the time make nobody wait for long', () => {
  const cluster = new ProbedCluster(12, {});
  const rng = new SeededRng(9);
  const startedAtMs = cluster.simulator.nowMs;
  // Six rounds, and two more for the periods that are lost when a clock is set.
  for (let i = 0; i < 8 * 11; i++) {
    for (const node of cluster.simulator.nodes) node.clockAheadMs = (randomFloat(rng) - 0.5) * 7_200_000;
    cluster.runPeriods(1);
  }
  expect(cluster.pairsSince(startedAtMs).size).toBe(12 * 11);
});

test('members that come and go do not keep others from being probed', () => {
  const cluster = new ProbedCluster(12, {});
  const { simulator } = cluster;
  const guest = simulator.addNode('guest');
  const startedAtMs = simulator.nowMs;
  for (let i = 0; i < 20; i++) {
    simulator.boot(guest, {});
    guest.step((core, nowMs) => core.join(nowMs, [simulator.nodes[0]!.address]));
    cluster.runPeriods(2);
    guest.step((core, nowMs) => core.leave(nowMs, 1_000));
    cluster.runPeriods(2);
    guest.crash(true);
  }
  const pairs = [...cluster.pairsSince(startedAtMs)].filter((pair) => !pair.includes('guest'));
  expect(pairs.length).toBe(12 * 11);
});

/** In milliseconds: from the first probe of members that crash to the first suspicion of each. */
function suspectedAfterMs(rules: 'sharp' | 'memberlist', isHostUp: boolean): number[] {
  return [0, 1, 2, 3, 4].map((index) => {
    const cluster = new ProbedCluster(24, { rules });
    const victim = cluster.simulator.nodes[index]!;
    victim.crash(isHostUp);
    cluster.runPeriods(15);
    const suspicion = cluster.suspicions.find(({ of }) => of === victim.name)!;
    return suspicion.atMs - cluster.probes.find(({ target }) => target === victim.name)!.atMs;
  });
}

test('a killed process on a living machine is suspected after 100 ms of silence and the nacks of those asked', () => {
  for (const spanMs of suspectedAfterMs('sharp', true)) {
    expect(spanMs).toBeGreaterThan(500);
    expect(spanMs).toBeLessThan(510);
  }
});

test('a machine that is down is suspected when its kernel was silent for as long again, and those asked had no answer', () => {
  for (const spanMs of suspectedAfterMs('sharp', false)) {
    expect(spanMs).toBeGreaterThan(600);
    expect(spanMs).toBeLessThan(610);
  }
});

test.each([true, false])(
  'with the rules of memberlist, and a machine that is up: %s, it is when the period is over',
  (isHostUp) => {
    expect(Math.min(...suspectedAfterMs('memberlist', isHostUp))).toBe(periodMs);
  },
);

test('nobody asks others early about a process that only stalls, and it is suspected when the period is over', () => {
  const cluster = new ProbedCluster(24, {});
  const victim = cluster.simulator.nodes[0]!;
  victim.pause();
  cluster.runPeriods(3);
  const probedAtMs = cluster.probes.find(({ target }) => target === victim.name)!.atMs;
  expect(cluster.timeoutsAtMs[0]! - probedAtMs).toBe(500);
  expect(cluster.suspicions[0]!.atMs - probedAtMs).toBe(periodMs);
});

/** A cluster of which half of all packets have got lost for a minute. */
function lossyCluster(rules: Partial<SwimRules>): ProbedCluster {
  const cluster = new ProbedCluster(24, { rules });
  const { network } = cluster.simulator;
  network.config = { ...network.config, loss: 0.5 };
  cluster.runPeriods(60);
  cluster.accusationCount = 0;
  return cluster;
}

test('where half of all packets get lost members that are well are accused a tenth as often as without repeated probes', () => {
  const [without, withRule] = [{ repeatedProbes: false }, {}].map((rules) => {
    const cluster = lossyCluster(rules);
    cluster.runPeriods(120);
    return cluster.accusationCount;
  });
  expect(without).toBeGreaterThan(100);
  expect(withRule).toBeLessThan(without! / 10);
});

test('and one that crashes there is dead to all others within a minute', () => {
  const { simulator } = lossyCluster({});
  const [victim, ...others] = simulator.nodes;
  victim!.crash(false);
  simulator.runForMs(60_000);
  const states = others.map(({ core }) => core.memberState(victim!.name));
  expect(states).not.toContain('alive');
  expect(states).not.toContain('suspect');
});
