import type { Cluster } from '../node/index.ts';
import { metricCatalog, readMetrics } from './catalog.ts';
import type { MetricFamily, MetricSample, MetricType } from './family.ts';

/** What {@link registerMetrics} needs of a registry of prom-client, such as its `register`. */
export interface PromClientRegistry {
  /** Takes more than metrics of prom-client's own classes, which its types do not tell. */
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
}

/** A metric as registries take it: they ask for its values at each scrape. */
interface RegistryMetric {
  /** A registry for OpenMetrics takes the `_total` away. */
  name: string;
  readonly help: string;
  readonly type: MetricType;
  get(): Promise<RegistryValues>;
  /** Does nothing: what a cluster has counted stays counted. */
  reset(): void;
}

/** Its values at one moment. */
interface RegistryValues extends Pick<RegistryMetric, 'name' | 'help' | 'type'> {
  /** How prom-client's own `AggregatorRegistry` adds up several processes. */
  readonly aggregator: 'sum';
  readonly values: readonly {
    readonly metricName: string;
    readonly labels: MetricSample['labels'];
    readonly value: number;
  }[];
}

/**
 * Adds all metrics of `cluster` to a registry of prom-client, under the names in `docs/metrics.md`. They are read when the
 * registry is scraped, all at once; nothing runs in between. A registry has room for one cluster.
 *
 * @returns takes them out again; a cluster that was closed tells what it last counted for as long as they are there
 * @throws what prom-client throws when the registry has such a metric already
 */
export function registerMetrics(registry: PromClientRegistry, cluster: Pick<Cluster, 'stats'>): () => void {
  const read = readOncePerScrape(() => new Map(readMetrics(cluster.stats()).map((family) => [family.name, family])));
  const metrics = metricCatalog.map((definition) => toMetric(definition, () => read().get(definition.name)?.samples));
  for (const metric of metrics) registry.registerMetric(metric as never);
  return () => {
    for (const { name } of metrics) registry.removeSingleMetric(name);
  };
}

function toMetric(
  { name, type, help }: Omit<MetricFamily, 'samples'>,
  samples: () => MetricFamily['samples'] | undefined,
): RegistryMetric {
  return {
    name: type === 'counter' ? `${name}_total` : name,
    help,
    type,
    get() {
      const values = (samples() ?? []).map(({ labels, value, suffix = '' }) => ({
        metricName: `${this.name}${suffix}`,
        labels,
        value,
      }));
      return Promise.resolve({ name: this.name, help, type, aggregator: 'sum', values });
    },
    reset: () => undefined,
  };
}

/** A registry asks all its metrics in one turn: they share what was read. */
function readOncePerScrape<Value>(read: () => Value): () => Value {
  let shared: { readonly value: Value } | undefined;
  return () => {
    if (shared === undefined) {
      shared = { value: read() };
      queueMicrotask(() => (shared = undefined));
    }
    return shared.value;
  };
}
