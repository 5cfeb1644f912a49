/*
 * Runs of the simulator, one a seed: a small cluster, random faults, then peace, with every invariant checked. For more
 * seeds, or one again, see check-seeds.ts.
 */
import { planFromSeed, runSwarmSeed } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { checkSwarm } from './check-seeds.ts';

const file = 'swarm.test.ts';
const counts = { fixedCount: 200, freshCount: 60, chunkLength: 50 };

if (checkSwarm({ file, plan: planFromSeed, run: runSwarmSeed, ...counts })) {
  test('the same seed gives the same run, to the last byte', () => {
    for (const seed of [1, 2, 3, 5, 8, 13, 20, 34]) {
      const first = runSwarmSeed(seed);
      const second = runSwarmSeed(seed);
      expect(second).toEqual(first);
      expect(first.hash).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  test('different seeds give different runs', () => {
    const hashes = new Set([1, 2, 3, 5, 8, 13, 20, 34].map((seed) => runSwarmSeed(seed).hash));
    expect(hashes.size).toBe(8);
  });
}
