import type { Cluster } from 'hearsay';
import { readMetrics, type MetricFamily } from 'hearsay/prometheus';
import type { Metrics } from './metrics.ts';
import { processFamilies } from './process-families.ts';
import { serfFamilies } from './serf-families.ts';

export { HttpServer } from './http-server.ts';

/** All that an agent tells at `/metrics`: of the node, of the agent under names of Serf, and of the process. */
export function agentFamilies(cluster: Cluster, metrics: Metrics): MetricFamily[] {
  return [...readMetrics(cluster.stats()), ...serfFamilies(metrics), ...processFamilies()];
}
