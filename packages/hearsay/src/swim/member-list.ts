import { assert, randomInt, shuffle, type Rng } from '../util/index.ts';
import type { Member, MemberState } from './member.ts';

/**
 * The members this node knows, in the order in which it probes them: self, suspects, and the dead and left that are
 * not yet reaped included. Its size is the `n` of every formula in `timing.ts`.
 */
export class MemberList {
  readonly #selfName: string;
  readonly #rng: Rng;
  readonly #byName: Map<string, Member> = new Map();
  readonly #order: Member[] = [];
  readonly #counts: Record<MemberState, number> = { alive: 0, suspect: 0, dead: 0, left: 0 };
  /** Members before it were probed in this round, the others wait. */
  #probeIndex: number = 0;

  constructor(selfName: string, rng: Rng) {
    this.#selfName = selfName;
    this.#rng = rng;
  }

  get count(): number {
    return this.#order.length;
  }

  get aliveCount(): number {
    return this.#counts.alive;
  }

  get suspectCount(): number {
    return this.#counts.suspect;
  }

  get deadCount(): number {
    return this.#counts.dead;
  }

  get leftCount(): number {
    return this.#counts.left;
  }

  /** Alive and suspect members, self included: those that users see. */
  get liveCount(): number {
    return this.#counts.alive + this.#counts.suspect;
  }

  /** This node's own record, once it has been added. */
  get self(): Member | undefined {
    return this.#byName.get(this.#selfName);
  }

  /** All members in probe order, for iteration without a copy. Not to be held on to: adding and reaping reorder it. */
  get members(): readonly Member[] {
    return this.#order;
  }

  isSelf(member: Member): boolean {
    return member.name === this.#selfName;
  }

  get(name: string): Member | undefined {
    return this.#byName.get(name);
  }

  /**
   * Adds a member whose name is not yet known. It goes to a random place, and the member of that place to the end:
   * else every node would first probe a newcomer in the same period (SWIM §4.3).
   */
  add(member: Member): void {
    assert(!this.#byName.has(member.name), 'a name is in the member list at most once');
    this.#byName.set(member.name, member);
    this.#counts[member.state] += 1;
    const last = this.#order.length;
    this.#place(member, last);
    const other = randomInt(this.#rng, last + 1);
    this.#place(this.#order[other]!, last);
    this.#place(member, other);
  }

  /** Forgets a member. Those that wait to be probed in this round still wait, those that were probed do not. */
  remove(member: Member): void {
    assert(this.#order[member.listIndex] === member, 'a removed member is in the list');
    let hole = member.listIndex;
    if (hole < this.#probeIndex) {
      this.#probeIndex -= 1;
      this.#place(this.#order[this.#probeIndex]!, hole);
      hole = this.#probeIndex;
    }
    const last = this.#order.pop()!;
    if (hole < this.#order.length) this.#place(last, hole);
    member.listIndex = -1;
    this.#byName.delete(member.name);
    this.#counts[member.state] -= 1;
  }

  /** Moves a member of this list to another state, as of `nowMs`. */
  setState(member: Member, state: MemberState, nowMs: number): void {
    assert(this.#order[member.listIndex] === member, 'only members of the list change state');
    this.#counts[member.state] -= 1;
    this.#counts[state] += 1;
    member.state = state;
    member.stateChangedAtMs = nowMs;
  }

  /**
   * The next member to probe in this round: alive or suspect, and not self. Undefined when the round is over; then the
   * caller reaps, calls {@link startRound}, and asks once more. Undefined after that: there is nobody to probe.
   * Between two probes of a member that stays lie at most 2m - 2 probes of the m such members (SWIM §4.3).
   */
  nextProbeTarget(): Member | undefined {
    while (this.#probeIndex < this.#order.length) {
      const member = this.#order[this.#probeIndex]!;
      this.#probeIndex += 1;
      if (!member.isDeadOrLeft && !this.isSelf(member)) return member;
    }
    return undefined;
  }

  /** Begins the next round of probes in a new random order. */
  startRound(): void {
    shuffle(this.#rng, this.#order);
    for (let index = 0; index < this.#order.length; index++) this.#order[index]!.listIndex = index;
    this.#probeIndex = 0;
  }

  /**
   * Removes the members that have been dead or left for more than `graceMs` and tells `onReaped` of each after it is
   * gone. Costs nothing while nobody is dead or left, one pass otherwise, so it belongs between two rounds of probes.
   */
  reap(nowMs: number, graceMs: number, onReaped: (member: Member) => void): void {
    if (this.#counts.dead + this.#counts.left === 0) return;
    // From the end: a removal brings only members here that were looked at before.
    for (let index = this.#order.length - 1; index >= 0; index--) {
      const member = this.#order[index]!;
      if (!member.isDeadOrLeft || nowMs - member.stateChangedAtMs <= graceMs) continue;
      this.remove(member);
      onReaped(member);
    }
  }

  /**
   * Fills `out` with up to `wantedCount` different members that pass `filter`, drawn uniformly; fewer only when no more
   * pass. Draws at random while that is likely to succeed, then looks at every member: memberlist's fixed number of
   * draws can miss the only eligible member of a small cluster.
   */
  sample(wantedCount: number, filter: (member: Member) => boolean, out: Member[]): void {
    out.length = 0;
    const order = this.#order;
    const drawCount = order.length < 3 * wantedCount ? 0 : order.length;
    for (let draw = 0; draw < drawCount && out.length < wantedCount; draw++) {
      const member = order[randomInt(this.#rng, order.length)]!;
      if (!out.includes(member) && filter(member)) out.push(member);
    }
    if (out.length < wantedCount) this.#sampleByScan(wantedCount, filter, out);
  }

  /** Reservoir sampling (Vitter's algorithm R) of what is not in `out` yet into the places left. */
  #sampleByScan(wantedCount: number, filter: (member: Member) => boolean, out: Member[]): void {
    const drawnCount = out.length;
    const placeCount = wantedCount - drawnCount;
    let eligibleCount = 0;
    for (const member of this.#order) {
      if (isAmongFirst(out, drawnCount, member) || !filter(member)) continue;
      eligibleCount += 1;
      const place = eligibleCount <= placeCount ? eligibleCount - 1 : randomInt(this.#rng, eligibleCount);
      if (place < placeCount) out[drawnCount + place] = member;
    }
  }

  #place(member: Member, index: number): void {
    this.#order[index] = member;
    member.listIndex = index;
  }
}

function isAmongFirst(members: readonly Member[], count: number, member: Member): boolean {
  for (let index = 0; index < count; index++) {
    if (members[index] === member) return true;
  }
  return false;
}
