/**
 * What tests judge the mutants of a layer: those beside its files and those that hold it against recorded vectors. The
 * simulator's swarm and real sockets would find more, and take days.
 */
export const layers = {
  wire: ['packages/hearsay/src/wire/**/*.test.ts', 'test/golden/**/*.test.ts'],
  swim: ['packages/hearsay/src/swim/**/*.test.ts', 'packages/hearsay/src/cluster/**/*.test.ts'],
};

/** Names of tests that take a second each, and a minute with Stryker's counters in the inner loops. */
export const slowTests =
  /bomb|40mib|zeros-1m|what comes out of a compression|are bounded over all|more members than the bound/;
