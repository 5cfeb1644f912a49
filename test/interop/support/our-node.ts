import { createCluster, type Cluster, type ClusterEvent, type CreateClusterOptions } from 'hearsay';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

/** What a Serf agent demands of every member of its pool: Serf protocol 2 to 5, speaking 5. */
export const serfVersions = { delegateMin: 2, delegateMax: 5, delegateCurrent: 5 } as const;

/** A node of ours on loopback that remembers what it was told. It ends with the test, at the latest. */
export class OurNode {
  readonly cluster: Cluster;
  readonly events: ClusterEvent[] = [];

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    for (const type of ['member-join', 'member-leave', 'member-failed', 'error'] as const) {
      cluster.on(type, (event) => void this.events.push(event));
    }
    onTestFinished(() => cluster.close());
  }

  /** The name begins with a lower-case letter: Alertmanager orders its members by name, and we must come last. */
  static async start(options: CreateClusterOptions): Promise<OurNode> {
    return new OurNode(await createCluster({ name: 'hearsay', bind: '127.0.0.1:0', profile: 'local', ...options }));
  }

  get memberNames(): string[] {
    return this.cluster.members.map((member) => member.name).toSorted();
  }

  /** The types of event told about `name`, in order. */
  newsOf(name: string): string[] {
    return this.events.flatMap((event) => ('member' in event && event.member.name === name ? [event.type] : []));
  }

  async sees(...names: readonly string[]): Promise<void> {
    const expected = [...names, this.cluster.localMember.name].toSorted().join();
    await eventually(
      `our node sees ${expected}`,
      () => this.memberNames,
      (seen) => seen.join() === expected,
      40_000,
    );
  }

  async hears(type: ClusterEvent['type'], name: string, withinMs: number = 40_000): Promise<void> {
    await eventually(
      `our node hears ${type} of ${name}`,
      () => this.newsOf(name),
      (news) => news.at(-1) === type,
      withinMs,
    );
  }
}
