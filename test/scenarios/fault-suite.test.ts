/*
 * The faults of docs/fault-suite.md that the simulator plays, each among other faults (safety) and alone (liveness).
 *
 *   npx vitest run test/scenarios/fault-suite.test.ts                     twenty fixed seeds, half of them in each mode
 *   HEARSAY_SEEDS=1000 npx vitest run test/scenarios/fault-suite.test.ts  so many fresh ones, from HEARSAY_FROM on
 *   HEARSAY_SEED=28 HEARSAY_FAULT='one crash' npx vitest run test/scenarios/fault-suite.test.ts    one again
 */
import { faultScenarios, runFault, type FaultMode, type FaultScenario } from 'hearsay/sim';
import { describe, expect, test } from 'vitest';
import { freshSeed } from '../swarm/check-seeds.ts';

const { HEARSAY_SEED: replayedSeed, HEARSAY_SEEDS: seedCount, HEARSAY_FAULT: onlyName } = process.env;
const isFresh = seedCount !== undefined;
const first = Number(replayedSeed ?? (isFresh ? freshSeed() : 1));
const count = replayedSeed === undefined ? Number(seedCount ?? 10) : 1;
/** Both modes take a seed of the fixed set that the other does not. */
const livenessFirst = replayedSeed === undefined && !isFresh ? first + count : first;
const chosen = faultScenarios.filter(({ name }) => onlyName === undefined || name === onlyName);
if (isFresh) console.log(`fresh seeds from ${first}`);

describe.each(chosen)('fault $number, $name', { timeout: 300_000 + count * 3_000 }, (fault) => {
  test('breaks no invariant, among other faults', () => check(fault, 'safety', first));
  test('keeps what is promised of it, and leaves the cluster at rest', () => check(fault, 'liveness', livenessFirst));
});

test('no two faults have one name', () => {
  expect(new Set(faultScenarios.map(({ name }) => name)).size).toBe(faultScenarios.length);
});

test('the same seed gives the same run, to the last byte', () => {
  for (const fault of faultScenarios.slice(0, 4)) {
    expect(runFault(fault, 'safety', 3)).toEqual(runFault(fault, 'safety', 3));
  }
});

function check(fault: FaultScenario, mode: FaultMode, from: number): void {
  for (let seed = from; seed < from + count; seed += 1) {
    const { failure, report } = runFault(fault, mode, seed);
    if (failure === undefined) continue;
    const command = `HEARSAY_SEED=${seed} HEARSAY_FAULT='${fault.name}' npx vitest run test/scenarios/fault-suite.test.ts`;
    expect.fail(
      `seed ${seed} of fault ${fault.number}, ${fault.name}, ${mode}: ${failure}. To replay it:\n\n  ${command}\n\n${report}`,
    );
  }
}
