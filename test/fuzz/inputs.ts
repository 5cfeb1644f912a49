import { expect, test } from 'vitest';
import { toHex } from '../golden/vectors.ts';

/** Which inputs a fuzz test takes: all up to a count, or one of them again. */
export interface FuzzPlan {
  /** `HEARSAY_FUZZ_SEED`, or 1. */
  readonly seed: number;
  /** `HEARSAY_FUZZ_COUNT`, or the test's own. */
  readonly count: number;
  /** `HEARSAY_FUZZ_INPUT`: this one alone. */
  readonly onlyInput: string | undefined;
}

/** What a fuzz test does. */
export interface FuzzTest {
  /** What is changed: `changed Serf messages`. */
  readonly what: string;
  readonly newInput: (index: number) => Uint8Array;
  readonly run: (bytes: Uint8Array) => void;
  /** The slowest input may take this long, on a slow and busy machine. */
  readonly inputMaxMs: number;
  /** How many inputs were taken, by kind; printed. */
  readonly taken: ReadonlyMap<string, number>;
  /** After all of them. */
  readonly onEnd: () => void;
}

/** The plan of the environment. */
export function readFuzzPlan(count: number): FuzzPlan {
  return {
    seed: Number(process.env['HEARSAY_FUZZ_SEED'] ?? 1),
    count: Number(process.env['HEARSAY_FUZZ_COUNT'] ?? count),
    onlyInput: process.env['HEARSAY_FUZZ_INPUT'],
  };
}

/** A test that runs all inputs of the plan, none of which may throw or be slow; or that shows and runs the only one. */
export function testInputs({ seed, count, onlyInput }: FuzzPlan, parts: FuzzTest): void {
  const { what, newInput, run } = parts;
  if (onlyInput !== undefined) {
    test(`input ${onlyInput} of seed ${seed} again`, () => {
      const bytes = newInput(Number(onlyInput));
      console.log(toHex(bytes));
      run(bytes);
    });
    return;
  }
  const title = `${count} ${what}: no throw, no hang, nothing beyond the limits`;
  test(title, () => runAll(seed, count, parts), 10 * 60_000 + count);
}

/** For what must hold of whatever is taken. */
export function check(isTrue: boolean, invariant: string): void {
  if (!isTrue) throw new Error(`fuzz: ${invariant}`);
}

function runAll(seed: number, count: number, { newInput, run, inputMaxMs, taken, onEnd }: FuzzTest): void {
  let slowest = { index: 0, ms: 0 };
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    try {
      run(newInput(index));
    } catch (error) {
      throw new Error(`input ${index} threw; replay with HEARSAY_FUZZ_SEED=${seed} HEARSAY_FUZZ_INPUT=${index}`, {
        cause: error,
      });
    }
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { index, ms };
  }
  console.log(`fuzz: seed ${seed}, ${count} inputs, slowest ${slowest.ms.toFixed(0)} ms, taken`, taken);
  expect(slowest.ms, `input ${slowest.index} was slow`).toBeLessThan(inputMaxMs);
  onEnd();
}
