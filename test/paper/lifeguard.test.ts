/** What "Lifeguard" (Dadgar, Phillips, Currey, arXiv 1707.00788v2) says of suspicions, on whole nodes and real packets. */
import { expect, test } from 'vitest';
import { clusterAtRest } from './lab.ts';

/** With these, eight confirmations are asked for: all that there can be. Some come too late to count. */
const swim = { suspicionMult: 10, suspicionMaxTimeoutMult: 6, probeIntervalMs: 1_000 };
const nodeCount = 10;
const minMs = swim.suspicionMult * Math.log10(nodeCount) * swim.probeIntervalMs;
const maxMs = swim.suspicionMaxTimeoutMult * minMs;
const confirmationsAsked = swim.suspicionMult - 2;

test('a suspicion lasts as long as its confirmations let it: max - (max - min) log(C + 1) / log(K + 1) (Lifeguard §IV.B)', () => {
  const verdicts = Array.from({ length: 40 }, (_, seed) => verdictsAfterCrash(seed + 1)).flat();
  const confirmationCounts = new Set(verdicts.map(({ confirmedAtMs }) => confirmedAtMs.length));
  expect(confirmationCounts.size, 'suspicions of several kinds are compared').toBeGreaterThanOrEqual(3);
  for (const { lastedMs, confirmedAtMs } of verdicts) {
    const count = confirmedAtMs.length;
    const shrunkMs = maxMs - ((maxMs - minMs) * Math.log(count + 1)) / Math.log(confirmationsAsked + 1);
    // The last confirmation may come when the shrunk time is already over: then the verdict follows at once.
    const expectedMs = Math.max(minMs, shrunkMs, confirmedAtMs.at(-1) ?? 0);
    // Times are cut to milliseconds, and virtual time has ticks.
    expect(Math.abs(lastedMs - expectedMs), `${count} confirmations`).toBeLessThan(1.5);
  }
});

interface Verdict {
  /** From the first accusation heard to the verdict. */
  readonly lastedMs: number;
  /** Since the first accusation. */
  readonly confirmedAtMs: readonly number[];
}

/** One for each node that found by its own clock that the crashed node is dead. */
function verdictsAfterCrash(seed: number): Verdict[] {
  const suspectedAtMs = new Map<string, number>();
  const confirmedAtMs = new Map<string, number[]>();
  const verdicts: Verdict[] = [];
  const simulator = clusterAtRest({
    seed,
    nodeCount,
    swim,
    observer: {
      onTrace: (node, event) => {
        if (!('node' in event) || event.node !== 'n1') return;
        if (event.type === 'suspect') suspectedAtMs.set(node.name, event.atMs);
        const sinceMs = suspectedAtMs.get(node.name)!;
        const confirmations = confirmedAtMs.get(node.name) ?? [];
        if (event.type === 'suspicion-confirmed') {
          confirmedAtMs.set(node.name, [...confirmations, event.atMs - sinceMs]);
        }
        if (event.type === 'dead' && event.from === node.name) {
          verdicts.push({ lastedMs: event.atMs - sinceMs, confirmedAtMs: confirmations });
        }
      },
    },
  });
  simulator.nodes[0]!.crash(false);
  simulator.runForMs(2 * maxMs);
  return verdicts;
}
