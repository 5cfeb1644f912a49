import { checkNumbers, checkOptionNames, insistOnConfig, type NumberRange, type OptionOf } from '../util/index.ts';

/** How a node publishes what it measures. */
export interface TelemetryConfig {
  /** How often a node publishes a sample, in milliseconds. Each is told to all members. @defaultValue 10000 */
  readonly periodMs: number;
  /**
   * What span of time histograms, distinct counts, most frequent keys and rates stand for, in milliseconds: whole periods,
   * at most 60. @defaultValue 6 periods
   */
  readonly windowMs: number;
}

/** The values of the design, and a window of a minute. Who changes the period alone gets six of them. */
export const telemetryDefaults: TelemetryConfig = { periodMs: 10_000, windowMs: 60_000 };

/** How many periods a sample is believed after it was published. */
export const ttlPeriods = 3;
const windowPeriodsMax = 60;
const defaultWindowPeriods = 6;

const dayMs = 86_400_000;
const ranges: Record<OptionOf<TelemetryConfig, number>, NumberRange> = {
  periodMs: { min: 100, max: dayMs },
  windowMs: { min: 100, max: dayMs },
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
  const periods = windowPeriodsOf(config);
  insistOnConfig(
    periods <= windowPeriodsMax,
    `windowMs is ${config.windowMs}: ${periods} periods of ${config.periodMs} ms, the limit is ${windowPeriodsMax}`,
  );
  return config;
}

/** How many periods the window has. */
export function windowPeriodsOf({ periodMs, windowMs }: TelemetryConfig): number {
  return Math.max(1, Math.ceil(windowMs / periodMs));
}
