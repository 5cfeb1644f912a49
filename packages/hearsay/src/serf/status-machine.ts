import type { Member, MemberEvent } from '../swim/index.ts';
import { Timer } from '../util/index.ts';
import type { SerfConfig } from './config.ts';
import type { MemberEventType } from './events.ts';
import type { SerfEnv } from './host.ts';
import type { RecentIntents } from './intents.ts';
import type { LamportClock } from './lamport-clock.ts';
import { MemberRecord, type MemberTable } from './member-table.ts';
import type { JoinIntent, LeaveIntent } from './messages.ts';
import { stateLimits } from './state-limits.ts';
import type { SerfCounters } from './stats.ts';

/** Who returns sooner after it failed has flapped. Serf's default, and only a number for metrics. */
const flapTimeoutMs = 60_000;

/** What a {@link StatusMachine} is made of. */
export interface StatusMachineParts {
  readonly selfName: string;
  readonly config: SerfConfig;
  readonly clock: LamportClock;
  readonly members: MemberTable;
  readonly intents: RecentIntents;
  readonly env: SerfEnv;
  readonly counters: SerfCounters;
  readonly raise: (type: MemberEventType, record: MemberRecord) => void;
  /** Whether this node takes part and does not mean to leave. */
  readonly isStaying: () => boolean;
  /** Somebody says that this node leaves: to be denied. */
  readonly refute: () => void;
  /** A member is forgotten. */
  readonly onErased: (name: string) => void;
}

/**
 * The rules: what membership's news and the members' intents change, and what follows from it. Which of two intents
 * wins depends on their Lamport times alone, never on the order in which they arrive (Serf `handleNodeJoin`,
 * `handleNodeLeave`, `handleNodeJoinIntent`, `handleNodeLeaveIntent`).
 */
export class StatusMachine {
  readonly #parts: StatusMachineParts;
  /** Members to be forgotten when the others have had time to hear that they leave. */
  readonly #prunes: Map<string, Timer> = new Map();

  constructor(parts: StatusMachineParts) {
    this.#parts = parts;
  }

  receiveMemberEvent({ type, member }: MemberEvent): void {
    switch (type) {
      case 'join':
        return this.#receiveJoined(member);
      case 'leave':
        return this.#receiveGone(member, true);
      case 'failed':
        return this.#receiveGone(member, false);
      case 'update':
        return this.#receiveUpdate(member);
      case 'reap':
        // Serf remembers the departed for longer, see reap.
        return;
    }
  }

