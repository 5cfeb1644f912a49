import type { CounterFold, Fold, Folder, KnownMetric, MetricKind, Sampling, TopKey } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkChoice, checkCount, checkText } from '../check-options.ts';

/** How the gauges of all members become one number. */
export type GaugeFold = 'sum' | 'mean' | 'min' | 'max';

/** A number that stands for all members, and on what it stands. */
export interface TelemetryValue extends Sampling {
  readonly value: number;
  /**
   * By how much it may be wrong, as a part of itself, as a summary of the samples: 0 for what is exact, 0.01 for a
   * quantile, 0.065 for a count of different texts (in nineteen cases of twenty). Of an estimate likewise, in nineteen
   * cases of twenty; infinite when it is 0 and the members' values are not.
   */
  readonly errorBound: number;
  /**
   * Estimates only: which part of the weight that the members began with is left at the end, from 1 (nothing was lost) to
   * 0. The less there is, the less it can be trusted; {@link errorBound} has taken account of it.
   */
  readonly massLeft?: number;
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

/** What the values of a gauge on all members come to. */
export interface TelemetryRange extends Sampling {
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** What all members have measured under a name, by what kind it is. Most frequent keys are no number, and not read so. */
export type TelemetryReading =
  | { readonly kind: 'counter' | 'distinct'; readonly value: TelemetryValue }
  | { readonly kind: 'gauge'; readonly range: TelemetryRange }
  | { readonly kind: 'histogram'; readonly distribution: TelemetryDistribution };

/** What can be read of samples, whether they were published or asked for. */
export class TelemetryReadings {
  readonly #folder: Folder;
  readonly #ownKindOf: (name: string) => MetricKind | undefined;

  /** `ownKindOf` says what kind a metric is here; where it is none, most members decide. */
  constructor(folder: Folder, ownKindOf: (name: string) => MetricKind | undefined) {
    this.#folder = folder;
    this.#ownKindOf = ownKindOf;
  }

  metrics(): readonly KnownMetric[] {
    return this.#folder.metrics();
  }

  kindOf(name: string): MetricKind | undefined {
    return this.#ownKindOf(name) ?? this.#folder.kindOf(name);
  }

  value(name: string, of: GaugeFold): TelemetryValue | undefined {
    const kind = this.kindOf(name);
    switch (kind) {
      case undefined:
        return undefined;
      case 'counter':
        return this.#total(name);
      case 'gauge': {
        const range = this.#range(name);
        return range && { ...samplingOf(range), value: range[of], errorBound: 0 };
      }
      case 'distinct':
        return this.#distinct(name);
      default:
        throw noNumber(name, kind);
    }
  }

  read(name: string, kind: MetricKind): TelemetryReading | undefined {
    switch (kind) {
      case 'counter':
      case 'distinct': {
        const value = kind === 'counter' ? this.#total(name) : this.#distinct(name);
        return value && { kind, value };
      }
      case 'gauge': {
        const range = this.#range(name);
        return range && { kind, range };
      }
      case 'histogram': {
        const distribution = this.distribution(name);
        return distribution && { kind, distribution };
      }
      case 'topK':
        return undefined;
    }
  }

  rate(name: string): TelemetryValue | undefined {
    const fold = this.#folder.foldCounter(name);
    return fold && exactly(fold, fold.perSecond);
  }

  quantile(name: string, q: number): TelemetryValue | undefined {
    checkQuantile(q);
    const distribution = this.distribution(name);
    if (distribution === undefined) return undefined;
    return { ...samplingOf(distribution), value: distribution.quantile(q), errorBound: distribution.errorBound };
  }

  distribution(name: string): TelemetryDistribution | undefined {
    const fold = this.#folder.fold('histogram', name);
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

  top(name: string, count: number): TelemetryTop | undefined {
    checkCount('count', count, 1);
    const fold = this.#folder.fold('topK', name);
    return fold && { ...samplingOf(fold), keys: fold.sketch.top(count), unseenMax: fold.sketch.unseenMax };
  }

  #total(name: string): TelemetryValue | undefined {
    const fold = this.#folder.foldCounter(name);
    return fold && exactly(fold, fold.total);
  }

  #range(name: string): TelemetryRange | undefined {
    const fold = this.#folder.fold('gauge', name);
    if (fold === undefined || fold.sketch.isEmpty) return undefined;
    const { sum, count, min, max } = fold.sketch;
    return { ...samplingOf(fold), sum, mean: sum / count, min, max };
  }

  #distinct(name: string): TelemetryValue | undefined {
    const fold = this.#folder.fold('distinct', name);
    if (fold === undefined) return undefined;
    const { sketch } = fold;
    return { ...samplingOf(fold), value: sketch.estimate(), errorBound: 2 * sketch.standardError };
  }
}

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkMetric(name: unknown): void {
  checkText('the name of a metric', name);
}

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkGaugeFold(of: unknown): void {
  checkChoice('of', of, ['sum', 'mean', 'min', 'max']);
}

/** What is thrown when a metric of that kind is read as a number. */
export function noNumber(name: string, kind: MetricKind): ClusterError {
  return new ClusterError('ERR_CONFIG', `${name} is a ${kind}, which is no number: use distribution, quantile or top`);
}

function exactly(fold: CounterFold | Fold<unknown>, value: number): TelemetryValue {
  return { ...samplingOf(fold), value, errorBound: 0 };
}

function samplingOf({ mode, nodes, oldestMs, spreadMs }: Sampling): Sampling {
  return { mode, nodes, oldestMs, spreadMs };
}

function checkQuantile(q: number): void {
  if (typeof q === 'number' && q >= 0 && q <= 1) return;
  throw new ClusterError('ERR_CONFIG', `a quantile is from 0 to 1, not ${q}`);
}
