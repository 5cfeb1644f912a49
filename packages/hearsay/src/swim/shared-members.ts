import { assert, isSameBytes, lowerBound } from '../util/index.ts';
import type { NodeEntry } from '../wire/index.ts';
import { swimLimits } from './limits.ts';
import { EncodedEntries } from './member-entries.ts';
import { fromView, type Member, type MemberView } from './member.ts';

/**
 * Members that many lists begin with, in one copy for all of them: alive since `nowMs`, and never changed. What a node
 * comes to believe of one of them it keeps in a record of its own ({@link MemberList.own}). For simulations that begin
 * with a cluster formed before: a list for each of 100,000 nodes would take a terabyte.
 */
export class SharedMembers {
  readonly #records: readonly Member[];
  readonly #byName: ReadonlyMap<string, Member>;
  /** In the order of names; made when first asked for. */
  #sorted: readonly Member[] | undefined;
  #entries: EncodedEntries | undefined;
  /** By place the entry that last agreed with the record. The wire makes one object of the same bytes. */
  readonly #agreed: (Readonly<NodeEntry> | undefined)[] = [];

  constructor(members: readonly MemberView[], nowMs: number) {
    assert(members.length <= swimLimits.membersMax, 'no list holds more members than the limit');
    let vsn: Uint8Array = new Uint8Array(0);
    this.#records = members.map((view, index) => {
      const record = fromView(view);
      // Members mostly speak the same versions: one array for all of them, not one each.
      if (!isSameBytes(record.vsn, vsn)) vsn = record.vsn;
      record.vsn = vsn;
      record.state = 'alive';
      record.stateChangedAtMs = nowMs;
      record.listIndex = index;
      return Object.freeze(record);
    });
    this.#byName = new Map(this.#records.map((record) => [record.name, record]));
    assert(this.#byName.size === members.length, 'a name is among the shared members at most once');
  }

  get count(): number {
    return this.#records.length;
  }

  get records(): readonly Member[] {
    return this.#records;
  }

  /** The record whose `listIndex` is `index`. */
  at(index: number): Member | undefined {
    return this.#records[index];
  }

  get(name: string): Member | undefined {
    return this.#byName.get(name);
  }

  /** What push/pulls say of them, by place. */
  get entries(): EncodedEntries {
    return (this.#entries ??= new EncodedEntries(this.#records));
  }

  /** Whether `entry` is known to say what the record in that place says. */
  agreesAt(place: number, entry: Readonly<NodeEntry>): boolean {
    return this.#agreed[place] === entry;
  }

  /** `entry` says what the shared record `member` says. */
  rememberAgreed(member: Member, entry: Readonly<NodeEntry>): void {
    this.#agreed[member.listIndex] = entry;
  }

  /** The record in that place of the order of names. */
  byRank(rank: number): Member {
    return this.#inOrder[rank]!;
  }

  /** The place of that name in the order of names; undefined for a stranger. */
  rankOf(name: string): number | undefined {
    return this.#byName.has(name) ? this.ranksBefore(name) : undefined;
  }

  /** How many names come before that one. */
  ranksBefore(name: string): number {
    const sorted = this.#inOrder;
    return lowerBound(sorted.length, (rank) => (sorted[rank]!.name < name ? -1 : 0));
  }

  get #inOrder(): readonly Member[] {
    this.#sorted ??= this.#records.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  isShared(member: Member): boolean {
    return this.#records[member.listIndex] === member;
  }
}
