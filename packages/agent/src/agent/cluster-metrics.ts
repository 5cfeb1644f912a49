import type { Cluster } from 'hearsay';
import type { Metrics } from './metrics.ts';

/** Serf's names for what the cluster counts itself. */
const counters: readonly (readonly [name: string, counter: string])[] = [
  ['serf.query_acks', 'acksReceived'],
  ['serf.query_responses', 'responsesReceived'],
  ['serf.query_duplicate_acks', 'duplicateAcks'],
  ['serf.query_duplicate_responses', 'duplicateResponses'],
  ['serf.coordinate.rejected', 'coordinatesRefused'],
];

/** Takes over what the cluster has counted since the last call, and how long its queues are and who is there now. */
export function collectClusterMetrics(metrics: Metrics, cluster: Cluster): void {
  const { members, core } = cluster.stats();
  metrics.gauge('serf.members', members);
  metrics.gauge('serf.health_score', core.healthScore);
  const { serf, kv } = core;
  if (kv !== undefined) collectStateMetrics(metrics, kv);
  if (serf === undefined) return;
  for (const [name, counter] of counters) metrics.countTotal(name, serf.counters[counter] ?? 0);
  metrics.sample('serf.queue.Intent', serf.intentQueue);
  metrics.sample('serf.queue.Event', serf.eventQueue);
  metrics.sample('serf.queue.Query', serf.queryQueue);
}

/** Of gossiped state, which Serf has no names for. */
function collectStateMetrics(metrics: Metrics, kv: NonNullable<ReturnType<Cluster['stats']>['core']['kv']>): void {
  metrics.gauge('hearsay.kv.members', kv.capableCount);
  metrics.gauge('hearsay.kv.lag_ms', kv.lagMs);
  for (const [type, count] of Object.entries(kv.sentMessages)) metrics.countTotal(`hearsay.kv.sent.${type}`, count);
  for (const [reason, count] of Object.entries(kv.dropped)) metrics.countTotal(`hearsay.kv.dropped.${reason}`, count);
}
