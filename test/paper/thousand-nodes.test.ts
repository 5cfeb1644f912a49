/**
 * What a cluster of a thousand does within which time. The full version, with a hundred clusters and ten virtual
 * minutes, is `node bench/spread.mjs`.
 */
import { expect, test, vi } from 'vitest';
import { swimPresets } from 'hearsay/core';
import { crashKnownMaxMs } from '../../packages/hearsay/src/swim/index.ts';
import { clusterAtRest, RumorClock } from './lab.ts';

/** For machines that are slow or busy: alone, each test takes a few seconds. */
vi.setConfig({ testTimeout: 180_000 });

const nodeCount = 1_000;
const { gossipIntervalMs } = swimPresets.lan;

test.each([
  { loss: 0, roundsMax: 8 },
  { loss: 0.1, roundsMax: 9 },
])('a rumor reaches a thousand nodes within $roundsMax rounds at a loss of $loss', ({ loss, roundsMax }) => {
  const clock = new RumorClock();
  const simulator = clusterAtRest({ seed: 11, nodeCount, rules: 'sharp', network: { loss }, observer: clock });
  for (let rumor = 0; rumor < 10; rumor++) {
    simulator.runForMs(37);
    const waitsMs = clock.tell(simulator, simulator.nodes[rumor * 97]!, rumor);
    expect(waitsMs.length).toBe(nodeCount - 1);
    expect(waitsMs.at(-1)! / gossipIntervalMs).toBeLessThan(roundsMax);
  }
});

test('at a loss of 5 % nobody alive is declared dead, and a crash is known to all in the time that follows', () => {
  const loss = 0.05;
  const mourned = new Map<string, number>();
  const simulator = clusterAtRest({
    seed: 12,
    nodeCount,
    rules: 'sharp',
    network: { loss },
    observer: {
      onEvent: (_node, event) => {
        if (event.type !== 'member-failed') return;
        mourned.set(event.member.name, (mourned.get(event.member.name) ?? 0) + 1);
      },
    },
  });
  simulator.runForMs(60_000);
  const unanswered = simulator.nodes.reduce((sum, node) => sum + node.core.stats.swim.probeTimeouts, 0);
  expect(unanswered, 'pings or acks get lost').toBeGreaterThan(5_000);
  expect([...mourned]).toEqual([]);

  simulator.nodes[500]!.crash(false);
  const boundMs = crashKnownMaxMs(swimPresets.lan, nodeCount - 1, loss);
  simulator.runUntil(() => mourned.get('n501') === nodeCount - 1, boundMs);
  expect([...mourned]).toEqual([['n501', nodeCount - 1]]);
});
