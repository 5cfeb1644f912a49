import type { Cluster, Logger } from 'hearsay';
import { collectClusterMetrics } from './cluster-metrics.ts';
import type { SerfAgentConfig } from './config.ts';
import type { AgentHealth } from './health.ts';
import type { Metrics } from './metrics.ts';
import { formatMetricsDump } from './metrics-dump.ts';

/** How often the cluster is asked what it has counted. Serf looks at its queues as often. */
const collectIntervalMs = 30_000;

interface Closable {
  close(): Promise<void>;
}

/** An agent's metrics on their way to statsd, statsite and HTTP: what is not configured is not even loaded. */
export class Telemetry {
  readonly metrics: Metrics;
  readonly #cluster: Cluster;
  readonly #health: AgentHealth;
  readonly #outlets: Closable[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(cluster: Cluster, metrics: Metrics, health: AgentHealth) {
    this.#cluster = cluster;
    this.#health = health;
    this.metrics = metrics;
    this.#timer = setInterval(() => this.#collect(), collectIntervalMs).unref();
  }

  /** @throws `ClusterError` `ERR_BIND` when metrics cannot be served */
  async open({ statsdAddr, statsiteAddr, prometheusAddr }: SerfAgentConfig, logger: Logger): Promise<void> {
    if (statsdAddr !== '' || statsiteAddr !== '') {
      const { StatsdSink, StatsiteSink } = await import('./metrics-sinks.ts');
      if (statsdAddr !== '') this.#add(new StatsdSink(statsdAddr, logger));
      if (statsiteAddr !== '') this.#add(new StatsiteSink(statsiteAddr, logger));
    }
    if (prometheusAddr !== '') this.#outlets.push(await this.#serve(prometheusAddr));
  }

  /** The last minute as text, in Serf's format. */
  dump(): string {
    this.#collect();
    return formatMetricsDump(this.metrics);
  }

  /** Sends what is left, and closes. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#outlets.map((outlet) => outlet.close()));
  }

  async #serve(address: string): Promise<Closable> {
    const { HttpServer, agentFamilies, clusterFamilies } = await import('./http.ts');
    return HttpServer.start(address, {
      families: () => {
        this.#collect();
        return agentFamilies(this.#cluster, this.metrics);
      },
      clusterFamilies: () => clusterFamilies(this.#cluster),
      members: () => this.#cluster.allMembers,
      liveness: () => this.#health.liveness(),
      readiness: () => this.#health.readiness(),
    });
  }

  #add(outlet: Closable & { readonly sink: Parameters<Metrics['addSink']>[0] }): void {
    this.#outlets.push(outlet);
    this.metrics.addSink(outlet.sink);
  }

  #collect(): void {
    collectClusterMetrics(this.metrics, this.#cluster);
  }
}
