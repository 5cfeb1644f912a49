/*
 * Runs of the simulator, one a seed: a small cluster, random faults, then peace, with every invariant checked.
 *
 *   npx vitest run test/swarm/swarm.test.ts                     a fixed set of seeds and a fresh one
 *   HEARSAY_SEEDS=5000 npx vitest run test/swarm/swarm.test.ts  a fresh set of 5,000
 *   HEARSAY_SEED=28 npx vitest run test/swarm/swarm.test.ts     one seed again, with its plan and its transcript
 */
import { planFromSeed, runSwarmSeed, type SwarmResult } from 'hearsay/sim';
import { expect, test } from 'vitest';

const fixedCount = 200;
const freshCount = Number(process.env.HEARSAY_SEEDS ?? 60);
const replayedSeed = process.env.HEARSAY_SEED;
/** Seeds a test: short enough to see where a run stands. */
const chunkLength = 50;

if (replayedSeed !== undefined) {
  test(`every invariant holds in seed ${replayedSeed}`, () => {
    console.log(JSON.stringify(planFromSeed(Number(replayedSeed)), null, 2));
    const result = runSwarmSeed(Number(replayedSeed));
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
    for (const seed of [1, 2, 3, 5, 8, 13, 21, 34]) {
      const first = runSwarmSeed(seed);
      const second = runSwarmSeed(seed);
      expect(second).toEqual(first);
      expect(first.hash).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  test('different seeds give different runs', () => {
    const hashes = new Set([1, 2, 3, 5, 8, 13, 21, 34].map((seed) => runSwarmSeed(seed).hash));
    expect(hashes.size).toBe(8);
  });
}

function checkSeeds(kind: string, start: number, count: number): void {
  for (let from = start; from < start + count; from += chunkLength) {
    const to = Math.min(from + chunkLength, start + count);
    test(`every invariant holds in ${kind} seeds ${from} to ${to - 1}`, { timeout: 300_000 }, () => {
      for (let seed = from; seed < to; seed++) {
        const result = runSwarmSeed(seed);
        if (result.failure !== undefined) expect.fail(explain(result));
      }
    });
  }
}

function explain(result: SwarmResult): string {
  const replay = `HEARSAY_SEED=${result.seed} npx vitest run test/swarm/swarm.test.ts`;
  return `seed ${result.seed} breaks ${result.failure}. To replay it:\n\n  ${replay}\n\n${result.report}`;
}
