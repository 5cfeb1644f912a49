import { assert, permuted, randomInt, shuffle, type Rng } from '../util/index.ts';
import { copyOf, type Member, type MemberState } from './member.ts';
import { SharedMembers } from './shared-members.ts';

const nobodyShared = new SharedMembers([], 0);

/**
 * The members this node knows: self, suspects, and the dead and left that are not yet reaped included. Its size is the
 * `n` of every formula in `timing.ts`.
 *
 * A list may begin with members that it shares with other lists ({@link beginWith}). Their places come first, as many
 * as are shared; a record of this list's own takes the place of a shared one as soon as it is to be changed. All others,
 * in most lists all there are, stand behind them in the order in which they are probed.
 */
export class MemberList {
  readonly #selfName: string;
  readonly #rng: Rng;
  #shared: SharedMembers = nobodyShared;
  /** Shared members that are no longer in this list. */
  readonly #forgotten: Set<Member> = new Set();
  /** Places of shared members in which somebody else is, or nobody. */
  readonly #changedPlaces: Set<number> = new Set();
  /** This list's own records, those in the places of shared ones too. */
  readonly #byName: Map<string, Member> = new Map();
  readonly #order: Member[] = [];
  readonly #counts: Record<MemberState, number> = { alive: 0, suspect: 0, dead: 0, left: 0 };
  /** Called when the member of that name came among the alive and suspect ones or went; without a name when all may have. */
  onLiveChange: (name?: string) => void = () => undefined;
  /** Members before it were probed in this round, the others wait. */
  #probeIndex: number = 0;
  /** The same for the places of shared members, whose order in this round is a permutation under this key. */
  #sharedProbeIndex: number = 0;
  #roundKey: number = 0;

  constructor(selfName: string, rng: Rng) {
    this.#selfName = selfName;
    this.#rng = rng;
  }

