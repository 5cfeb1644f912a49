import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import type { SharedMembers } from './shared-members.ts';
import { memberChanges, type SwimStats } from './stats.ts';

/** Neighbours on the ring at most: as many as a rumor has rounds with the LAN preset. */
const neighboursMax = 4;
/**
 * In larger clusters there is no ring: to look at all members costs more, and their twenty copies and more leave out
 * somebody in one rumor of ten thousand at most (N e^-copies).
 */
export const ringMembersMax = 10_000;

/** Whether there is a ring; `isOn` is `SwimRules.ringGossip`. With a fan-out of one, chance is what makes it fast. */
export function hasRing(isOn: boolean, gossipNodes: number): boolean {
  return isOn && gossipNodes > 1;
}

/**
 * The members in a circle, in the order of a hash of their names, which is the same for all nodes. Who sends what it
 * hears to the next one on the circle, and does so always, leaves out nobody: chance alone misses a member with
 * probability e^-copies, and somebody in a cluster of some size nearly always when copies are few.
 */
export class Ring {
  readonly #members: MemberList;
  readonly #stats: SwimStats;
  readonly #mayReceive: (member: Member) => boolean;
  /** Those that come next after self, the nearest first. */
  readonly #neighbours: Member[] = [];
  readonly #distances: number[] = [];
  #seenCount: number = -1;
  #seenChanges: number = -1;

  /** `mayReceive` says who is sent gossip at all. */
  constructor(members: MemberList, stats: SwimStats, mayReceive: (member: Member) => boolean) {
    this.#members = members;
    this.#stats = stats;
    this.#mayReceive = mayReceive;
  }

  /** The live member so many places after self, from 0; of so many as are near enough, and again from the first. */
  neighbour(place: number, placeCount: number): Member | undefined {
    if (this.#members.count > ringMembersMax) return undefined;
    if (this.#isOutdated()) this.#look();
    const count = Math.min(placeCount, this.#neighbours.length);
    return count === 0 ? undefined : this.#members.get(this.#neighbours[place % count]!.name);
  }

  /** Members that come or go change a counter, or how many there are. */
  #isOutdated(): boolean {
    const changes = memberChanges(this.#stats) + this.#stats.membersReaped;
    const { count } = this.#members;
    if (count === this.#seenCount && changes === this.#seenChanges) return false;
    this.#seenCount = count;
    this.#seenChanges = changes;
    return true;
  }

  #look(): void {
    this.#neighbours.length = 0;
    this.#distances.length = 0;
    const { self } = this.#members;
    if (self === undefined) return;
    const from = placeOf(self.name);
    const { shared } = this.#members;
    this.#members.forEachRun(
      (start, end) => {
        const places = placesOf(shared);
        for (let index = start; index < end; index++) this.#consider(shared.at(index)!, (places[index]! - from) >>> 0);
      },
      (member) => this.#consider(member, (placeOf(member.name) - from) >>> 0),
    );
  }

  #consider(member: Member, distance: number): void {
    // Hardly anybody is near enough, and to look at a member costs more than to compare two numbers.
    const { length } = this.#distances;
    if (length === neighboursMax && distance >= this.#distances[length - 1]!) return;
    if (member.isDeadOrLeft || !this.#mayReceive(member)) return;
    let index = length;
    while (index > 0 && this.#distances[index - 1]! > distance) index -= 1;
    this.#distances.splice(index, 0, distance);
    this.#neighbours.splice(index, 0, member);
    this.#distances.length = Math.min(this.#distances.length, neighboursMax);
    this.#neighbours.length = this.#distances.length;
  }
}

const placesOfShared: WeakMap<SharedMembers, Uint32Array> = new WeakMap();

/** Where the members that many lists share are on the circle, looked up once for all of those. */
function placesOf(shared: SharedMembers): Uint32Array {
  let places = placesOfShared.get(shared);
  if (places === undefined) {
    places = Uint32Array.from(shared.records, ({ name }) => placeOf(name));
    placesOfShared.set(shared, places);
  }
  return places;
}

/** A place on the circle of 32 bits: FNV-1a, and a last mix because names mostly differ in their last letter. */
function placeOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
