import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCluster, type Cluster } from '../node/index.ts';
import { readMetrics } from './catalog.ts';
import { formatMetrics } from './exposition.ts';
import { registerMetrics } from './prom-client.ts';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await createCluster({ name: 'a', bind: '127.0.0.1:0', telemetry: false });
});
afterEach(() => cluster.close());

/** Lines with a value, in order: prom-client writes neither units nor the same empty lines. */
function samplesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test.each([
  ['prometheus', Registry.PROMETHEUS_CONTENT_TYPE],
  ['openmetrics', Registry.OPENMETRICS_CONTENT_TYPE],
] as const)("a user's registry tells what we tell, in the format %s", async (format, contentType) => {
  const registry = new Registry();
  registry.setContentType(contentType as typeof Registry.PROMETHEUS_CONTENT_TYPE);
  registerMetrics(registry, cluster);
  const text = await registry.metrics();
  expect(samplesOf(text)).toEqual(samplesOf(formatMetrics(readMetrics(cluster.stats()), format)));
  expect(text).toContain(`# TYPE hearsay_packets${format === 'prometheus' ? '_total' : ''} counter\n`);
  expect(text).toContain('hearsay_members{state="alive"} 1\n');
});

test('one scrape reads the counters once, and the next one reads them anew', async () => {
  const registry = new Registry();
  let reads = 0;
  registerMetrics(registry, {
    stats: () => {
      reads += 1;
      return cluster.stats();
    },
  });
  await registry.metrics();
  expect(reads).toBe(1);
  await registry.getMetricsAsJSON();
  expect(reads).toBe(2);
});

test("metrics have the registry's own labels, and can be taken out again", async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ app: 'shop' });
  const unregister = registerMetrics(registry, cluster);
  expect(await registry.metrics()).toContain('hearsay_members{state="alive",app="shop"} 1\n');
  expect(() => registerMetrics(registry, cluster)).toThrow('has already been registered');
  unregister();
  expect((await registry.metrics()).trim()).toBe('');
  registerMetrics(registry, cluster);
});
