/*
 * The swarm once more, in Serf pools: intents, forced leaves, events, queries, snapshots and mass restarts.
 *
 *   npx vitest run test/swarm/serf-swarm.test.ts                     a fixed set of seeds and a fresh one
 *   HEARSAY_SEEDS=5000 npx vitest run test/swarm/serf-swarm.test.ts  a fresh set of 5,000
 *   HEARSAY_SEED=28 npx vitest run test/swarm/serf-swarm.test.ts     one seed again, with its plan and its transcript
 */
import { runSerfSwarmSeed, serfPlanFromSeed } from 'hearsay/sim';
import { expect, test } from 'vitest';

const fixedCount = 60;
const freshCount = Number(process.env.HEARSAY_SEEDS ?? 20);
const replayedSeed = process.env.HEARSAY_SEED;
/** Seeds a test: short enough to see where a run stands. */
const chunkLength = 20;

if (replayedSeed !== undefined) {
  test(`every invariant holds in seed ${replayedSeed}`, () => {
    console.log(JSON.stringify(serfPlanFromSeed(Number(replayedSeed)), null, 2));
    const result = runSerfSwarmSeed(Number(replayedSeed));
    console.log(result.failure === undefined ? `holds, hash ${result.hash}` : result.report);
    expect(result.failure).toBeUndefined();
  });
} else {
  if (process.env.HEARSAY_SEEDS === undefined) checkSeeds('fixed', 1, fixedCount);
  // Past all fixed seeds, and elsewhere in every run.
  const freshStart = 1_000_000 + (Date.now() % 1_000_000_000);
  console.log(`fresh seeds from ${freshStart}`);
  checkSeeds('fresh', freshStart, freshCount);

  test('the same seed gives the same run, to the last byte', () => {
    for (const seed of [1, 2, 3, 5]) expect(runSerfSwarmSeed(seed)).toEqual(runSerfSwarmSeed(seed));
  });
}

function checkSeeds(kind: string, start: number, count: number): void {
  for (let from = start; from < start + count; from += chunkLength) {
    const to = Math.min(from + chunkLength, start + count);
    test(`every invariant holds in ${kind} seeds ${from} to ${to - 1}`, { timeout: 300_000 }, () => {
      for (let seed = from; seed < to; seed++) {
        const { failure, report } = runSerfSwarmSeed(seed);
        const replay = `HEARSAY_SEED=${seed} npx vitest run test/swarm/serf-swarm.test.ts`;
        if (failure !== undefined) {
          expect.fail(`seed ${seed} breaks ${failure}. To replay it:\n\n  ${replay}\n\n${report}`);
        }
      }
    });
  }
}
