/** What "SWIM" (Das, Gupta, Motivala, DSN 2002) derives for its failure detector, on whole nodes and real packets. */
import { expect, test, vi } from 'vitest';
import type { SimNode } from 'hearsay/sim';
import { clusterAtRest, mean, quantile } from './lab.ts';

/** For machines that are slow or busy: alone, each test takes a few seconds. */
vi.setConfig({ testTimeout: 180_000 });

const periodMs = 1_000;

test('a crashed member is first probed after an exponential wait of one period on average (SWIM §3.1)', () => {
  // The paper's e/(e-1) counts whole periods in step. Phases here are independent, so the wait itself is exponential;
  // an exact Monte Carlo for 55 members gives 0.97 on average and 4.4 at the 99th percentile.
  const waits: number[] = [];
  for (let seed = 1; seed <= 150; seed++) waits.push(waitForFirstProbe(seed, 55) / periodMs);
  expect(Math.abs(mean(waits) - 0.97)).toBeLessThan(3 * (0.97 / Math.sqrt(waits.length)));
  expect(Math.abs(quantile(waits, 0.5) - 0.68)).toBeLessThan(0.25);
  expect(quantile(waits, 0.99)).toBeGreaterThan(2.5);
  expect(quantile(waits, 0.99)).toBeLessThan(6);
  // Round robin: 2n - 1 periods are the bound; e^-t says that hardly any wait is near it.
  expect(Math.max(...waits)).toBeLessThan(10);
});

test('in a thousand nodes, too, a member waits one period on average for the next probe (SWIM §3.1)', () => {
  const nodeCount = 1_000;
  const firstProbeMs = new Map<string, number>();
  let sinceMs = Infinity;
  const simulator = clusterAtRest({
    seed: 1,
    nodeCount,
    observer: {
      onTrace: (_node, event) => {
        if (event.type !== 'probe-started' || event.atMs < sinceMs || firstProbeMs.has(event.target)) return;
        firstProbeMs.set(event.target, event.atMs);
      },
    },
  });
  sinceMs = simulator.nowMs;
  simulator.runUntil(() => firstProbeMs.size === nodeCount, 20 * periodMs);
  expect(firstProbeMs.size).toBe(nodeCount);
  const waits = [...firstProbeMs.values()].map((atMs) => (atMs - sinceMs) / periodMs);
  expect(Math.abs(mean(waits) - 1)).toBeLessThan(3 / Math.sqrt(nodeCount));
  expect(Math.abs(quantile(waits, 0.99) - 4.6)).toBeLessThan(1);
});

test.each([28, 128, 500])(
  'a member of %i sends two messages a period, whatever the number (SWIM §5, figure 3a)',
  (n) => {
    const simulator = clusterAtRest({ seed: 2, nodeCount: n });
    const periods = Math.ceil(15_000 / n);
    const sent: number[] = [];
    takeSent(simulator.nodes);
    for (let period = 0; period < periods; period++) {
      simulator.runForMs(periodMs);
      sent.push(...takeSent(simulator.nodes));
    }
    expect(Math.abs(mean(sent) - 2)).toBeLessThan(0.02);
    // Its own ping, and an ack to each of the others with probability 1 / (n - 1). The paper read 0.99 off its runs.
    const share = sent.filter((count) => count < 5).length / sent.length;
    const expected = binomialAtMost(3, n - 1);
    expect(Math.abs(share - expected)).toBeLessThan(3 * Math.sqrt((expected * (1 - expected)) / sent.length));
  },
);

test.each([
  { loss: 0.05, helpers: 1 },
  { loss: 0.1, helpers: 1 },
  { loss: 0.1, helpers: 3 },
  { loss: 0.2, helpers: 3 },
])(
  'a probe of a live member fails as often as two and four legs get lost: $loss, $helpers helpers (SWIM §3.1)',
  (its) => {
    const { loss, helpers } = its;
    const simulator = clusterAtRest({
      seed: 3,
      nodeCount: 20,
      network: { loss },
      swim: { streamPings: false, indirectChecks: helpers },
    });
    simulator.runForMs(600 * periodMs);
    const sum = (field: 'probes' | 'probesFailed'): number =>
      simulator.nodes.reduce((total, node) => total + node.core.stats.swim[field], 0);
    const delivery = 1 - loss;
    const failing = (1 - delivery ** 2) * (1 - delivery ** 4) ** helpers;
    // Per probe, which is the paper's formula without its window of e/(e-1) periods.
    const expected = failing * sum('probes');
    expect(sum('probes')).toBeGreaterThan(10_000);
    expect(Math.abs(sum('probesFailed') - expected)).toBeLessThan(3 * Math.sqrt(expected * (1 - failing)));
  },
);

/** Milliseconds from a crash at a random instant to the start of the first probe of the crashed member. */
function waitForFirstProbe(seed: number, nodeCount: number): number {
  let probedAtMs: number | undefined;
  let crashedAtMs = Infinity;
  const simulator = clusterAtRest({
    seed,
    nodeCount,
    observer: {
      onTrace: (_node, event) => {
        if (event.type !== 'probe-started' || event.target !== 'n1' || event.atMs < crashedAtMs) return;
        probedAtMs ??= event.atMs;
      },
    },
  });
  crashedAtMs = simulator.nowMs;
  simulator.nodes[0]!.crash(false);
  simulator.runUntil(() => probedAtMs !== undefined, 2 * nodeCount * periodMs);
  return probedAtMs! - crashedAtMs;
}

function takeSent(nodes: readonly SimNode[]): number[] {
  return nodes.map((node) => node.takeTraffic().packetsSent);
}

/** P(at most `most` of `count` events happen), each with probability 1 / `count`. */
function binomialAtMost(most: number, count: number): number {
  const p = 1 / count;
  let term = (1 - p) ** count;
  let sum = term;
  for (let k = 1; k <= most; k++) {
    term *= ((count - k + 1) / k) * (p / (1 - p));
    sum += term;
  }
  return sum;
}
