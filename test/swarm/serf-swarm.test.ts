/*
 * The swarm once more, in Serf pools: intents, forced leaves, events, queries, snapshots and mass restarts. For more
 * seeds, or one again, see check-seeds.ts.
 */
import { runSerfSwarmSeed, serfPlanFromSeed } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { checkSwarm } from './check-seeds.ts';

const file = 'serf-swarm.test.ts';
const counts = { fixedCount: 60, freshCount: 20, chunkLength: 20 };

if (checkSwarm({ file, plan: serfPlanFromSeed, run: runSerfSwarmSeed, ...counts })) {
  test('the same seed gives the same run, to the last byte', () => {
    for (const seed of [1, 2, 3, 5]) expect(runSerfSwarmSeed(seed)).toEqual(runSerfSwarmSeed(seed));
  });
}
