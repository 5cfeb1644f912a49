import type {
  Instruments,
  KnownMetric,
  MetricKind,
  NodeTelemetry,
  Sampling,
  TelemetryStats,
  TopKey,
} from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkChoice, checkCount, checkText } from '../check-options.ts';
import {
  TelemetryCounter,
  TelemetryDistinct,
  TelemetryGauge,
  TelemetryHistogram,
  TelemetryTopK,
} from './instruments.ts';

/** How the gauges of all members become one number. */
export type GaugeFold = 'sum' | 'mean' | 'min' | 'max';

/** A number that stands for all members, and on what it stands. */
export interface TelemetryValue extends Sampling {
  readonly value: number;
  /**
   * By how much it may be wrong, as a part of itself, as a summary of the samples: 0 for what is exact, 0.01 for a
   * quantile, 0.065 for a count of different texts (in nineteen cases of twenty).
   */
  readonly errorBound: number;
}

/** The values that all members have recorded, as one distribution. */
export interface TelemetryDistribution extends Sampling {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  /** Of {@link TelemetryDistribution.quantile}, as a part of the value. 0.01, more where values lie very far apart. */
  readonly errorBound: number;
  /** The value below which that part of all values lies; `q` is from 0 to 1. */
  quantile(q: number): number;
  /** How many of the values are at most that, to within `errorBound` of the bound. */
  countUpTo(bound: number): number;
}

/** The keys that come most often. */
export interface TelemetryTop extends Sampling {
  /** The most frequent one first. Each was counted at least `count - overcount` times, and at most `count` times. */
  readonly keys: readonly TopKey[];
  /** A key that no member lists was counted at most so often. */
  readonly unseenMax: number;
}

/**
 * Metrics by gossip: `cluster.telemetry`. Each member publishes a summary of what it has measured every ten seconds, and
 * each has the summaries of all in memory, so reading waits for nothing and asks nobody. Summaries merge, quantiles do
 * not: that is why there are quantiles of all that was recorded, and no means of quantiles.
 */
export class ClusterTelemetry {
  readonly #telemetry: NodeTelemetry;

  /** @internal */
  constructor(telemetry: NodeTelemetry) {
    this.#telemetry = telemetry;
  }

  // Measuring. A name is of one kind; the same name gives the same instrument.

  /** @throws {@link ClusterError} `ERR_CONFIG` for a name of another kind, or none that is allowed; as the others */
  counter(name: string): TelemetryCounter {
    return new TelemetryCounter(this.#instrument('counter', name));
  }

  gauge(name: string): TelemetryGauge {
    return new TelemetryGauge(this.#instrument('gauge', name));
  }

  histogram(name: string): TelemetryHistogram {
    return new TelemetryHistogram(this.#instrument('histogram', name));
  }

  distinct(name: string): TelemetryDistinct {
    return new TelemetryDistinct(this.#instrument('distinct', name));
  }

  topK(name: string): TelemetryTopK {
    return new TelemetryTopK(this.#instrument('topK', name));
  }

  /** This member no longer publishes the metric. False when it did not. */
  remove(name: string): boolean {
    checkText('the name of a metric', name);
    return this.#telemetry.remove(name);
  }

  // Reading. All members, this one included, as of their last sample.

  /** What is measured anywhere, by name. */
  metrics(): readonly KnownMetric[] {
    return this.#telemetry.folder.metrics();
  }

  /**
   * A number for a counter (its total), a gauge (their sum, unless `of` says something else) or a count of different texts.
   * Undefined when no member has published such a metric.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` for a histogram and for most frequent keys, which are no number
   */
  value(name: string, options: { readonly of?: GaugeFold } = {}): TelemetryValue | undefined {
    const { of = 'sum' } = options;
    checkText('the name of a metric', name);
    checkChoice('of', of, ['sum', 'mean', 'min', 'max']);
    const { folder } = this.#telemetry;
    const kind = this.#kindOf(name);
    switch (kind) {
      case undefined:
        return undefined;
      case 'counter': {
        const fold = folder.foldCounter(name);
        return fold && { ...samplingOf(fold), value: fold.total, errorBound: 0 };
      }
      case 'gauge': {
        const fold = folder.fold('gauge', name);
        if (fold === undefined || fold.sketch.isEmpty) return undefined;
        const { sum, count, min, max } = fold.sketch;
        return { ...samplingOf(fold), value: { sum, mean: sum / count, min, max }[of], errorBound: 0 };
      }
      case 'distinct': {
        const fold = folder.fold('distinct', name);
        if (fold === undefined) return undefined;
        const { sketch } = fold;
        return { ...samplingOf(fold), value: sketch.estimate(), errorBound: 2 * sketch.standardError };
      }
      default:
        throw new ClusterError(
          'ERR_CONFIG',
          `${name} is a ${kind}, which is no number: use distribution, quantile or top`,
        );
    }
  }

  /** By how much a counter grows in a second, over the last minute, on those members that are there. */
  rate(name: string): TelemetryValue | undefined {
    checkText('the name of a metric', name);
    const fold = this.#telemetry.folder.foldCounter(name);
    return fold && { ...samplingOf(fold), value: fold.perSecond, errorBound: 0 };
  }

  /**
   * The value below which that part of all that was recorded lies, over the last minute; `q` is from 0 to 1. Undefined when
   * nothing was recorded.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` when `q` is out of bounds
   */
  quantile(name: string, q: number): TelemetryValue | undefined {
    checkQuantile(q);
    const distribution = this.distribution(name);
    if (distribution === undefined) return undefined;
    return { ...samplingOf(distribution), value: distribution.quantile(q), errorBound: distribution.errorBound };
  }

  /** All that was recorded over the last minute. Undefined when nothing was. */
  distribution(name: string): TelemetryDistribution | undefined {
    checkText('the name of a metric', name);
    const fold = this.#telemetry.folder.fold('histogram', name);
    if (fold === undefined || fold.sketch.isEmpty) return undefined;
    const { sketch } = fold;
    const { count, sum, alpha } = sketch;
    return {
      ...samplingOf(fold),
      count,
      sum,
      mean: sum / count,
      errorBound: alpha,
      quantile: (q) => {
        checkQuantile(q);
        return sketch.quantile(q)!;
      },
      countUpTo: (bound) => sketch.countUpTo(bound),
    };
  }

  /** The most frequent keys over the last minute. */
  top(name: string, count: number = 10): TelemetryTop | undefined {
    checkText('the name of a metric', name);
    checkCount('count', count, 1);
    const fold = this.#telemetry.folder.fold('topK', name);
    return fold && { ...samplingOf(fold), keys: fold.sketch.top(count), unseenMax: fold.sketch.unseenMax };
  }

  /** What has become of what this member measures: among others, for which metrics there was no room. */
  get stats(): TelemetryStats {
    return this.#telemetry.stats;
  }

  #instrument<Kind extends MetricKind>(kind: Kind, name: string): Instruments[Kind] {
    checkText('the name of a metric', name);
    return this.#telemetry.instrument(kind, name);
  }

  /** What it is here, else what it is on most members. */
  #kindOf(name: string): MetricKind | undefined {
    return this.#telemetry.kindOf(name) ?? this.metrics().find((metric) => metric.name === name)?.kind;
  }
}

function samplingOf({ mode, nodes, oldestMs, spreadMs }: Sampling): Sampling {
  return { mode, nodes, oldestMs, spreadMs };
}

function checkQuantile(q: number): void {
  if (typeof q === 'number' && q >= 0 && q <= 1) return;
  throw new ClusterError('ERR_CONFIG', `a quantile is from 0 to 1, not ${q}`);
}
