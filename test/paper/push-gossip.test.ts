/**
 * One rumor pushed at fan-out 3 every 200 ms by nodes that do not tick in step, against an exact Monte Carlo of that
 * process (independent phases, links of 0.5 ms, each informed node sends 4 * ceil(log10(n + 1)) packets).
 */
import { expect, test, vi } from 'vitest';
import { clusterAtRest, mean, quantile, RumorClock } from './lab.ts';

/** For machines that are slow or busy: alone, each test takes a few seconds. */
vi.setConfig({ testTimeout: 180_000 });

/** Probes are rare here, so that next to nothing is carried by pings and acks. */
const swim = { probeIntervalMs: 5_000 };

test.each([
  { nodeCount: 128, loss: 0, rumors: 60, halfMs: 360, lastMs: 710, lastP99Ms: 1_030 },
  { nodeCount: 128, loss: 0.25, rumors: 60, halfMs: 470, lastMs: 940, lastP99Ms: 1_340 },
  { nodeCount: 1_000, loss: 0, rumors: 8, halfMs: 500, lastMs: 1_000, lastP99Ms: 1_320 },
])('a rumor takes $lastMs ms to the last of $nodeCount nodes at a loss of $loss (Karp et al., FOCS 2000)', (its) => {
  const { nodeCount, loss, rumors } = its;
  const clock = new RumorClock();
  const network = { latencyMinMs: 0.5, latencyMaxMs: 0.5, loss };
  const simulator = clusterAtRest({ seed: 5, nodeCount, swim, network, observer: clock });
  const halves: number[] = [];
  const lasts: number[] = [];
  for (let rumor = 0; rumor < rumors; rumor++) {
    // Some time in between, so that rumors are born at every phase.
    simulator.runForMs(37);
    const waitsMs = clock.tell(simulator, simulator.nodes[(rumor * 7) % nodeCount]!, rumor);
    halves.push(quantile(waitsMs, 0.5));
    if (waitsMs.length === nodeCount - 1) lasts.push(waitsMs.at(-1)!);
  }
  expect(lasts.length / rumors, 'rumors that reach everybody').toBeGreaterThan(0.95);
  expect(Math.abs(mean(halves) / its.halfMs - 1)).toBeLessThan(0.1);
  expect(Math.abs(mean(lasts) / its.lastMs - 1)).toBeLessThan(0.1);
  expect(quantile(lasts, 0.99)).toBeLessThan(its.lastP99Ms * 1.15);
});