  /** Takes `member` for alive without telling anybody. */
  adopt(member: Member): void {
    if (this.#parts.members.get(member.name) !== undefined) return;
    this.#parts.members.add(new MemberRecord(member, 'alive', 0));
  }

  /** True: it is news, to be passed on. */
  receiveJoinIntent({ ltime, node }: JoinIntent): boolean {
    const { members, intents, counters } = this.#parts;
    counters.joinIntentsReceived += 1;
    if (!this.#witness(ltime)) return false;
    const record = members.get(node);
    if (record === undefined) return intents.remember(node, 'join', ltime);
    if (ltime <= record.statusLtime) return false;
    record.statusLtime = ltime;
    if (record.status === 'leaving') this.#makeAlive(record);
    return true;
  }

  /** True: it is news, to be passed on. */
  receiveLeaveIntent({ ltime, node, prune }: LeaveIntent): boolean {
    const { members, intents, counters, selfName } = this.#parts;
    counters.leaveIntentsReceived += 1;
    if (!this.#witness(ltime)) return false;
    const record = members.get(node);
    if (record === undefined) return intents.remember(node, 'leave', ltime);
    if (ltime <= record.statusLtime) return false;
    if (node === selfName && this.#parts.isStaying()) {
      counters.refutations += 1;
      this.#parts.refute();
      return false;
    }
    record.statusLtime = ltime;
    if (record.status === 'alive') members.setStatus(record, 'leaving');
    else if (record.status === 'failed') this.#leaveAfterFailure(record);
    if (prune && node !== selfName) this.#prune(record);
    return true;
  }

  /** Forgets those that are gone for long, and intents about members that never came. */
  reap(): void {
    const { members, intents, config, env, counters } = this.#parts;
    for (const record of [...members.departed()]) {
      const timeoutMs = record.status === 'failed' ? config.reconnectTimeoutMs : config.tombstoneTimeoutMs;
      if (env.clock.nowMs - record.goneAtMs <= timeoutMs || this.#isSelf(record)) continue;
      counters.membersReaped += 1;
      this.#erase(record);
    }
    intents.forgetOlderThan(config.recentIntentTimeoutMs);
  }

  /** Ends every wait. */
  stop(): void {
    for (const timer of this.#prunes.values()) this.#parts.env.timers.cancel(timer);
    this.#prunes.clear();
  }

  #receiveJoined(member: Member): void {
    const { members } = this.#parts;
    const known = members.get(member.name);
    if (known === undefined) return this.#admit(member);
    known.member = member;
    if (known.status === 'failed') this.#traceFlap(known);
    this.#makeAlive(known);
    this.#parts.raise('member-join', known);
  }

  #traceFlap({ name, goneAtMs }: MemberRecord): void {
    const { clock, trace } = this.#parts.env;
    if (clock.nowMs - goneAtMs < flapTimeoutMs) trace?.({ type: 'member-flapped', node: name });
  }

  /** The intent stays remembered until it is too old: the member may go and come again. */
  #admit(member: Member): void {
    const intent = this.#parts.intents.get(member.name);
    const status = intent?.kind === 'leave' ? 'leaving' : 'alive';
    const record = new MemberRecord(member, status, intent?.ltime ?? 0);
    this.#parts.members.add(record);
    this.#parts.raise('member-join', record);
  }

  /**
   * Who says goodbye to membership has left, whether its leave intent is here or still on its way. (In Serf it has failed
   * until the intent comes.)
   */
  #receiveGone(member: Member, saidGoodbye: boolean): void {
    const { members, raise } = this.#parts;
    const record = members.get(member.name);
    if (record === undefined || record.isGone) return;
    const didLeave = saidGoodbye || record.status === 'leaving';
    members.setStatus(record, didLeave ? 'left' : 'failed');
    raise(didLeave ? 'member-leave' : 'member-failed', record);
    this.#makeRoom();
  }

  #receiveUpdate(member: Member): void {
    const record = this.#parts.members.get(member.name);
    if (record === undefined) return;
    record.member = member;
    this.#parts.raise('member-update', record);
  }

  #leaveAfterFailure(record: MemberRecord): void {
    this.#parts.members.setStatus(record, 'left');
    this.#parts.raise('member-leave', record);
  }

  #makeAlive(record: MemberRecord): void {
    this.#parts.members.setStatus(record, 'alive');
    this.#callOffPrune(record.name);
  }

  #callOffPrune(name: string): void {
    const timer = this.#prunes.get(name);
    if (timer !== undefined) this.#parts.env.timers.cancel(timer);
    this.#prunes.delete(name);
  }

  /** Forgets a member: at once when it is gone, else when the others have had time to hear that it leaves. */
  #prune(record: MemberRecord): void {
    const { config, env } = this.#parts;
    if (record.isGone) return this.#erasePruned(record);
    if (this.#prunes.has(record.name)) return;
    const timer = new Timer(`prune of ${record.name}`, () => this.#erasePruned(record));
    this.#prunes.set(record.name, timer);
    env.timers.arm(timer, env.clock.nowMs + config.broadcastTimeoutMs + config.leavePropagateDelayMs);
  }

  #erasePruned(record: MemberRecord): void {
    this.#parts.counters.membersPruned += 1;
    this.#erase(record);
  }

  #erase(record: MemberRecord): void {
    this.#callOffPrune(record.name);
    this.#parts.members.remove(record);
    this.#parts.onErased(record.name);
    this.#parts.raise('member-reap', record);
  }

  /** Of too many that are gone the longest gone is forgotten. */
  #makeRoom(): void {
    const { members, counters } = this.#parts;
    if (members.departedCount <= stateLimits.departedMax) return;
    for (const record of members.departed()) {
      if (this.#isSelf(record)) continue;
      counters.membersForgotten += 1;
      return this.#erase(record);
    }
  }

  #isSelf(record: MemberRecord): boolean {
    return record.name === this.#parts.selfName;
  }

  #witness(ltime: number): boolean {
    const isPlausible = this.#parts.clock.witness(ltime);
    if (!isPlausible) this.#parts.counters.clockJumpsRefused += 1;
    return isPlausible;
  }
}
