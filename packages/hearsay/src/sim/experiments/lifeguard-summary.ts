import { randomInt, SeededRng } from '../../util/index.ts';
import type { CellRun } from './experiment.ts';
import { anomalyCounts, blocksMs, intervalsMs, shortIntervalMs, type LifeguardCell } from './lifeguard-setting.ts';
import type { LifeguardRunResult } from './lifeguard-run.ts';
import { mean, quantile, sum } from './statistics.ts';

export type LifeguardRun = CellRun<LifeguardCell, LifeguardRunResult>;

/** Figures of the paper are sums over so many runs of each combination. */
const publishedRepetitions = 10;

/** The runs of one kind with one configuration. */
export function runsOf(runs: readonly LifeguardRun[], config: string, kind: 'interval' | 'threshold'): LifeguardRun[] {
  return runs.filter(({ cell }) => cell.config === config && (cell.intervalMs === null) === (kind === 'threshold'));
}

/**
 * What ten repetitions of all Interval combinations would sum up to: each stratum's mean, times its combinations.
 * Undefined when a stratum was not run at all.
 */
export function scaledSum(
  runs: readonly LifeguardRun[],
  valueOf: (result: LifeguardRunResult) => number,
): number | undefined {
  const total = scaled(byStratum(runs, valueOf));
  return Number.isNaN(total) ? undefined : total;
}

/** 95 % interval of that, by drawing whole runs with replacement, as many of each stratum as there are. */
export function scaledInterval(
  runs: readonly LifeguardRun[],
  valueOf: (result: LifeguardRunResult) => number,
): readonly [low: number, high: number] {
  const rng = new SeededRng(bootstrapSeed);
  const values = byStratum(runs, valueOf);
  const draws = Array.from({ length: drawCount }, () =>
    scaled(values.map((own) => own.map(() => own[randomInt(rng, own.length)]!))),
  );
  return [quantile(draws, 0.025), quantile(draws, 0.975)];
}

const bootstrapSeed = 1_707;
const drawCount = 1_000;

function scaled(values: readonly (readonly number[])[]): number {
  return publishedRepetitions * sum(values.map((own, index) => strata[index]!.cellCount * mean(own)));
}

function byStratum(runs: readonly LifeguardRun[], valueOf: (result: LifeguardRunResult) => number): number[][] {
  return strata.map(({ blockMs, isShort }) =>
    runs
      .filter(({ cell }) => cell.blockMs === blockMs && isShortInterval(cell) === isShort)
      .map(({ result }) => valueOf(result)),
  );
}

function isShortInterval({ intervalMs }: LifeguardCell): boolean {
  return intervalMs !== null && intervalMs <= shortIntervalMs;
}

const shortCount = intervalsMs.filter((intervalMs) => intervalMs <= shortIntervalMs).length;
const strata = blocksMs.flatMap((blockMs) => [
  { blockMs, isShort: true, cellCount: shortCount * anomalyCounts.length },
  { blockMs, isShort: false, cellCount: (intervalsMs.length - shortCount) * anomalyCounts.length },
]);

/** False positives per run for each C, of the long blocks with short intervals, where nearly all of them are. */
export function meanByCount(runs: readonly LifeguardRun[]): (number | undefined)[] {
  return anomalyCounts.map((count) => {
    const own = runs.filter(
      ({ cell }) => cell.anomalyCount === count && cell.blockMs >= 16_384 && isShortInterval(cell),
    );
    return own.length === 0 ? undefined : mean(own.map(({ result }) => result.falsePositives));
  });
}

/** Of every member that was blocked and declared failed, in seconds. */
export function latenciesS(runs: readonly LifeguardRun[], of: 'firstMs' | 'fullMs'): number[] {
  return runs.flatMap(({ result }) => result[of].map((ms) => ms / 1_000));
}
