import type { ClusterTelemetry, TelemetryReading, TelemetryValue } from '../node/index.ts';
import type { MetricFamily, MetricSample, MetricType } from './family.ts';

/** The telemetry of a cluster, as {@link readClusterMetrics} reads it. */
export type ReadableTelemetry = Pick<ClusterTelemetry, 'metrics' | 'read'>;

/** The most metrics that are told, those of most members first. */
export const clusterMetricsMax = 256;

type KnownMetric = ReturnType<ClusterTelemetry['metrics']>[number];
type Sampling = Pick<TelemetryValue, 'nodes' | 'oldestMs'>;

/** What the values of a metric are, for Prometheus. */
interface Reading {
  readonly type: MetricType;
  readonly help: string;
  readonly sampling: Sampling;
  readonly samples: readonly MetricSample[];
  /** Of a histogram: how many values its quantiles stand on. */
  readonly count?: number;
}

/** A metric under the name that it has for Prometheus. */
interface Named {
  readonly metric: KnownMetric;
  readonly name: string;
  readonly unit: MetricFamily['unit'];
  /** What one of the metric's own units is in that of the family. */
  readonly scale: number;
}

const prefix = 'hearsay_cluster_';
const quantiles = [0.5, 0.9, 0.99];
const gaugeFolds = ['sum', 'min', 'max'] as const;
/** Ends of names that say a unit which Prometheus does not use. */
const secondsIn: Readonly<Record<string, number>> = { ms: 1e-3, us: 1e-6, ns: 1e-9 };
/** Ends of names that mean something of their own to Prometheus. */
const reservedEnds = /(_(total|count|sum|bucket|created|info))+$/;

/**
 * What the members have measured with `cluster.telemetry`, as one, from the samples that this member has. Counters are
 * totals; of a gauge there are sum, min and max, by the label `of`; of a histogram, quantiles of all values of the last
 * minute; of a count of different texts, the estimate. Most frequent keys are left out: they would be labels without bound.
 *
 * `http.latency_ms` is told as `hearsay_cluster_http_latency_seconds`. On how many members each stands, and how old the
 * oldest sample is, is told by the telemetry's own name in the label `metric`.
 */
export function readClusterMetrics(telemetry: ReadableTelemetry): MetricFamily[] {
  const { told, leftOutCount } = chooseMetrics(telemetry.metrics());
  const families: MetricFamily[] = [];
  const about: About = { nodes: [], oldest: [], values: [] };
  for (const named of nameMetrics(told)) {
    const read = telemetry.read(named.metric);
    if (read === undefined) continue;
    const { type, help, samples, sampling, count } = describe(read, named);
    const { name, unit } = named;
    families.push({ name, type, ...(unit !== undefined && { unit }), help, samples });
    const labels = { metric: named.metric.name };
    about.nodes.push({ labels, value: sampling.nodes });
    about.oldest.push({ labels, value: sampling.oldestMs / 1_000 });
    if (count !== undefined) about.values.push({ labels, value: count });
  }
  return [...families, ...aboutFamilies(about, leftOutCount)];
}

/** Where members disagree about the kind of a metric, that of most of them counts. */
function chooseMetrics(metrics: readonly KnownMetric[]): {
  readonly told: KnownMetric[];
  readonly leftOutCount: number;
} {
  const byName = new Map<string, KnownMetric>();
  for (const metric of metrics) {
    if (metric.kind === 'topK') continue;
    const known = byName.get(metric.name);
    if (known === undefined || metric.nodes > known.nodes) byName.set(metric.name, metric);
  }
  const all = [...byName.values()].sort((a, b) => b.nodes - a.nodes);
  return { told: all.slice(0, clusterMetricsMax), leftOutCount: Math.max(0, all.length - clusterMetricsMax) };
}

