import { randomInt, SeededRng } from '../../util/index.ts';

/** NaN of nothing. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** 0 of nothing. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Of a sample, with n - 1 below; NaN of fewer than two. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

/** The smallest value that `share` of the values do not exceed; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * 95 % interval of a statistic, by drawing whole runs with replacement: events of one run belong together and come in
 * bursts, so runs are what is drawn. The same runs give the same interval. Fewer than five give none: of two it would be
 * those two, and of three or four hardly more.
 */
export function bootstrapInterval<Run>(
  runs: readonly Run[],
  statistic: (runs: readonly Run[]) => number,
  drawCount: number = 1_000,
): readonly [low: number, high: number] | undefined {
  if (runs.length < bootstrapMinRuns) return undefined;
  const rng = new SeededRng(bootstrapSeed);
  const draws = Array.from({ length: drawCount }, () =>
    statistic(Array.from(runs, () => runs[randomInt(rng, runs.length)]!)),
  );
  return [quantile(draws, 0.025), quantile(draws, 0.975)];
}

const bootstrapSeed = 1_979;
const bootstrapMinRuns = 5;

/**
 * 95 % interval of a share of which `hits` of `count` were seen (Wilson 1927): sound also when there are none.
 */
export function shareInterval(hits: number, count: number): readonly [low: number, high: number] {
  const z = 1.96;
  const share = hits / count;
  const centre = share + z ** 2 / (2 * count);
  const spread = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  const scale = 1 + z ** 2 / count;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

/** Spearman's rank correlation, with ties at their mean rank: 1 when both put the items in the same order. */
export function rankCorrelation(first: readonly number[], second: readonly number[]): number {
  return correlation(ranks(first), ranks(second));
}

function correlation(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [mean(first), mean(second)];
  const products = first.map((value, index) => (value - a) * (second[index]! - b));
  const squares = (values: readonly number[], centre: number): number =>
    sum(values.map((value) => (value - centre) ** 2));
  return sum(products) / Math.sqrt(squares(first, a) * squares(second, b));
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const smaller = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return smaller + (equal + 1) / 2;
  });
}
