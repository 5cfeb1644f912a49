import { ByteWriter, ClusterError } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import { Counter } from './counter.ts';
import { Distinct } from './distinct.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { telemetryLimits } from './limits.ts';
import type { EncodedMetric } from './page.ts';
import type { MetricKind, Sketch } from './sketch.ts';
import { TopK } from './top-k.ts';
import { Windowed } from './windowed.ts';

const { metricMaxBytes, metricsMax, nameMaxBytes } = telemetryLimits;

/** What a node measures with each kind of metric. */
export interface Instruments {
  readonly counter: Counter;
  readonly gauge: Gauge;
  readonly histogram: Windowed<Histogram>;
  readonly distinct: Windowed<Distinct>;
  readonly topK: Windowed<TopK>;
}

/** A metric of this node: what it is recorded with, and what is published of it at the end of a period. */
interface Metric {
  readonly kind: MetricKind;
  readonly instrument: Instruments[MetricKind];
  readonly sample: () => Pick<Sketch<never>, 'isEmpty' | 'encode'>;
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

  /** Ends a period: what there is to publish, in the order in which the metrics came. Those without a value are left out. */
  takeSamples(): EncodedMetric[] {
    const samples: EncodedMetric[] = [];
    for (const [name, { kind, sample }] of this.#metrics) {
      const sketch = sample();
      if (sketch.isEmpty) continue;
      this.#writer.reset();
      sketch.encode(this.#writer, metricMaxBytes);
      samples.push({ name, kind, body: this.#writer.copy() });
    }
    return samples;
  }

  #create(kind: MetricKind): Metric {
    switch (kind) {
      case 'counter':
        return this.#createCounter();
      case 'gauge': {
        const instrument = new Gauge();
        return { kind, instrument, sample: () => instrument };
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
    return { kind, instrument: instrument as unknown as Instruments[MetricKind], sample: () => instrument.rotate() };
  }

  #createCounter(): Metric {
    const instrument = new Counter();
    // Totals at the ends of the last periods, the oldest first.
    const totals: number[] = [0];
    const sample = (): Counter => {
      const counter = instrument.since(totals[0]!);
      totals.push(instrument.total);
      if (totals.length > this.#windowPeriods) totals.shift();
      return counter;
    };
    return { kind: 'counter', instrument, sample };
  }
}

/**
 * Names are those that Prometheus takes, and dots.
 *
 * @throws {@link ClusterError} `ERR_CONFIG`
 */
function checkMetricName(name: string): void {
  if (/^[a-zA-Z_][a-zA-Z0-9_.:]*$/.test(name) && utf8Length(name) <= nameMaxBytes) return;
  throw new ClusterError(
    'ERR_CONFIG',
    `'${name}' is no name of a metric: a letter or _, then letters, digits, _ : and dots, at most ${nameMaxBytes} bytes`,
  );
}
