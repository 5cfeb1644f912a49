import { randomInt, type Address, type Rng } from '../util/index.ts';
import type { Member } from './member.ts';

/** What is kept of a member that was dead or left for so long that it was forgotten. */
export interface Tombstone {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly address: Address | undefined;
  readonly meta: Uint8Array | null;
  readonly vsn: Uint8Array;
  readonly incarnation: number;
  readonly state: 'dead' | 'left';
  readonly reapedAtMs: number;
}

/**
 * Remembers forgotten members for two purposes. An old alive rumor about one (from a node that was cut off, through a
 * push/pull) must not bring it back, as it does in memberlist (hashicorp/memberlist#312). And when half of a cluster
 * was lost, these are the addresses where it may be found again.
 *
 * Bounded: the oldest makes room for the newest. With room for none it is switched off.
 */
export class Tombstones {
  readonly #maxCount: number;
  readonly #byName: Map<string, Tombstone> = new Map();

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get count(): number {
    return this.#byName.size;
  }

  get(name: string): Tombstone | undefined {
    return this.#byName.get(name);
  }

  /** Returns false when an older one had to make room. */
  remember(member: Member, nowMs: number): boolean {
    if (this.#maxCount === 0) return true;
    this.#byName.delete(member.name);
    this.#byName.set(member.name, {
      name: member.name,
      addr: member.addr,
      port: member.port,
      address: member.address,
      meta: member.meta,
      vsn: member.vsn,
      incarnation: member.incarnation,
      state: member.state === 'left' ? 'left' : 'dead',
      reapedAtMs: nowMs,
    });
    if (this.#byName.size <= this.#maxCount) return true;
    for (const oldest of this.#byName.keys()) {
      this.#byName.delete(oldest);
      break;
    }
    return false;
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }

  forgetOlderThan(reapedBeforeMs: number): void {
    for (const tombstone of this.#byName.values()) {
      if (tombstone.reapedAtMs >= reapedBeforeMs) return;
      this.#byName.delete(tombstone.name);
    }
  }

  /** One of those that died, at random; those that left do not want to be found. */
  sampleDead(rng: Rng): Tombstone | undefined {
    const dead: Tombstone[] = [];
    for (const tombstone of this.#byName.values()) if (tombstone.state === 'dead') dead.push(tombstone);
    return dead[randomInt(rng, dead.length)];
  }
}
