import type { Address, StepClock } from '../util/index.ts';
import type { Alive } from '../wire/index.ts';
import { swimLimits } from './limits.ts';
import type { Member } from './member.ts';
import { checksumSinceProtocol, type Outbox } from './outbox.ts';
import { aliveOf, type Rumors } from './rumors.ts';
import type { SwimStats } from './stats.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Tombstone } from './tombstones.ts';

/** What a {@link Herald} is made of. */
export interface HeraldParts {
  /** `SwimRules.reassertion`. */
  readonly isOn: boolean;
  readonly selfName: string;
  readonly outbox: Outbox;
  readonly rumors: Rumors;
  readonly clock: StepClock;
  readonly stats: SwimStats;
}

/**
 * Tells a node directly what it cannot hear through gossip: that its word about itself is overruled.
 *
 * A node that restarts announces incarnation 1. Peers that remember a higher one, with a death certificate perhaps,
 * ignore it, and as nobody gossips to the long dead it never learns why (hashicorp/memberlist#311). So whoever ignores
 * it says so to its face; it refutes above, and tells the accuser directly in turn. Rate-limited: what triggers it
 * comes from outside.
 */
export class Herald {
  readonly #isOn: boolean;
  readonly #outbox: Outbox;
  readonly #rumors: Rumors;
  readonly #selfName: string;
  readonly #stats: SwimStats;
  readonly #bucket: TokenBucket;

  constructor({ isOn, selfName, outbox, rumors, clock, stats }: HeraldParts) {
    this.#isOn = isOn;
    this.#selfName = selfName;
    this.#outbox = outbox;
    this.#rumors = rumors;
    this.#stats = stats;
    this.#bucket = new TokenBucket(clock, swimLimits.directMessageBurst, swimLimits.directMessagesPerSecond);
  }

  /**
   * Sends what this node believes of `known` to `to`: to the node of that name itself, or to one whose news of it are old.
   * False when it may not.
   */
  tellOverruled(known: Member | Tombstone, state: Member['state'], to: Address): boolean {
    const may = this.#mayTell();
    if (may) this.#outbox.sendExactly(to, [this.#certificate(known, state)], false);
    return may;
  }

  /** Sends this node's own record to one that has accused it. */
  tellAlive(self: Member, to: Address, receiver: Member | undefined): void {
    if (!this.#mayTell()) return;
    const withChecksum = receiver !== undefined && receiver.vsn[1]! >= checksumSinceProtocol;
    this.#outbox.sendExactly(to, [this.#rumors.encodeAlive(aliveOf(self))], withChecksum);
  }

  /** Passes on what claims the name of the node at `to`. */
  pass(alive: Alive, to: Address): void {
    if (this.#mayTell()) this.#outbox.sendExactly(to, [this.#rumors.encodeAlive(alive)], false);
  }

  #mayTell(): boolean {
    if (!this.#isOn) return false;
    const may = this.#bucket.tryTake();
    if (may) this.#stats.directMessagesSent += 1;
    else this.#stats.directMessagesHeldBack += 1;
    return may;
  }

  #certificate(known: Member | Tombstone, state: Member['state']): Uint8Array {
    const { name: node, incarnation } = known;
    switch (state) {
      case 'alive':
        return this.#rumors.encodeAlive(aliveOf(known));
      case 'suspect':
        return this.#rumors.encodeSuspect({ incarnation, node, from: this.#selfName });
      case 'dead':
        return this.#rumors.encodeDead({ incarnation, node, from: this.#selfName });
      case 'left':
        return this.#rumors.encodeDead({ incarnation, node, from: node });
    }
  }
}
