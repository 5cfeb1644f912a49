/*
 * What every swarm of the simulator does with its seeds.
 *
 *   npx vitest run test/swarm/NAME.test.ts                     a fixed set of seeds and a fresh one
 *   HEARSAY_SEEDS=5000 npx vitest run test/swarm/NAME.test.ts  a fresh set of 5,000
 *   HEARSAY_SEED=28 npx vitest run test/swarm/NAME.test.ts     one seed again, with its plan and its transcript
 */
import type { Plan, SwarmResult } from 'hearsay/sim';
import { expect, test } from 'vitest';

/** A kind of runs, and how many of them are made. */
export interface Swarm {
  /** Of the test, for the command that replays a seed. */
  readonly file: string;
  readonly plan: (seed: number) => Plan;
  readonly run: (seed: number) => SwarmResult;
  readonly fixedCount: number;
  /** Without HEARSAY_SEEDS. */
  readonly freshCount: number;
  /** Seeds a test: short enough to see where a run stands. */
  readonly chunkLength: number;
}

/** HEARSAY_FROM, or else past all fixed seeds, and elsewhere in every run. */
export function freshSeed(): number {
  return Number(process.env.HEARSAY_FROM ?? 1_000_000 + (Date.now() % 1_000_000_000));
}

/** Declares the tests of `swarm`: all seeds, or the one that is replayed. True: they are all of them. */
export function checkSwarm(swarm: Swarm): boolean {
  const { HEARSAY_SEED: replayedSeed, HEARSAY_SEEDS: seedCount } = process.env;
  if (replayedSeed !== undefined) {
    replay(swarm, Number(replayedSeed));
    return false;
  }
  if (seedCount === undefined) checkSeeds(swarm, 'fixed', 1, swarm.fixedCount);
  const freshStart = freshSeed();
  console.log(`fresh seeds from ${freshStart}`);
  checkSeeds(swarm, 'fresh', freshStart, Number(seedCount ?? swarm.freshCount));
  return true;
}

function replay({ plan, run }: Swarm, seed: number): void {
  test(`every invariant holds in seed ${seed}`, () => {
    console.log(JSON.stringify(plan(seed), null, 2));
    const result = run(seed);
    console.log(result.failure === undefined ? `holds, hash ${result.hash}` : result.report);
    expect(result.failure).toBeUndefined();
  });
}

function checkSeeds({ run, file, chunkLength }: Swarm, kind: string, start: number, count: number): void {
  for (let from = start; from < start + count; from += chunkLength) {
    const to = Math.min(from + chunkLength, start + count);
    test(`every invariant holds in ${kind} seeds ${from} to ${to - 1}`, { timeout: 300_000 }, () => {
      for (let seed = from; seed < to; seed++) {
        const { failure, report } = run(seed);
        const command = `HEARSAY_SEED=${seed} npx vitest run test/swarm/${file}`;
        if (failure !== undefined) {
          expect.fail(`seed ${seed} breaks ${failure}. To replay it:\n\n  ${command}\n\n${report}`);
        }
      }
    });
  }
}