  get count(): number {
    return this.#placeCount - this.#forgotten.size;
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

  /**
   * All members, for iteration; without a copy where none are shared. Not to be held on to: adding and reaping reorder
   * it.
   */
  get members(): readonly Member[] {
    if (this.#shared.count === 0) return this.#order;
    let members = this.#shared.records.slice();
    for (const own of this.#byName.values()) if (own.listIndex < members.length) members[own.listIndex] = own;
    if (this.#forgotten.size > 0) members = members.filter((member) => !this.#forgotten.has(member));
    return this.#order.length === 0 ? members : members.concat(this.#order);
  }

  /**
   * All members in the order of {@link members}. Those that are as {@link shared} says come as runs of their places, from
   * `start` to before `end`.
   */
  forEachRun(onShared: (start: number, end: number) => void, onOwn: (member: Member) => void): void {
    const sharedCount = this.#shared.count;
    let start = 0;
    for (const place of [...this.#changedPlaces].sort((a, b) => a - b)) {
      if (place > start) onShared(start, place);
      const own = this.#at(place);
      if (own !== undefined) onOwn(own);
      start = place + 1;
    }
    if (sharedCount > start) onShared(start, sharedCount);
    for (const member of this.#order) onOwn(member);
  }

  /** Whether the member in that place is as {@link shared} says. */
  isUnchanged(place: number): boolean {
    return !this.#changedPlaces.has(place);
  }

  isSelf(member: Member): boolean {
    return member.name === this.#selfName;
  }

  get(name: string): Member | undefined {
    const own = this.#byName.get(name);
    if (own !== undefined || this.#shared.count === 0) return own;
    const shared = this.#shared.get(name);
    return shared === undefined || this.#forgotten.has(shared) ? undefined : shared;
  }

  /**
   * Begins with `shared` instead of nobody: for a list that holds self alone so far. A shared record is never written
   * to, see {@link own}.
   */
  beginWith(shared: SharedMembers): void {
    assert(this.#shared.count === 0 && this.#order.length <= 1, 'a list begins with shared members before all others');
    this.#shared = shared;
    this.#counts.alive += shared.count;
    const self = this.#order[0];
    const sharedSelf = self && shared.get(self.name);
    if (self !== undefined && sharedSelf !== undefined) {
      this.#order.length = 0;
      self.listIndex = sharedSelf.listIndex;
      this.#changedPlaces.add(self.listIndex);
      this.#counts.alive -= 1;
    } else if (self !== undefined) {
      this.#place(self, 0);
    }
    this.startRound();
    this.onLiveChange();
  }

  /** Those that it began with. */
  get shared(): SharedMembers {
    return this.#shared;
  }

  /** Names of members that are not, or not any more, what {@link shared} says of them. */
  *exceptions(): Iterable<string> {
    yield* this.#byName.keys();
    for (const { name } of this.#forgotten) if (!this.#byName.has(name)) yield name;
  }

  /**
   * The record of a member of this list that may be written to. The record that was shared stands for it no longer, so
   * whoever keeps one asks for the {@link current} one.
   */
  own(member: Member): Member {
    if (!this.#shared.isShared(member)) return member;
    let own = this.#byName.get(member.name);
    if (own === undefined) {
      own = copyOf(member);
      this.#byName.set(own.name, own);
      this.#changedPlaces.add(own.listIndex);
    }
    return own;
  }

  /** The record by which the list knows a member now, whose record was taken from it before. */
  current(member: Member): Member {
    return this.#shared.isShared(member) ? (this.#byName.get(member.name) ?? member) : member;
  }

  /**
   * Adds a member whose name is not yet known. It goes to a random place, and the member of that place to the end:
   * else every node would first probe a newcomer in the same period (SWIM §4.3). Places of shared members are theirs:
   * who is drawn for one waits in this round, or does not, as they do.
   */
  add(member: Member): void {
    assert(this.get(member.name) === undefined, 'a name is in the member list at most once');
    this.#byName.set(member.name, member);
    this.#counts[member.state] += 1;
    if (!member.isDeadOrLeft) this.onLiveChange(member.name);
    const last = this.#order.length;
    this.#place(member, last);
    const drawn = randomInt(this.#rng, this.#placeCount) - this.#shared.count;
    if (drawn >= 0) return this.#swap(drawn, last);
    const isProbed = drawn + this.#shared.count < this.#sharedProbeIndex;
    if (isProbed) this.#swap(this.#probeIndex++, last);
    else this.#swap(this.#probeIndex + randomInt(this.#rng, this.#order.length - this.#probeIndex), last);
  }

  /** Forgets a member. Those that wait to be probed in this round still wait, those that were probed do not. */
  remove(member: Member): void {
    assert(this.#at(member.listIndex) === member, 'a removed member is in the list');
    this.#counts[member.state] -= 1;
    const own = this.own(member);
    const shared = this.#shared.at(own.listIndex);
    if (shared === undefined) this.#removeFromOrder(own.listIndex - this.#shared.count);
    else this.#forgotten.add(shared);
    own.listIndex = -1;
    this.#byName.delete(own.name);
    if (!own.isDeadOrLeft) this.onLiveChange(own.name);
  }

  #removeFromOrder(index: number): void {
    let hole = index;
    if (hole < this.#probeIndex) {
      this.#probeIndex -= 1;
      this.#place(this.#order[this.#probeIndex]!, hole);
      hole = this.#probeIndex;
    }
    const last = this.#order.pop()!;
    if (hole < this.#order.length) this.#place(last, hole);
  }

  /** Moves a member of this list to another state, as of `nowMs`. The record is one of this list's {@link own}. */
  setState(member: Member, state: MemberState, nowMs: number): void {
    assert(this.#byName.get(member.name) === member, 'only members of the list change state, in records of its own');
    this.#counts[member.state] -= 1;
    this.#counts[state] += 1;
    const wasLive = !member.isDeadOrLeft;
    member.state = state;
    member.stateChangedAtMs = nowMs;
    if (wasLive === member.isDeadOrLeft) this.onLiveChange(member.name);
  }

  /**
   * The next member to probe in this round: alive or suspect, and not self. Undefined when the round is over; then the
   * caller reaps, calls {@link startRound}, and asks once more. Undefined after that: there is nobody to probe.
   * Between two probes of a member that stays lie at most 2m - 2 probes of the m such members (SWIM §4.3).
   */
  nextProbeTarget(): Member | undefined {
    for (;;) {
      const sharedCount = this.#shared.count - this.#sharedProbeIndex;
      const otherCount = this.#order.length - this.#probeIndex;
      if (sharedCount + otherCount === 0) return undefined;
      // Each that waits is as likely to be next as any other, wherever its record is.
      const isShared =
        sharedCount > 0 && (otherCount === 0 || randomInt(this.#rng, sharedCount + otherCount) < sharedCount);
      const member = isShared ? this.#at(this.#nextSharedPlace()) : this.#order[this.#probeIndex++];
      if (member !== undefined && !member.isDeadOrLeft && !this.isSelf(member)) return member;
    }
  }

  #nextSharedPlace(): number {
    return permuted(this.#sharedProbeIndex++, this.#shared.count, this.#roundKey);
  }

  /** Begins the next round of probes in a new random order. */
  startRound(): void {
    shuffle(this.#rng, this.#order);
    for (let index = 0; index < this.#order.length; index++) this.#place(this.#order[index]!, index);
    this.#probeIndex = 0;
    if (this.#shared.count === 0) return;
    this.#sharedProbeIndex = 0;
    this.#roundKey = this.#rng.nextUint32();
  }

  /**
   * Removes the members that have been dead or left for more than `graceMs` and tells `onReaped` of each after it is
   * gone. Costs nothing while nobody is dead or left, one pass otherwise, so it belongs between two rounds of probes.
   */
  reap(nowMs: number, graceMs: number, onReaped: (member: Member) => void): void {
    if (this.#counts.dead + this.#counts.left === 0) return;
    const isDue = (member: Member): boolean => member.isDeadOrLeft && nowMs - member.stateChangedAtMs > graceMs;
    const forget = (member: Member): void => {
      this.remove(member);
      onReaped(member);
    };
    // From the end: a removal brings only members here that were looked at before.
    for (let index = this.#order.length - 1; index >= 0; index--) {
      const member = this.#order[index]!;
      if (isDue(member)) forget(member);
    }
    if (this.#shared.count === 0) return;
    // Those in the places of shared members: a shared record is always alive.
    for (const member of this.#byName.values()) if (isDue(member)) forget(member);
  }

  /**
   * Fills `out` with up to `wantedCount` different members that pass `filter`, drawn uniformly; fewer only when no more
   * pass. Draws at random while that is likely to succeed, then looks at every member: memberlist's fixed number of
   * draws can miss the only eligible member of a small cluster.
   */
  sample(wantedCount: number, filter: (member: Member) => boolean, out: Member[]): void {
    out.length = 0;
    const placeCount = this.#placeCount;
    const drawCount = placeCount < 3 * wantedCount ? 0 : placeCount;
    for (let draw = 0; draw < drawCount && out.length < wantedCount; draw++) {
      const member = this.#at(randomInt(this.#rng, placeCount));
      if (member !== undefined && !out.includes(member) && filter(member)) out.push(member);
    }
    if (out.length < wantedCount) this.#sampleByScan(wantedCount, filter, out);
  }

  /** Reservoir sampling (Vitter's algorithm R) of what is not in `out` yet into the places left. */
  #sampleByScan(wantedCount: number, filter: (member: Member) => boolean, out: Member[]): void {
    const drawnCount = out.length;
    const missingCount = wantedCount - drawnCount;
    let eligibleCount = 0;
    for (let place = 0; place < this.#placeCount; place++) {
      const member = this.#at(place);
      if (member === undefined || isAmongFirst(out, drawnCount, member) || !filter(member)) continue;
      eligibleCount += 1;
      const chosen = eligibleCount <= missingCount ? eligibleCount - 1 : randomInt(this.#rng, eligibleCount);
      if (chosen < missingCount) out[drawnCount + chosen] = member;
    }
  }

  /** Places of shared members, in which nobody may be any more, and those of all others. */
  get #placeCount(): number {
    return this.#shared.count + this.#order.length;
  }

  /** Undefined when the shared member of that place was forgotten. */
  #at(place: number): Member | undefined {
    const shared = this.#shared.at(place);
    if (shared === undefined) return this.#order[place - this.#shared.count];
    const own = this.#byName.get(shared.name);
    if (own !== undefined && own.listIndex === place) return own;
    return this.#forgotten.has(shared) ? undefined : shared;
  }

  #place(member: Member, index: number): void {
    this.#order[index] = member;
    member.listIndex = this.#shared.count + index;
  }

  #swap(index: number, last: number): void {
    const member = this.#order[last]!;
    this.#place(this.#order[index]!, last);
    this.#place(member, index);
  }
}

function isAmongFirst(members: readonly Member[], count: number, member: Member): boolean {
  for (let index = 0; index < count; index++) {
    if (members[index] === member) return true;
  }
  return false;
}
