/**
 * Changed bytes of what members tell each other about themselves and others: questions, testimonies, traces, views, pages
 * of metrics, estimates. No throw, no hang, and whatever is taken can be worked with.
 *
 *   npx vitest run test/fuzz/reports.test.ts                                        60,000 inputs
 *   HEARSAY_FUZZ_COUNT=10000000 npx vitest run test/fuzz/reports.test.ts            ten million
 *   HEARSAY_FUZZ_SEED=7 HEARSAY_FUZZ_INPUT=12345 npx vitest run test/fuzz/reports.test.ts   one input again
 */
import { expect } from 'vitest';
import { randomInt, SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { readFuzzPlan, testInputs } from './inputs.ts';
import { mutate } from './mutator.ts';
import { reportTargets } from './report-targets.ts';

const plan = readFuzzPlan(60_000);
/** On a slow and busy machine. */
const inputMaxMs = 1_000;
const kinds = Object.keys(reportTargets);
const corpus = Object.values(reportTargets).flatMap(({ samples }) => samples);
/** How many changed inputs a reader took, by kind. */
const taken = new Map<string, number>();

/** The first byte says for which reader the others are. */
function newInput(index: number): Uint8Array {
  const rng = new SeededRng(plan.seed, index);
  const at = randomInt(rng, kinds.length);
  const { samples } = reportTargets[kinds[at]!]!;
  return Uint8Array.of(at, ...mutate(rng, samples[randomInt(rng, samples.length)]!, corpus));
}

function run(bytes: Uint8Array): void {
  const kind = kinds[bytes[0]!]!;
  if (reportTargets[kind]!.read(bytes.subarray(1))) taken.set(kind, (taken.get(kind) ?? 0) + 1);
}

function onEnd(): void {
  // Enough comes through, of every kind.
  for (const kind of kinds) expect(taken.get(kind) ?? 0, kind).toBeGreaterThan(plan.count / 2_000);
}

testInputs(plan, { what: 'changed reports', newInput, run, inputMaxMs, taken, onEnd });
