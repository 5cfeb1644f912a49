import { createCluster, formatAddress, type Cluster, type KvSeen, type SwimTraceEvent } from 'hearsay';
import { pace, statePace } from './pace.ts';
import type { SeenMember, Views } from './record.ts';
import type { Stage } from './story.ts';

/** Hears what happens inside the nodes. */
export interface StageListener {
  /** `from` is the name behind a rumor's sender, when there is one. */
  readonly onTrace: (by: string, event: SwimTraceEvent, from: string | undefined) => void;
  /** Node `by` shows the flag, or no longer does. */
  readonly onFlag: (by: string, isSet: boolean, atMs: number) => void;
}

/** Where a flag of this name is in the map that all members share. */
const FLAG_KEY = 'flags/new-ui';
const FLAG = { variants: { on: true, off: false }, defaultVariant: 'on' } as const;
const RECEIPT_TIMEOUT_MS = 20_000;
/** The key of all; and one that only who is cut off has, so that it hears nobody and nobody hears it. */
const COMMON_KEY = new Uint8Array(32).fill(1);
const LONELY_KEY = new Uint8Array(32).fill(2);

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
      keys: [COMMON_KEY],
      kv: statePace,
      trace: (event) => this.#listener.onTrace(name, event, this.#senderOf(event)),
    });
    this.#clusters.set(name, cluster);
    void this.#followFlag(name, cluster);
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

  async setFlag(name: string): Promise<KvSeen> {
    const write = await this.#cluster(name).kv.shared.put(FLAG_KEY, FLAG, { track: true });
    return write.seenBy({ timeoutMs: RECEIPT_TIMEOUT_MS });
  }

  async deleteFlag(name: string): Promise<void> {
    await this.#cluster(name).kv.shared.delete(FLAG_KEY);
  }

  cutOff(name: string): void {
    this.#changeKey(name, LONELY_KEY, COMMON_KEY);
  }

  reconnect(name: string): void {
    this.#changeKey(name, COMMON_KEY, LONELY_KEY);
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

  #cluster(name: string): Cluster {
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) throw new Error(`${name} does not run`);
    return cluster;
  }

  #changeKey(name: string, to: Uint8Array, from: Uint8Array): void {
    const { keyring } = this.#cluster(name);
    keyring.install(to);
    keyring.use(to);
    keyring.remove(from);
  }

  /** Ends with the cluster. */
  async #followFlag(name: string, cluster: Cluster): Promise<void> {
    for await (const event of cluster.kv.watch({ key: FLAG_KEY })) {
      if (event.type !== 'overflow') this.#listener.onFlag(name, event.type === 'put', performance.now());
    }
  }

  #senderOf(event: SwimTraceEvent): string | undefined {
    return event.type === 'rumor-heard' && event.from !== undefined ? this.#names.get(event.from) : undefined;
  }
}
