import { ByteWriter, ClusterError } from '../util/index.ts';
import { Counter } from './counter.ts';
import { Distinct } from './distinct.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { telemetryLimits } from './limits.ts';
import { checkMetricName } from './metric-name.ts';
import type { EncodedMetric } from './page.ts';
import type { MetricKind, Sketch } from './sketch.ts';
import { TopK } from './top-k.ts';
import { Windowed } from './windowed.ts';

const { metricMaxBytes, metricsMax } = telemetryLimits;

/** What a node measures with each kind of metric. */
export interface Instruments {
  readonly counter: Counter;
  readonly gauge: Gauge;
  readonly histogram: Windowed<Histogram>;
  readonly distinct: Windowed<Distinct>;
  readonly topK: Windowed<TopK>;
}

/** A metric of this node: what it is recorded with, and what there is to tell of it. */
interface Metric {
  readonly kind: MetricKind;
  readonly instrument: Instruments[MetricKind];
  /** What was recorded in the window up to now. */
  readonly summary: () => Pick<Sketch<never>, 'isEmpty' | 'encode'>;
  readonly endPeriod: () => void;
}

/** The metrics of one node, by name. */
export class Registry {
  readonly #windowPeriods: number;
  readonly #metrics: Map<string, Metric> = new Map();
  readonly #writer: ByteWriter = new ByteWriter();

  constructor(windowPeriods: number) {
    this.#windowPeriods = windowPeriods;
  }

  /** What kind the metric is here; undefined when this node does not have it. */
  kindOf(name: string): MetricKind | undefined {
    return this.#metrics.get(name)?.kind;
  }

  /**
   * The instrument of that name; made when there is none.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` when the name is of another kind, or not allowed, or one too many
   */
  get<Kind extends MetricKind>(kind: Kind, name: string): Instruments[Kind] {
    const known = this.#metrics.get(name);
    if (known !== undefined && known.kind !== kind) {
      throw new ClusterError('ERR_CONFIG', `the metric ${name} is a ${known.kind}, and cannot be a ${kind} too`);
    }
    if (known !== undefined) return known.instrument as Instruments[Kind];
    checkMetricName(name);
    if (this.#metrics.size >= metricsMax) {
      throw new ClusterError('ERR_CONFIG', `${name} would be one metric too many, the limit is ${metricsMax}`);
    }
    const metric = this.#create(kind);
    this.#metrics.set(name, metric);
    return metric.instrument as Instruments[Kind];
  }

  /** The metric is no longer published; false when there is none. */
  delete(name: string): boolean {
    return this.#metrics.delete(name);
  }

  /**
   * What there is to tell of the metrics now, in the order in which they came; of those of that name, or of all. Those
   * without a value are left out.
   */
  samples(names?: ReadonlySet<string>): EncodedMetric[] {
    const samples: EncodedMetric[] = [];
    for (const [name, { kind, summary }] of this.#metrics) {
      if (names !== undefined && !names.has(name)) continue;
      const sketch = summary();
      if (sketch.isEmpty) continue;
      this.#writer.reset();
      sketch.encode(this.#writer, metricMaxBytes);
      samples.push({ name, kind, body: this.#writer.copy() });
    }
    return samples;
  }

  /** The next period begins. */
  endPeriod(): void {
    for (const { endPeriod } of this.#metrics.values()) endPeriod();
  }

  /** A counter as it is now, with what it has grown by in the window; undefined when there is none. */
  counter(name: string): Counter | undefined {
    const metric = this.#metrics.get(name);
    return metric?.kind === 'counter' ? (metric.summary() as Counter) : undefined;
  }

  /** A gauge as it is now; undefined when there is none, or it was never set. */
  gauge(name: string): Gauge | undefined {
    const metric = this.#metrics.get(name);
    if (metric?.kind !== 'gauge') return undefined;
    const gauge = metric.instrument as Gauge;
    return gauge.isEmpty ? undefined : gauge;
  }

  #create(kind: MetricKind): Metric {
    switch (kind) {
      case 'counter':
        return this.#createCounter();
      case 'gauge': {
        const instrument = new Gauge();
        return { kind, instrument, summary: () => instrument, endPeriod: () => {} };
      }
      case 'histogram':
        return this.#createWindowed(kind, () => new Histogram());
      case 'distinct':
        return this.#createWindowed(kind, () => new Distinct());
      case 'topK':
        return this.#createWindowed(kind, () => new TopK());
    }
  }

  #createWindowed<S extends Sketch<S>>(kind: MetricKind, create: () => S): Metric {
    const instrument = new Windowed(create, this.#windowPeriods);
    return {
      kind,
      instrument: instrument as unknown as Instruments[MetricKind],
      summary: () => instrument.summary(),
      endPeriod: () => instrument.endPeriod(),
    };
  }

  #createCounter(): Metric {
    const instrument = new Counter();
    // Totals at the ends of the last periods, the oldest first.
    const totals: number[] = [0];
    const endPeriod = (): void => {
      totals.push(instrument.total);
      if (totals.length > this.#windowPeriods) totals.shift();
    };
    return { kind: 'counter', instrument, summary: () => instrument.since(totals[0]!), endPeriod };
  }
}
