import { randomInt, type Rng } from '../../util/index.ts';
import type { KvPeer } from '../exchange/index.ts';
import { hashText } from '../stream.ts';

/** A live member that takes part in the state. */
class Peer implements KvPeer {
  readonly name: string;
  /** Place among all of them. */
  liveIndex: number = -1;
  /** Place among those that were never asked, -1 for the others. */
  freshIndex: number = -1;

  constructor(name: string) {
    this.name = name;
  }
}

/** The live members that take part, this node included, and how receipts number them: by the order of their names. */
export class RosterView {
  /** Sorted. */
  readonly names: readonly string[];
  /** Of the names: nodes with the same hash number members alike. */
  readonly hash: number;
  #byName: Map<string, number> | undefined;
  #byHash: Map<number, number> | undefined;

  constructor(names: readonly string[]) {
    this.names = names.toSorted();
    this.hash = hashText(this.names.join('\n'), 0);
  }

  /** The number of a member, by name. */
  indexOf(name: string): number | undefined {
    this.#byName ??= new Map(this.names.map((each, index) => [each, index]));
    return this.#byName.get(name);
  }

  /** The number of a member, by the hash of its name. */
  indexOfHash(hash: number): number | undefined {
    this.#byHash ??= new Map(this.names.map((each, index) => [hashText(each, 0), index]));
    return this.#byHash.get(hash);
  }
}

/** The other live members that take part, and whom of them to compare with next. No choice looks at all of them. */
export class Roster {
  readonly #ownName: string;
  readonly #rng: Rng;
  readonly #peers = new Map<string, Peer>();
  readonly #live: Peer[] = [];
  /** Never asked yet. */
  readonly #fresh: Peer[] = [];
  /** Those that were, the one asked the longest ago first. */
  readonly #asked = new Set<Peer>();
  #view: RosterView | undefined;

  constructor(ownName: string, rng: Rng) {
    this.#ownName = ownName;
    this.#rng = rng;
  }

  /** How many others are live. */
  get liveCount(): number {
    return this.#live.length;
  }

  /** The live ones and this node. The same object until something changes. */
  get view(): RosterView {
    this.#view ??= new RosterView([...this.#live.map(({ name }) => name), this.#ownName]);
    return this.#view;
  }

  /** The live peers. Do not keep the list. */
  get live(): readonly KvPeer[] {
    return this.#live;
  }

  /** A live peer. */
  get(name: string): KvPeer | undefined {
    return this.#peers.get(name);
  }

  /** The member takes part and is alive. */
  addLive(name: string): void {
    if (name === this.#ownName || this.#peers.has(name)) return;
    const peer = new Peer(name);
    this.#peers.set(name, peer);
    peer.liveIndex = this.#live.push(peer) - 1;
    peer.freshIndex = this.#fresh.push(peer) - 1;
    this.#view = undefined;
  }

  /** The member has failed or left, or takes part no longer. */
  remove(name: string): void {
    const peer = this.#peers.get(name);
    if (peer === undefined) return;
    this.#peers.delete(name);
    this.#asked.delete(peer);
    if (peer.freshIndex >= 0) this.#removeFresh(peer);
    const last = this.#live.pop()!;
    if (last !== peer) {
      this.#live[peer.liveIndex] = last;
      last.liveIndex = peer.liveIndex;
    }
    this.#view = undefined;
  }

  /** Everybody is forgotten. */
  clear(): void {
    this.#peers.clear();
    this.#live.length = 0;
    this.#fresh.length = 0;
    this.#asked.clear();
    this.#view = undefined;
  }

  /** We have compared with the peer, or tried to. */
  markAsked(peer: KvPeer): void {
    const known = this.#peers.get(peer.name);
    if (known === undefined) return;
    if (known.freshIndex >= 0) this.#removeFresh(known);
    this.#asked.delete(known);
    this.#asked.add(known);
  }

  /**
   * Whom to compare with in this period: one at random, one that was not asked for the longest time, then more at random.
   */
  choose(count: number): KvPeer[] {
    const chosen = new Set<KvPeer>();
    const wanted = Math.min(count, this.#live.length);
    if (wanted > 0) chosen.add(this.#random());
    const oldest = wanted > 1 ? this.#oldest() : undefined;
    if (oldest !== undefined) chosen.add(oldest);
    // Chance finds others soon; when nearly all are wanted, it may leave one out.
    for (let tries = 0; chosen.size < wanted && tries < 8 * wanted; tries += 1) chosen.add(this.#random());
    return [...chosen];
  }

  #random(): Peer {
    return this.#live[randomInt(this.#rng, this.#live.length)]!;
  }

  #oldest(): Peer | undefined {
    if (this.#fresh.length > 0) return this.#fresh[randomInt(this.#rng, this.#fresh.length)];
    for (const peer of this.#asked) return peer;
    return undefined;
  }

  #removeFresh(peer: Peer): void {
    const last = this.#fresh.pop()!;
    if (last !== peer) {
      this.#fresh[peer.freshIndex] = last;
      last.freshIndex = peer.freshIndex;
    }
    peer.freshIndex = -1;
  }
}
