import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterMetricsMax, readClusterMetrics, type ReadableTelemetry } from './cluster-families.ts';
import { formatMetrics } from './exposition.ts';

type Metric = ReturnType<ReadableTelemetry['metrics']>[number];

/** Telemetry of three members that says 1,500 of everything: of quantiles that part, of a gauge's folds 1, 2 and 3. */
function telemetryOf(metrics: readonly Metric[]): ReadableTelemetry {
  const sampling = { mode: 'fold', nodes: 3, oldestMs: 12_500, spreadMs: 0 } as const;
  const distribution = {
    ...sampling,
    count: 40,
    sum: 0,
    mean: 0,
    errorBound: 0.01,
    quantile: (q: number) => q * 1_500,
    countUpTo: () => 0,
  };
  return {
    metrics: () => metrics,
    read: ({ kind }) => {
      if (kind === 'topK') return undefined;
      if (kind === 'gauge') return { kind, range: { ...sampling, min: 1, mean: 0, max: 2, sum: 3 } };
      if (kind === 'histogram') return { kind, distribution };
      return { kind, value: { ...sampling, value: 1_500, errorBound: 0 } };
    },
  };
}

function metric(name: string, kind: Metric['kind'], nodes: number = 3): Metric {
  return { name, kind, nodes };
}

test('each kind of metric is told in base units, with how many members it stands on and since when', () => {
  const families = readClusterMetrics(
    telemetryOf([
      metric('process.throttled_ms', 'counter'),
      metric('hearsay.health_score', 'gauge'),
      metric('http.latency_ms', 'histogram'),
      metric('users', 'distinct'),
      metric('paths', 'topK'),
    ]),
  );
  const samples = formatMetrics(families, 'prometheus')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toEqual([
    'hearsay_cluster_health_score{of="sum"} 3',
    'hearsay_cluster_health_score{of="min"} 1',
    'hearsay_cluster_health_score{of="max"} 2',
    'hearsay_cluster_http_latency_seconds{quantile="0.5"} 0.75',
    'hearsay_cluster_http_latency_seconds{quantile="0.9"} 1.35',
    'hearsay_cluster_http_latency_seconds{quantile="0.99"} 1.485',
    'hearsay_cluster_process_throttled_seconds_total 1.5',
    'hearsay_cluster_users 1500',
    ...['hearsay.health_score', 'http.latency_ms', 'process.throttled_ms', 'users'].map(
      (name) => `hearsay_cluster_metric_nodes{metric="${name}"} 3`,
    ),
    ...['hearsay.health_score', 'http.latency_ms', 'process.throttled_ms', 'users'].map(
      (name) => `hearsay_cluster_metric_oldest_seconds{metric="${name}"} 12.5`,
    ),
    'hearsay_cluster_metric_values{metric="http.latency_ms"} 40',
    'hearsay_cluster_metrics_left_out 0',
  ]);
});

test('names are in the form that Prometheus wants, and no two are the same', () => {
  const names = [
    'jobsDone.total',
    'a.b',
    'a_b',
    'a:b',
    'total',
    '_',
    'metric_nodes',
    'size_bytes',
    'size.sum',
    'wait_us',
  ];
  const families = readClusterMetrics(telemetryOf(names.map((name) => metric(name, 'counter'))));
  expect(families.map(({ name }) => name).filter((name) => !/metrics?_(oldest|left|nodes$)/.test(name))).toEqual([
    'hearsay_cluster_value',
    'hearsay_cluster_a_b',
    'hearsay_cluster_a_b_2',
    'hearsay_cluster_a_b_3',
    'hearsay_cluster_jobs_done',
    'hearsay_cluster_metric_nodes_2',
    'hearsay_cluster_size',
    'hearsay_cluster_size_bytes',
    'hearsay_cluster_value_2',
    'hearsay_cluster_wait_seconds',
  ]);
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
});

test('whatever names a member sends, the text can be read, and each line is one of ours', () => {
  const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
  const anyKind = fc.constantFrom<Metric['kind']>('counter', 'gauge', 'histogram', 'distinct', 'topK');
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(anyName, anyKind)), (pairs) => {
      const families = readClusterMetrics(telemetryOf(pairs.map(([name, kind]) => metric(name, kind))));
      const lines = formatMetrics(families, 'prometheus').trimEnd().split('\n');
      const line = /^(# (HELP|TYPE) )?hearsay_cluster_[a-z0-9_]+(\{[a-z]+="([^"\\\n]|\\["\\n])*"\}| .*)/;
      expect(lines.filter((text) => !line.test(text))).toEqual([]);
      const names = families.map(({ name, type }) => (type === 'counter' ? `${name}_total` : name));
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});

test('where members disagree about a kind, that of most of them is told', () => {
  const families = readClusterMetrics(telemetryOf([metric('x', 'counter', 1), metric('x', 'gauge', 2)]));
  expect(families[0]).toMatchObject({ name: 'hearsay_cluster_x', type: 'gauge' });
});

test('however many metrics the members invent, there is a bound, and those of most members are told', () => {
  const rare = Array.from({ length: 300 }, (_, index) => metric(`rare${index}`, 'counter', 1));
  const families = readClusterMetrics(telemetryOf([...rare, metric('common', 'counter', 9)]));
  expect(families.filter(({ type }) => type === 'counter')).toHaveLength(clusterMetricsMax);
  expect(families.map(({ name }) => name)).toContain('hearsay_cluster_common');
  expect(families.at(-1)).toMatchObject({ name: 'hearsay_cluster_metrics_left_out', samples: [{ value: 45 }] });
});
