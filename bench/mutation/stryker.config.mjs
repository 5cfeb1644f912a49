/** Used by `run.mjs`, which says what to mutate and which tests to run. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'bench/mutation/vitest.config.mjs', related: false },
  coverageAnalysis: 'perTest',
  // Stryker 9 reads the compiler's settings through an interface that TypeScript 7 no longer has: name no file.
  tsconfigFile: 'none.json',
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  timeoutMS: 6_000,
  // The counters that tell which test runs which mutant slow down the inner loops a hundred times.
  dryRunTimeoutMinutes: 30,
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: 'mutation.json' },
  // What an assert or an error says to people is not what its test is about.
  mutator: { excludedMutations: ['StringLiteral'] },
};
