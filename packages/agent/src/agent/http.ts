import { ClusterError, type Cluster } from 'hearsay';
import { readClusterMetrics, readMetrics, type MetricFamily } from 'hearsay/prometheus';
import type { Metrics } from './metrics.ts';
import { processFamilies } from './process-families.ts';
import { serfFamilies } from './serf-families.ts';

export { HttpServer } from './http-server.ts';

/** All that an agent tells at `/metrics`: of the node, of the agent under names of Serf, and of the process. */
export function agentFamilies(cluster: Cluster, metrics: Metrics): MetricFamily[] {
  return [...readMetrics(cluster.stats()), ...serfFamilies(metrics), ...processFamilies()];
}

/** All that an agent tells at `/metrics/cluster`, of all members as one; undefined when it takes no part in telemetry. */
export function clusterFamilies(cluster: Cluster): MetricFamily[] | undefined {
  try {
    return readClusterMetrics(cluster.telemetry);
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'ERR_UNSUPPORTED') return undefined;
    throw error;
  }
}
