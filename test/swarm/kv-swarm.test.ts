/*
 * The swarm once more, with members that gossip state: writes, deletions that are forgotten at any moment, clocks that are
 * wrong, disks, members without the capability. For more seeds, or one again, see check-seeds.ts.
 */
import { kvPlanFromSeed, runKvSwarmSeed } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { checkSwarm } from './check-seeds.ts';

const file = 'kv-swarm.test.ts';
const counts = { fixedCount: 40, freshCount: 10, chunkLength: 10 };

if (checkSwarm({ file, plan: kvPlanFromSeed, run: runKvSwarmSeed, ...counts })) {
  test('the same seed gives the same run, to the last byte', () => {
    for (const seed of [1, 2, 3, 5]) expect(runKvSwarmSeed(seed)).toEqual(runKvSwarmSeed(seed));
  });
}
