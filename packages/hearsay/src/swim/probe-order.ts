import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import type { Membership } from './membership.ts';
import type { SharedPermutation } from './shared-permutation.ts';

/** Whom to probe next: as the shared permutation plans it, or else the one whose turn it is in the random round robin. */
export class ProbeOrder {
  readonly #members: MemberList;
  readonly #membership: Membership;
  readonly #permutation: SharedPermutation | undefined;
  /** Planned probes since the last reaping. */
  #sinceReapCount: number = 0;

  constructor(members: MemberList, membership: Membership, permutation: SharedPermutation | undefined) {
    this.#members = members;
    this.#membership = membership;
    this.#permutation = permutation;
  }

  /** Undefined when there is nobody to probe. */
  next(): Member | undefined {
    const planned = this.#permutation?.take();
    if (planned !== undefined) {
      this.#sinceReapCount += 1;
      if (this.#sinceReapCount >= this.#members.liveCount) this.#reap();
      return planned;
    }
    const target = this.#members.nextProbeTarget();
    if (target !== undefined) return target;
    this.#reap();
    this.#members.startRound();
    return this.#members.nextProbeTarget();
  }

  /** Between two rounds of all members. */
  #reap(): void {
    this.#sinceReapCount = 0;
    this.#membership.reap();
  }
}
