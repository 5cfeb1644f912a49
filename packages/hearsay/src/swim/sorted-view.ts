import { lowerBound } from '../util/index.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';

/** With more changes than so many, or than that share of all members, it is cheaper to begin anew. */
const changesMin = 16;
const changesShare = 1 / 16;

/**
 * The alive and suspect members in the order of their names: the same on all nodes that know the same members. Kept up to
 * date when somebody asks, and built when somebody asks for the first time.
 *
 * Of members that are shared with other lists it keeps only those that are not live here.
 */
export class SortedView {
  readonly #members: MemberList;
  /** Shared members that are not live here, by their rank among the shared ones, in ascending order. */
  readonly #gone: number[] = [];
  /** Live members that are not shared, by name. */
  readonly #others: Member[] = [];
  /** Names of members that came or went since the last answer. */
  readonly #changed: Set<string> = new Set();
  /** Undefined after each change until somebody asks. */
  #selfRank: number | undefined;
  #isBuilt: boolean = false;
  #version: number = 0;

  constructor(members: MemberList) {
    this.#members = members;
    members.onLiveChange = (name) => this.#note(name);
  }

  /** How many there are. */
  get count(): number {
    this.#update();
    return this.#members.shared.count - this.#gone.length + this.#others.length;
  }

  /** Changes when somebody came or went. */
  get version(): number {
    this.#update();
    return this.#version;
  }

  /** The place of this node itself. */
  get selfRank(): number {
    this.#update();
    this.#selfRank ??= this.#rankOf(this.#members.self!.name);
    return this.#selfRank;
  }

  /** The member in that place, from 0 to `count` - 1. */
  at(rank: number): Member {
    this.#update();
    const others = this.#others;
    const otherCount = lowerBound(others.length, (i) => this.#sharedBefore(others[i]!.name) + i - rank);
    const other = others[otherCount];
    if (other !== undefined && this.#sharedBefore(other.name) + otherCount === rank) return other;
    // Before the shared one wanted are so many live ones, and those that are gone.
    const liveBefore = rank - otherCount;
    const goneBefore = lowerBound(this.#gone.length, (i) => this.#gone[i]! - i - liveBefore - 0.5);
    return this.#members.current(this.#members.shared.byRank(liveBefore + goneBefore));
  }

  #note(name: string | undefined): void {
    if (!this.#isBuilt) return;
    if (name !== undefined) this.#changed.add(name);
    const changesMax = Math.max(changesMin, this.#members.count * changesShare);
    if (name === undefined || this.#changed.size > changesMax) this.#isBuilt = false;
  }

  #update(): void {
    if (!this.#isBuilt) this.#build();
    else if (this.#changed.size > 0) for (const name of this.#changed) this.#follow(name);
    else return;
    this.#changed.clear();
    this.#selfRank = undefined;
    this.#version += 1;
  }

  #build(): void {
    this.#isBuilt = true;
    this.#gone.length = 0;
    this.#others.length = 0;
    for (const name of this.#members.exceptions()) {
      const { goneRank, other } = this.#whereIs(name);
      if (goneRank !== undefined) this.#gone.push(goneRank);
      if (other !== undefined) this.#others.push(other);
    }
    this.#gone.sort((a, b) => a - b);
    this.#others.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #follow(name: string): void {
    const { shared } = this.#members;
    const { goneRank, other } = this.#whereIs(name);
    const index = this.#othersBefore(name);
    const wasOther = this.#others[index]?.name === name;
    this.#others.splice(index, wasOther ? 1 : 0, ...(other === undefined ? [] : [other]));
    const sharedRank = shared.rankOf(name);
    if (sharedRank === undefined) return;
    const hole = lowerBound(this.#gone.length, (i) => this.#gone[i]! - sharedRank);
    const wasGone = this.#gone[hole] === sharedRank;
    this.#gone.splice(hole, wasGone ? 1 : 0, ...(goneRank === undefined ? [] : [goneRank]));
  }

  /** As which of the two kinds of exceptions that name counts. A shared name may be gone, and its bearer have come anew. */
  #whereIs(name: string): { goneRank: number | undefined; other: Member | undefined } {
    const member = this.#members.get(name);
    const shared = this.#members.shared.get(name);
    const isLive = member !== undefined && !member.isDeadOrLeft;
    const isInSharedPlace = member !== undefined && member.listIndex === shared?.listIndex;
    return {
      goneRank: isLive && isInSharedPlace ? undefined : this.#members.shared.rankOf(name),
      other: isLive && !isInSharedPlace ? member : undefined,
    };
  }

  #rankOf(name: string): number {
    return this.#sharedBefore(name) + this.#othersBefore(name);
  }

  /** How many shared members that are live here come before that name. */
  #sharedBefore(name: string): number {
    const rank = this.#members.shared.ranksBefore(name);
    return rank - lowerBound(this.#gone.length, (i) => this.#gone[i]! - rank);
  }

  #othersBefore(name: string): number {
    return lowerBound(this.#others.length, (i) => (this.#others[i]!.name < name ? -1 : 0));
  }
}
