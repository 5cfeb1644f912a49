import { toVersions, toView, type Member, type MemberVersions } from '../swim/index.ts';
import { assert, type Address, type StepClock } from '../util/index.ts';
import type { MemberStatus, SerfMember } from './events.ts';
import type { LamportTime } from './messages.ts';
import { decodeTags } from './tags.ts';

/** What this node knows of one member of the pool. */
export class MemberRecord {
  /** Membership's record; a member that returns after it was forgotten there brings another one. */
  member: Member;
  /** Lamport time of the intent that was followed last. */
  statusLtime: LamportTime;
  /** Written by {@link MemberTable} alone, which counts members by status. */
  status: MemberStatus;
  /** When it failed or left; Infinity while it is neither. Written by {@link MemberTable} alone. */
  goneAtMs: number = Infinity;

  constructor(member: Member, status: MemberStatus, statusLtime: LamportTime) {
    this.member = member;
    this.status = status;
    this.statusLtime = statusLtime;
  }

  get name(): string {
    return this.member.name;
  }

  get address(): Address | undefined {
    return this.member.address;
  }

  get addr(): Uint8Array {
    return this.member.addr;
  }

  get port(): number {
    return this.member.port;
  }

  get versions(): MemberVersions {
    return toVersions(this.member.vsn);
  }

  /** Decoded anew each time: metadata is shared between nodes of one process, decoded tags would not be. */
  get tags(): Readonly<Record<string, string>> {
    return decodeTags(this.member.meta ?? noMeta);
  }

  get isGone(): boolean {
    return this.status === 'failed' || this.status === 'left';
  }
}

const noMeta = new Uint8Array(0);

/** The members of the pool, whatever their status, this node included. */
export class MemberTable {
  readonly #clock: StepClock;
  readonly #byName: Map<string, MemberRecord> = new Map();
  /** Those that failed or left, the longest gone first. */
  readonly #departed: Map<string, MemberRecord> = new Map();
  readonly #counts: Record<MemberStatus, number> = { alive: 0, leaving: 0, left: 0, failed: 0 };

  constructor(clock: StepClock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#byName.size;
  }

  get failedCount(): number {
    return this.#counts.failed;
  }

  get leftCount(): number {
    return this.#counts.left;
  }

  /** How many failed or left. */
  get departedCount(): number {
    return this.#departed.size;
  }

  get(name: string): MemberRecord | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<MemberRecord> {
    return this.#byName.values();
  }

  /** Those that are alive or leaving. */
  *here(): Generator<MemberRecord> {
    for (const record of this.#byName.values()) if (!record.isGone) yield record;
  }

  /** Those that failed or left, the longest gone first. */
  departed(): Iterable<MemberRecord> {
    return this.#departed.values();
  }

  /** Adds a member whose name is not yet known. */
  add(record: MemberRecord): void {
    assert(!this.#byName.has(record.name), 'a name is in the member table at most once');
    assert(!record.isGone, 'a member that is new is here');
    this.#byName.set(record.name, record);
    this.#counts[record.status] += 1;
  }

  /** A member that leaves after it failed keeps the time at which it went. */
  setStatus(record: MemberRecord, status: MemberStatus): void {
    const wasGone = record.isGone;
    this.#counts[record.status] -= 1;
    this.#counts[status] += 1;
    record.status = status;
    if (wasGone === record.isGone) return;
    if (wasGone) {
      this.#departed.delete(record.name);
      record.goneAtMs = Infinity;
    } else {
      this.#departed.set(record.name, record);
      record.goneAtMs = this.#clock.nowMs;
    }
  }

  remove(record: MemberRecord): void {
    assert(this.#byName.get(record.name) === record, 'a removed member is in the table');
    this.#byName.delete(record.name);
    this.#departed.delete(record.name);
    this.#counts[record.status] -= 1;
  }

  /** The member as it is now, for the user. */
  view(record: MemberRecord): SerfMember {
    return { ...toView(record.member), tags: record.tags, status: record.status };
  }
}
