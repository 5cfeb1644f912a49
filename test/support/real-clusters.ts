import {
  createCluster,
  type Cluster,
  type ClusterEventOf,
  type ClusterEventType,
  type CreateClusterOptions,
} from 'hearsay';
import { afterEach } from 'vitest';

/** Timers short enough for a test, and still in the proportions of the `local` preset. */
export const quickTimers: NonNullable<CreateClusterOptions['swim']> = {
  probeIntervalMs: 200,
  probeTimeoutMs: 100,
  gossipIntervalMs: 20,
  pushPullIntervalMs: 1_000,
};

const running: Cluster[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((cluster) => cluster.close()));
});

/** A member on loopback, on any port, closed after the test. */
export async function startMember(name: string, options: CreateClusterOptions = {}): Promise<Cluster> {
  const cluster = await createCluster({ name, bind: '127.0.0.1:0', profile: 'local', swim: quickTimers, ...options });
  running.push(cluster);
  return cluster;
}

/** Where a member of the same machine joins `cluster`. */
export function addressOf(cluster: Cluster): string {
  const { host, port } = cluster.address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Members that all know each other. */
export async function startMembers(names: readonly string[], options: CreateClusterOptions = {}): Promise<Cluster[]> {
  const clusters: Cluster[] = [];
  for (const name of names) {
    const cluster = await startMember(name, options);
    if (clusters[0] !== undefined) await cluster.join(addressOf(clusters[0]));
    clusters.push(cluster);
  }
  await Promise.all(clusters.map((cluster) => cluster.waitForMembers(names.length, { timeoutMs: 5_000 })));
  return clusters;
}

/** The next event of a type that satisfies `isWanted`. Rejects when none comes in time. Begin to wait before the cause. */
export async function heard<Type extends ClusterEventType>(
  cluster: Cluster,
  type: Type,
  isWanted: (event: ClusterEventOf<Type>) => boolean = () => true,
  withinMs: number = 10_000,
): Promise<ClusterEventOf<Type>> {
  const signal = AbortSignal.timeout(withinMs);
  for await (const event of cluster.events({ types: [type], signal })) if (isWanted(event)) return event;
  throw new Error(`the cluster was closed before it told of ${type}`);
}

/** Holds the event loop. */
export function blockEventLoopMs(durationMs: number): void {
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < durationMs);
}
