import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCluster, type Cluster } from '../node/index.ts';
import { metricCatalog, readMetrics } from '../prometheus/index.ts';
import { observeMetrics } from './observe-metrics.ts';

/** Collects when it is asked. */
class TestReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

let cluster: Cluster;
let reader: TestReader;
let provider: MeterProvider;
beforeEach(async () => {
  cluster = await createCluster({ name: 'a', bind: '127.0.0.1:0', telemetry: false });
  reader = new TestReader();
  provider = new MeterProvider({ readers: [reader] });
});
afterEach(async () => {
  await provider.shutdown();
  await cluster.close();
});

interface Collected {
  readonly type: DataPointType;
  readonly unit: string;
  readonly description: string;
  /** By the attributes, as JSON. */
  readonly values: Readonly<Record<string, number>>;
}

async function collect(): Promise<Record<string, Collected>> {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => {
    expect(scope.scope.name).toBe('hearsay');
    return scope.metrics;
  });
  return Object.fromEntries(
    metrics.map(({ descriptor: { name, unit, description }, dataPointType, dataPoints }) => {
      const values = dataPoints.map(({ attributes, value }) => [JSON.stringify(attributes), value] as const);
      return [
        name,
        { type: dataPointType, unit, description, values: Object.fromEntries(values) as Collected['values'] },
      ];
    }),
  );
}

test("a user's MeterProvider collects every metric with its value, unit and attributes", async () => {
  observeMetrics(provider, cluster);
  const collected = await collect();
  const families = readMetrics(cluster.stats());
  for (const { name, samples } of families) {
    for (const { labels, value, suffix = '' } of samples) {
      expect(collected[name + suffix]!.values[JSON.stringify(labels)], name + suffix).toBe(value);
    }
  }
  expect(Object.keys(collected).length).toBeGreaterThanOrEqual(families.length);
  expect(collected['hearsay_members']).toMatchObject({ type: DataPointType.GAUGE, unit: '' });
  const bytes = metricCatalog.find(({ name }) => name === 'hearsay_packet_bytes')!;
  expect(collected[bytes.name]).toMatchObject({ type: DataPointType.SUM, unit: 'By', description: bytes.help });
  expect(collected['hearsay_stalled_seconds']).toMatchObject({ unit: 's' });
});

test('of a summary, quantiles are a gauge and the count is a counter', async () => {
  const { core, ...others } = cluster.stats();
  const kv = { ...core.kv!, propagationMs: { p50: 100, p99: 2_000, count: 7 } };
  observeMetrics(provider, { stats: () => ({ ...others, core: { ...core, kv } }) });
  const collected = await collect();
  expect(collected['hearsay_state_spread_seconds']).toMatchObject({
    type: DataPointType.GAUGE,
    unit: 's',
    values: { '{"quantile":"0.5"}': 0.1, '{"quantile":"0.99"}': 2 },
  });
  expect(collected['hearsay_state_spread_seconds_count']).toMatchObject({
    type: DataPointType.SUM,
    values: { '{}': 7 },
  });
});

test('two clusters of one process are told apart by their attributes, and each can be ended', async () => {
  const other = await createCluster({ name: 'b', bind: '127.0.0.1:0', telemetry: false });
  observeMetrics(provider, cluster, { attributes: { cluster: 'one' } });
  let reads = 0;
  const stats = (): ReturnType<Cluster['stats']> => {
    reads += 1;
    return other.stats();
  };
  const end = observeMetrics(provider, { stats }, { attributes: { cluster: 'two' } });
  const alive = async (): Promise<string[]> =>
    Object.keys((await collect())['hearsay_members']!.values).filter((key) => key.includes('"alive"'));
  expect(await alive()).toEqual(['{"cluster":"one","state":"alive"}', '{"cluster":"two","state":"alive"}']);
  end();
  reads = 0;
  await collect();
  expect(reads).toBe(0);
  await other.close();
});
