import type { Attributes, Meter, MeterProvider, MetricOptions, Observable } from '@opentelemetry/api';
import type { Cluster } from '../node/index.ts';
import { metricCatalog, readMetrics, type MetricFamily, type MetricSample } from '../prometheus/index.ts';

/** How a cluster's metrics are told to OpenTelemetry. */
export interface ObserveOptions {
  /** Put on every value, beside its own attributes: to tell several clusters of one process apart. @defaultValue none */
  readonly attributes?: Attributes;
}

type Suffix = NonNullable<MetricSample['suffix']>;
/** By the name of its family, and the suffix of its samples. */
type Instruments = ReadonlyMap<string, Observable>;

/** The name of the meter: the scope of all instruments. */
const meterName = 'hearsay';
/** UCUM's names, which OpenTelemetry uses. */
const units = { seconds: 's', bytes: 'By' } as const;
/** What a summary also says; OpenTelemetry has no summaries that are observed. */
const sums: readonly Suffix[] = ['_count', '_sum'];

/**
 * Tells `provider` all metrics of `cluster`, each as an observable counter or gauge. Names are those in `docs/metrics.md`
 * without `_total`, which exporters to Prometheus put there themselves. Of a summary, quantiles are a gauge with the
 * attribute `quantile`, and count and sum are counters. They are read when a reader collects, all at once; nothing runs in
 * between.
 *
 * @returns ends it: the cluster is no longer read. The SDK goes on telling the last values, until the provider is shut down
 */
export function observeMetrics(
  provider: MeterProvider,
  cluster: Pick<Cluster, 'stats'>,
  options: ObserveOptions = {},
): () => void {
  const meter = provider.getMeter(meterName);
  const instruments: Instruments = new Map(metricCatalog.flatMap((family) => instrumentsOf(meter, family)));
  const observables = [...instruments.values()];
  const { attributes = {} } = options;
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    for (const { name, samples } of readMetrics(cluster.stats())) {
      for (const { labels, value, suffix = '' } of samples) {
        result.observe(instruments.get(name + suffix)!, value, { ...attributes, ...labels });
      }
    }
  };
  meter.addBatchObservableCallback(observe, observables);
  return () => meter.removeBatchObservableCallback(observe, observables);
}

function instrumentsOf(
  meter: Meter,
  { name, type, unit, help }: Omit<MetricFamily, 'samples'>,
): (readonly [name: string, instrument: Observable])[] {
  const options: MetricOptions = { description: help, ...(unit !== undefined && { unit: units[unit] }) };
  if (type === 'counter') return [[name, meter.createObservableCounter(name, options)]];
  const gauge = [name, meter.createObservableGauge(name, options)] as const;
  if (type === 'gauge') return [gauge];
  const counters = sums.map((suffix) => {
    const isCount = suffix === '_count';
    return [
      name + suffix,
      meter.createObservableCounter(name + suffix, isCount ? { description: help } : options),
    ] as const;
  });
  return [gauge, ...counters];
}