/** Names that come out the same are told apart by a number: which of them gets it depends on all names that there are. */
function nameMetrics(metrics: readonly KnownMetric[]): Named[] {
  const taken = new Set<string>(Object.values(aboutNames));
  return metrics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((metric) => {
      const { stem, unit, scale } = stemOf(metric.name);
      const named = (stemInUse: string): string => prefix + stemInUse + (unit === undefined ? '' : `_${unit}`);
      let name = named(stem);
      for (let number = 2; taken.has(name); number += 1) name = named(`${stem}_${number}`);
      taken.add(name);
      return { metric, name, unit, scale };
    });
}

/** `http.latency_ms` is `http_latency`, in seconds. A metric of hearsay's own does not say so twice. */
function stemOf(metricName: string): { stem: string; unit: MetricFamily['unit']; scale: number } {
  const words = `_${metricName.replace(/^hearsay\./, '')}`
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^a-zA-Z0-9]+/g, '_')
    .replace(reservedEnds, '')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase();
  const end = /^(.+)_(ms|us|ns|seconds|bytes)$/.exec(words);
  if (end === null) return { stem: words === '' ? 'value' : words, unit: undefined, scale: 1 };
  const [, stem, unit] = end as unknown as [string, string, string];
  return unit === 'bytes' ? { stem, unit, scale: 1 } : { stem, unit: 'seconds', scale: secondsIn[unit] ?? 1 };
}

function describe(reading: TelemetryReading, { metric: { name }, scale }: Named): Reading {
  switch (reading.kind) {
    case 'counter': {
      const { value: sampling } = reading;
      const samples = [{ labels: {}, value: sampling.value * scale }];
      return { type: 'counter', help: `Total of ${name}, of all members.`, sampling, samples };
    }
    case 'distinct': {
      const { value: sampling } = reading;
      const samples = [{ labels: {}, value: sampling.value }];
      return { type: 'gauge', help: `Different texts in ${name}, of all members, about.`, sampling, samples };
    }
    case 'gauge': {
      const { range: sampling } = reading;
      const samples = gaugeFolds.map((of) => ({ labels: { of }, value: sampling[of] * scale }));
      return { type: 'gauge', help: `Sum, least and greatest of ${name}, of all members.`, sampling, samples };
    }
    case 'histogram': {
      const { distribution: sampling } = reading;
      const samples = quantiles.map((quantile) => ({
        labels: { quantile: String(quantile) },
        value: sampling.quantile(quantile) * scale,
      }));
      const help = `Quantiles of all values of ${name} in the last minute, of all members.`;
      return { type: 'summary', help, sampling, samples, count: sampling.count };
    }
  }
}

/** On what the metrics stand: a sample each for some of them. */
interface About {
  readonly nodes: MetricSample[];
  readonly oldest: MetricSample[];
  readonly values: MetricSample[];
}

const aboutNames = {
  nodes: `${prefix}metric_nodes`,
  oldest: `${prefix}metric_oldest_seconds`,
  values: `${prefix}metric_values`,
  leftOut: `${prefix}metrics_left_out`,
} as const;

function aboutFamilies({ nodes, oldest, values }: About, leftOutCount: number): MetricFamily[] {
  const families: MetricFamily[] = [
    { name: aboutNames.nodes, type: 'gauge', help: 'Members whose samples a metric stands on.', samples: nodes },
    {
      name: aboutNames.oldest,
      type: 'gauge',
      unit: 'seconds',
      help: 'How old the oldest of these samples is.',
      samples: oldest,
    },
    {
      name: aboutNames.values,
      type: 'gauge',
      help: 'Values in the last minute, on which the quantiles of a metric stand.',
      samples: values,
    },
  ];
  const leftOut: MetricFamily = {
    name: aboutNames.leftOut,
    type: 'gauge',
    help: `Metrics for which there was no room among ${clusterMetricsMax}.`,
    samples: [{ labels: {}, value: leftOutCount }],
  };
  return [...families.filter(({ samples }) => samples.length > 0), leftOut];
}
