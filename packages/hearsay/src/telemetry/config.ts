import {
  checkNumbers,
  checkOptionNames,
  checkSwitches,
  insistOnConfig,
  type NumberRange,
  type OptionOf,
} from '../util/index.ts';
import { estimateLimits } from './estimate/limits.ts';
import { checkMetricName } from './metric-name.ts';

/** How a node publishes what it measures. */
export interface TelemetryConfig {
  /** How often a node publishes a sample, in milliseconds. Each is told to all members. @defaultValue 10000 */
  readonly periodMs: number;
  /**
   * What span of time histograms, distinct counts, most frequent keys and rates stand for, in milliseconds: whole periods,
   * at most 60. @defaultValue 6 periods
   */
  readonly windowMs: number;
  /**
   * Publish samples to all members. Without it this node's metrics are in no fold; it answers polls, and takes part in
   * estimates. For clusters in which samples of all would be too much. @defaultValue true
   */
  readonly publish: boolean;
  /**
   * Names of counters and gauges whose sums and means over all members are estimated, at most 24. All members have to have
   * the same list: who has none of a name loses what it is sent of it. @defaultValue none
   */
  readonly estimate: readonly string[];
  /**
   * How long a round of estimates is, in milliseconds; an epoch has 30, and a result is 30 to 45 rounds old. The same at
   * all members. In each round a node sends at most four packets. @defaultValue 1000
   */
  readonly estimateRoundMs: number;
}

/** The values of the design, and a window of a minute. Who changes the period alone gets six of them. */
export const telemetryDefaults: TelemetryConfig = {
  periodMs: 10_000,
  windowMs: 60_000,
  publish: true,
  estimate: [],
  estimateRoundMs: 1_000,
};

/** How many periods a sample is believed after it was published. */
export const ttlPeriods = 3;
const windowPeriodsMax = 60;
const defaultWindowPeriods = 6;

const dayMs = 86_400_000;
const ranges: Record<OptionOf<TelemetryConfig, number>, NumberRange> = {
  periodMs: { min: 100, max: dayMs },
  windowMs: { min: 100, max: dayMs },
  estimateRoundMs: { min: 50, max: 60_000 },
};

/**
 * The defaults with `changes`.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` that names the option, its value and the limit
 */
export function checkTelemetryConfig(changes: Partial<TelemetryConfig> = {}): TelemetryConfig {
  const { periodMs = telemetryDefaults.periodMs } = changes;
  const config = { ...telemetryDefaults, windowMs: defaultWindowPeriods * periodMs, ...changes };
  checkOptionNames(config, telemetryDefaults, 'TelemetryConfig');
  checkNumbers(config, ranges);
  checkSwitches(config, ['publish']);
  checkEstimate(config.estimate);
  const periods = windowPeriodsOf(config);
  insistOnConfig(
    periods <= windowPeriodsMax,
    `windowMs is ${config.windowMs}: ${periods} periods of ${config.periodMs} ms, the limit is ${windowPeriodsMax}`,
  );
  return config;
}

function checkEstimate(names: readonly string[]): void {
  insistOnConfig(Array.isArray(names), `estimate is ${String(names)}, it must be a list of names`);
  names.forEach(checkMetricName);
  const { namesMax } = estimateLimits;
  insistOnConfig(names.length <= namesMax, `estimate has ${names.length} names, the limit is ${namesMax}`);
}

/** How many periods the window has. */
export function windowPeriodsOf({ periodMs, windowMs }: TelemetryConfig): number {
  return Math.max(1, Math.ceil(windowMs / periodMs));
}
