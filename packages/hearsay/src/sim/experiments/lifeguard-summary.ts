import { randomInt, SeededRng } from '../../util/index.ts';
import type { CellRun } from './experiment.ts';
import type { LifeguardRunResult } from './lifeguard-run.ts';
import { anomalyCounts, blocksMs, intervalsMs, shortIntervalMs, type LifeguardCell } from './lifeguard-setting.ts';
import { mean, quantile, sum } from './statistics.ts';

/** One cell with one seed, and what it gave. */
export type LifeguardRun = CellRun<LifeguardCell, LifeguardRunResult>;

/** What is counted in a run. */
export type ValueOf = (result: LifeguardRunResult) => number;

/** Figures of the paper are sums over so many runs of each combination. */
const publishedRepetitions = 10;

/** The runs of one kind with one configuration. */
export function runsOf(runs: readonly LifeguardRun[], config: string, kind: 'interval' | 'threshold'): LifeguardRun[] {
  return runs.filter(({ cell }) => cell.config === config && (cell.intervalMs === null) === (kind === 'threshold'));
}

/**
 * What ten repetitions of all Interval combinations would sum up to. Undefined when for some C, or for one of the strata (D,
 * and I up to 256 ms or above), there was no run at all.
 *
 * Combinations that were not run are filled in as products of what their C and their D with I give, fitted so that for
 * each C, and for each D with I, the sum over what was run is right (Poisson main effects). When all were run it is the
 * plain sum.
 */
export function scaledSum(runs: readonly LifeguardRun[], valueOf: ValueOf): number | undefined {
  const counts = toCounts(runs, valueOf);
  if (new Set(counts.map(({ anomalyCount }) => anomalyCount)).size < anomalyCounts.length) return undefined;
  const total = scaled(counts);
  return Number.isNaN(total) ? undefined : total;
}

/** 95 % interval of that, by drawing whole runs with replacement, as many of each stratum as there are. */
export function scaledInterval(runs: readonly LifeguardRun[], valueOf: ValueOf): readonly [low: number, high: number] {
  const rng = new SeededRng(bootstrapSeed);
  const counts = toCounts(runs, valueOf);
  const strata = [...new Set(counts.map(({ stratum }) => stratum))].map((name) =>
    counts.filter(({ stratum }) => stratum === name),
  );
  const draws = Array.from({ length: drawCount }, () =>
    scaled(strata.flatMap((own) => own.map(() => own[randomInt(rng, own.length)]!))),
  );
  return [quantile(draws, 0.025), quantile(draws, 0.975)];
}

/** How the values grow with C, by the same fit; 0 for a C that was not run. */
export function factorsByCount(runs: readonly LifeguardRun[], valueOf: ValueOf): readonly number[] {
  const { byCount } = fitProduct(toCounts(runs, valueOf));
  return anomalyCounts.map((count) => byCount.get(count) ?? 0);
}

/** Of every member that was blocked and declared failed, in seconds. */
export function latenciesS(runs: readonly LifeguardRun[], of: 'firstMs' | 'fullMs'): number[] {
  return runs.flatMap(({ result }) => result[of].map((ms) => ms / 1_000));
}

const bootstrapSeed = 1_707;
const drawCount = 300;
const fitRounds = 40;

interface Count {
  readonly anomalyCount: number;
  /** Of D and I. */
  readonly combination: string;
  readonly stratum: string;
  readonly value: number;
}

function toCounts(runs: readonly LifeguardRun[], valueOf: ValueOf): Count[] {
  return runs.map(({ cell: { anomalyCount, blockMs, intervalMs }, result }) => ({
    anomalyCount,
    combination: combinationOf(blockMs, intervalMs!),
    stratum: stratumOf(blockMs, intervalMs!),
    value: valueOf(result),
  }));
}

function combinationOf(blockMs: number, intervalMs: number): string {
  return `D=${blockMs} I=${intervalMs}`;
}

function stratumOf(blockMs: number, intervalMs: number): string {
  return `D=${blockMs} ${intervalMs <= shortIntervalMs ? 'short' : 'long'}`;
}

/** NaN when a stratum was not run. */
function scaled(counts: readonly Count[]): number {
  const { byCount, byCombination } = fitProduct(counts);
  const ofAll = blocksMs.flatMap((blockMs) =>
    intervalsMs.map((intervalMs) => {
      const known = byCombination.get(combinationOf(blockMs, intervalMs));
      if (known !== undefined) return known;
      const own = counts.filter(({ stratum }) => stratum === stratumOf(blockMs, intervalMs));
      const akin = new Set(own.map(({ combination }) => combination));
      return mean([...akin].map((combination) => byCombination.get(combination)!));
    }),
  );
  return publishedRepetitions * sum(ofAll) * sum([...byCount.values()]) * (anomalyCounts.length / byCount.size);
}

/** The factors whose products have the sums of `counts`, by each C and by each D with I: iterative proportional fitting. */
function fitProduct(counts: readonly Count[]): { byCount: Map<number, number>; byCombination: Map<string, number> } {
  const byCount = new Map(counts.map(({ anomalyCount }) => [anomalyCount, anomalyCount]));
  const byCombination = new Map(counts.map(({ combination }) => [combination, 0]));
  for (let round = 0; round < fitRounds; round++) {
    refit(
      byCombination,
      counts,
      ({ combination }) => combination,
      ({ anomalyCount }) => byCount.get(anomalyCount)!,
    );
    refit(
      byCount,
      counts,
      ({ anomalyCount }) => anomalyCount,
      ({ combination }) => byCombination.get(combination)!,
    );
  }
  return { byCount, byCombination };
}

function refit<Key>(
  factors: Map<Key, number>,
  counts: readonly Count[],
  keyOf: (count: Count) => Key,
  otherFactorOf: (count: Count) => number,
): void {
  const values = new Map<Key, number>();
  const others = new Map<Key, number>();
  for (const count of counts) {
    const key = keyOf(count);
    values.set(key, (values.get(key) ?? 0) + count.value);
    others.set(key, (others.get(key) ?? 0) + otherFactorOf(count));
  }
  for (const key of factors.keys()) factors.set(key, others.get(key) === 0 ? 0 : values.get(key)! / others.get(key)!);
}
