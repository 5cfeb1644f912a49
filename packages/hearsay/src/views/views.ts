import type { Kv, OwnedEntry } from '../kv/index.ts';
import { isLive, type Belief } from './belief.ts';
import { decodeDigest, digestOf, type ViewDigest } from './digest.ts';
import { groupViews, type ClusterViews, type SilentMember, type Told } from './groups.ts';
import { Publisher, viewKey, type ViewsEnv } from './publisher.ts';

/** What views need of the state layer, in whose lane 2 digests are published. */
export type ViewsKv = Pick<Kv, 'state' | 'setTelemetry' | 'capableNames'>;

/** What views need of the node that they are part of. */
export interface ViewsHost {
  /** This node's member name. */
  readonly name: string;
  /** What this node believes of every member that it remembers, itself included. */
  beliefs(): Iterable<Belief>;
  /** How many members are live, this node included. */
  memberCount(): number;
}

/** What has become of digests. */
export interface ViewsStats {
  readonly published: number;
  /** Times the state layer refused one. */
  readonly refused: number;
  /** Digests of other members that could not be read. */
  readonly unreadable: number;
}

/**
 * What each member believes of all the others. A node publishes a digest of its member table by gossip, and reads those
 * of the others from its own memory.
 */
export class Views {
  readonly #host: ViewsHost;
  readonly #kv: ViewsKv;
  readonly #publisher: Publisher;
  /** Entries are never changed, so each is read once. */
  readonly #digests: WeakMap<OwnedEntry, ViewDigest | 'unreadable'> = new WeakMap();
  #unreadableCount: number = 0;

  constructor(host: ViewsHost, kv: ViewsKv, env: ViewsEnv) {
    this.#host = host;
    this.#kv = kv;
    this.#publisher = new Publisher({
      kv,
      env,
      digest: (sequence) => digestOf(host.beliefs(), sequence),
      memberCount: () => host.memberCount(),
    });
  }

  get stats(): ViewsStats {
    const { publishedCount, refusedCount } = this.#publisher;
    return { published: publishedCount, refused: refusedCount, unreadable: this.#unreadableCount };
  }

  /** Begins to publish; also again after {@link stop}. */
  start(): void {
    this.#publisher.start();
  }

  stop(): void {
    this.#publisher.stop();
  }

  /** Who is live may have changed. */
  noteChange(): void {
    this.#publisher.noteChange();
  }

  /** Who believes what, as far as this node has heard. */
  read(): ClusterViews {
    const { name: ownName } = this.#host;
    const capable = new Set(this.#kv.capableNames());
    const own = { name: ownName, ageMs: 0, digest: digestOf(this.#host.beliefs(), this.#publisher.publishedCount) };
    const told: [Told, ...Told[]] = [own];
    const silent: SilentMember[] = [];
    for (const { name, state } of this.#host.beliefs()) {
      if (!isLive(state) || name === ownName) continue;
      const digest = capable.has(name) ? this.#digestOf(name) : undefined;
      if (digest !== undefined) told.push({ name, ageMs: this.#kv.state.telemetry.ageMs(name, viewKey), digest });
      else silent.push({ name, reason: capable.has(name) ? 'no digest' : 'stock' });
    }
    return groupViews(told, silent, () => this.#host.beliefs());
  }

  #digestOf(name: string): ViewDigest | undefined {
    const entry = this.#kv.state.telemetry.get(name, viewKey);
    if (entry === undefined) return undefined;
    let digest = this.#digests.get(entry);
    if (digest === undefined) {
      digest = decodeDigest(entry.value) ?? 'unreadable';
      if (digest === 'unreadable') this.#unreadableCount += 1;
      this.#digests.set(entry, digest);
    }
    return digest === 'unreadable' ? undefined : digest;
  }
}
