import { createCluster, formatAddress, type Cluster, type SwimTraceEvent } from 'hearsay';
import { pace } from './pace.ts';
import type { SeenMember, Views } from './record.ts';
import type { Stage } from './story.ts';

/** Hears what happens inside node `by`; `from` is the name behind a rumor's sender, when there is one. */
export type StageListener = (by: string, event: SwimTraceEvent, from: string | undefined) => void;

/**
 * Real nodes on 127.0.0.1, each with sockets of its own, all in this process: they share nothing but the event loop.
 * A node that starts again gets the port it had.
 */
export class RealStage implements Stage {
  readonly #addresses: Map<string, string> = new Map();
  readonly #names: Map<string, string> = new Map();
  readonly #clusters: Map<string, Cluster> = new Map();
  readonly #listener: StageListener;

  constructor(listener: StageListener) {
    this.#listener = listener;
  }

  get addresses(): ReadonlyMap<string, string> {
    return this.#addresses;
  }

  async start(name: string): Promise<void> {
    const others = [...this.#addresses].filter(([other]) => other !== name && this.#clusters.has(other));
    const cluster = await createCluster({
      pool: 'memberlist',
      name,
      bind: this.#addresses.get(name) ?? '127.0.0.1:0',
      seeds: others.slice(0, 1).map(([, address]) => address),
      profile: 'local',
      swim: pace,
      trace: (event) => this.#listener(name, event, this.#senderOf(event)),
    });
    this.#clusters.set(name, cluster);
    const address = formatAddress(cluster.address);
    this.#addresses.set(name, address);
    this.#names.set(address, name);
  }

  async crash(name: string): Promise<void> {
    const cluster = this.#clusters.get(name);
    this.#clusters.delete(name);
    await cluster?.close();
  }

  setMeta(name: string, text: string): void {
    // It resolves when the news has spread; the record sees that for itself. A show that ends early rejects it.
    this.#clusters
      .get(name)
      ?.updateMeta(text)
      .catch(() => {});
  }

  views(): Views {
    const decoder = new TextDecoder();
    return new Map(
      [...this.#clusters].map(([observer, cluster]) => {
        const seen = cluster.allMembers.map(({ name, state, incarnation, meta }): [string, SeenMember] => [
          name,
          { state, incarnation, meta: decoder.decode(meta) },
        ]);
        return [observer, new Map(seen)];
      }),
    );
  }

  async close(): Promise<void> {
    const clusters = [...this.#clusters.values()];
    this.#clusters.clear();
    await Promise.all(clusters.map((cluster) => cluster.close()));
  }

  #senderOf(event: SwimTraceEvent): string | undefined {
    return event.type === 'rumor-heard' && event.from !== undefined ? this.#names.get(event.from) : undefined;
  }
}
