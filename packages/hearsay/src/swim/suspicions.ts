import { Timer } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import type { SwimEnv } from './effects.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import type { ReceiveGaps } from './receive-gaps.ts';
import { Suspicion, type Pause } from './suspicion.ts';
import { suspicionConfirmationsMax, suspicionMinMs } from './timing.ts';

/** What becomes of suspicions. */
export interface SuspicionHooks {
  /**
   * For how long before the end of a suspicion that is its own, that fewer have confirmed than it asks for, or of which it may
   * have missed the denial, this node still waits for a word of the suspect; 0 for none.
   */
  readonly lastCallMs: number;
  /** Denials are not sent so often that each member hears of each. */
  mayMissDenials(): boolean;
  /** That time begins: the suspect may not have heard that it is one. */
  onLastCall(member: Member): void;
  onExpired(member: Member): void;
}

/** Gives every suspect member its suspicion and the timer that ends it. Members that are well cost nothing here. */
export class Suspicions {
  readonly #config: SwimConfig;
  readonly #members: MemberList;
  readonly #gaps: ReceiveGaps;
  readonly #env: SwimEnv;
  readonly #hooks: SuspicionHooks;
  readonly #timerOf: Map<Member, Timer> = new Map();
  /** Suspects that this node is to call before the verdict. */
  readonly #uncalled: Set<Member> = new Set();

  constructor(config: SwimConfig, members: MemberList, gaps: ReceiveGaps, env: SwimEnv, hooks: SuspicionHooks) {
    this.#config = config;
    this.#members = members;
    this.#gaps = gaps;
    this.#env = env;
    this.#hooks = hooks;
  }

  /** `from` is the first accuser, who does not count as a confirmation. */
  start(member: Member, from: string): void {
    const { suspicionMult, suspicionMaxTimeoutMult, suspicionConfirmations, probeIntervalMs } = this.#config;
    const memberCount = this.#members.count;
    const minMs = suspicionMinMs(suspicionMult, memberCount, probeIntervalMs);
    // One that nothing can shorten asks for no confirmations, so none are passed on.
    const canShrink = suspicionMaxTimeoutMult > 1;
    member.suspicion = new Suspicion(
      canShrink ? suspicionConfirmationsMax(suspicionMult, memberCount, suspicionConfirmations) : 0,
      minMs,
      suspicionMaxTimeoutMult * minMs,
      from,
      this.#env.clock.nowMs,
    );
    const timer = new Timer(`suspicion of ${member.name}`, () => this.#onDue(member));
    this.#timerOf.set(member, timer);
    this.#uncalled.add(member);
    this.#arm(member, member.suspicion);
  }

  /** Counts `from` as one who accuses too. False when that is no news. */
  confirm(member: Member, from: string): boolean {
    const suspicion = member.suspicion;
    if (suspicion === undefined || !suspicion.confirm(from)) return false;
    const selfName = this.#members.self!.name;
    if (from === selfName) this.#uncalled.add(member);
    else if (suspicion.isConfirmed && !suspicion.accusers.includes(selfName) && !this.#hooks.mayMissDenials()) {
      this.#uncalled.delete(member);
    }
    this.#arm(member, suspicion);
    return true;
  }

  end(member: Member): void {
    const timer = this.#timerOf.get(member);
    if (timer === undefined) return;
    this.#env.timers.cancel(timer);
    this.#timerOf.delete(member);
    this.#uncalled.delete(member);
    member.suspicion = undefined;
  }

  /** Stops all suspicion clocks for `spanMs` until now, in which this node could not hear a refutation. */
  pushBack(pause: Pause, spanMs: number): void {
    if (spanMs === 0 || this.#timerOf.size === 0) return;
    const { nowMs } = this.#env.clock;
    this.#env.trace?.({ type: 'suspicions-frozen', atMs: nowMs, pause, spanMs });
    for (const member of this.#timerOf.keys()) {
      const suspicion = member.suspicion!;
      suspicion.pushBack(pause, spanMs, nowMs);
      this.#arm(member, suspicion);
    }
  }

  /** Nothing is decided until {@link resume}. */
  suspend(): void {
    for (const timer of this.#timerOf.values()) this.#env.timers.cancel(timer);
  }

  /** After `spanMs` in which this node took no part. */
  resume(spanMs: number): void {
    if (spanMs > 0) return this.pushBack('stall', spanMs);
    for (const member of this.#timerOf.keys()) this.#arm(member, member.suspicion!);
  }

  suspects(): Iterable<Member> {
    return this.#timerOf.keys();
  }

  #arm(member: Member, suspicion: Suspicion): void {
    // A confirmation may bring the deadline into the past. It is due now then, and no timer was late.
    this.#env.timers.arm(this.#timerOf.get(member)!, Math.max(this.#dueAtMs(member, suspicion), this.#env.clock.nowMs));
  }

  #dueAtMs(member: Member, suspicion: Suspicion): number {
    return suspicion.deadlineMs - (this.#uncalled.has(member) ? this.#hooks.lastCallMs : 0);
  }

  #onDue(member: Member): void {
    this.pushBack('silence', this.#gaps.takeMs());
    const suspicion = member.suspicion!;
    const { nowMs } = this.#env.clock;
    if (suspicion.deadlineMs > nowMs) {
      if (this.#dueAtMs(member, suspicion) <= nowMs && this.#uncalled.delete(member)) this.#hooks.onLastCall(member);
      return this.#arm(member, suspicion);
    }
    this.#hooks.onExpired(member);
    this.end(member);
  }
}
