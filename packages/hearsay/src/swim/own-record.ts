import { assert, isSameAddress, isSameBytes, type Address } from '../util/index.ts';
import type { Delegate } from './delegate.ts';
import type { SwimEnv } from './effects.ts';
import type { EvidenceRecorder } from './evidence/recorder.ts';
import type { Health } from './health.ts';
import type { Herald } from './herald.ts';
import { isDeniable } from './incarnations.ts';
import { swimLimits } from './limits.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import type { SwimRules } from './rules.ts';
import { aliveOf, type Rumors } from './rumors.ts';
import type { SwimStats } from './stats.ts';

/** What an {@link OwnRecord} is made of. */
export interface OwnRecordParts {
  readonly rules: SwimRules;
  readonly self: Member;
  readonly members: MemberList;
  readonly rumors: Rumors;
  readonly herald: Herald;
  readonly health: Health;
  readonly delegate: Delegate;
  readonly evidence: EvidenceRecorder;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/**
 * What this node says of itself. It alone raises its incarnation: to announce a change, and to refute what others say.
 */
export class OwnRecord {
  readonly member: Member;
  readonly #rules: SwimRules;
  readonly #members: MemberList;
  readonly #rumors: Rumors;
  readonly #herald: Herald;
  readonly #health: Health;
  readonly #delegate: Delegate;
  readonly #evidence: EvidenceRecorder;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  #isLeaving: boolean = false;
  #spreadAtMs: number = -Infinity;

  constructor(parts: OwnRecordParts) {
    this.#rules = parts.rules;
    this.member = parts.self;
    this.#members = parts.members;
    this.#rumors = parts.rumors;
    this.#herald = parts.herald;
    this.#health = parts.health;
    this.#delegate = parts.delegate;
    this.#evidence = parts.evidence;
    this.#env = parts.env;
    this.#stats = parts.stats;
  }

  get name(): string {
    return this.member.name;
  }

  /** From the moment this node says goodbye it denies nothing any more. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Announces this node, first of all or after a leave. */
  start(meta: Uint8Array): void {
    this.#isLeaving = false;
    if (this.member.listIndex < 0) this.#members.add(this.member);
    this.announce(meta);
  }

  /** Announces this node with new metadata. `onSpread` hears that the announcement was sent often enough. */
  announce(meta: Uint8Array, onSpread?: () => void): void {
    const member = this.member;
    const wasGone = member.isDeadOrLeft;
    const isChanged = !isSameBytes(member.meta, meta);
    this.#raiseAbove(member.incarnation);
    member.meta = meta;
    if (wasGone) this.#members.setState(member, 'alive', this.#env.clock.nowMs);
    this.#spread(onSpread);
    if (wasGone) this.#delegate.onMemberEvent({ type: 'join', member });
    else if (isChanged) this.#delegate.onMemberEvent({ type: 'update', member });
  }

  /** Says goodbye. `onSpread` hears that the message was sent often enough. */
  leave(onSpread: () => void): void {
    assert(!this.#isLeaving, 'a node leaves once');
    this.#isLeaving = true;
    const { member } = this;
    this.#members.setState(member, 'left', this.#env.clock.nowMs);
    this.#rumors.spreadDead({ incarnation: member.incarnation, node: member.name, from: member.name }, onSpread);
    this.#env.trace?.({ type: 'left', atMs: this.#env.clock.nowMs, node: member.name });
    this.#delegate.onMemberEvent({ type: 'leave', member });
  }

  /**
   * Answers a rumor about this node that is not true: with a higher incarnation when it is as new as the own record,
   * with the own record again when it is older. That one may have been lost on its way out (a lossy node's refutation
   * goes out a fixed number of times and then never again), so it is worth saying again, but not all the time.
   * `from` is where the rumor came from: whoever spreads it is told directly as well; of one that is older than what this
   * node has just said again, only the accuser itself.
   */
  deny(incarnation: number, accuser: string | undefined, from: Address | undefined): void {
    if (this.#isLeaving) return;
    const { member } = this;
    const accusing = accuser === undefined ? undefined : this.#members.get(accuser);
    if (!isDeniable(incarnation, member.incarnation)) {
      this.#stats.incarnationJumpsRefused += 1;
      return;
    }
    if (incarnation >= member.incarnation) {
      this.#refute(incarnation, accuser);
    } else {
      if (!this.#rules.reassertion) return;
      if (!this.#tellAgain() && !isSameAddress(from, accusing?.address)) return;
    }
    if (from !== undefined) this.#herald.tellAlive(member, from, accusing);
  }

  /**
   * This node's own record came by gossip, just as it is. When it was told long ago that is news to others: they
   * believed something older of this node meanwhile, and have been told better. It tells it as they do, or whoever comes
   * after this node on the ring would be left out.
   */
  onEcho(): void {
    if (this.#rules.reassertion) this.#tellAgain();
  }

  /** Spreads the own record again if that is not only just done. */
  #tellAgain(): boolean {
    if (this.#env.clock.nowMs - this.#spreadAtMs < swimLimits.reassertIntervalMs) return false;
    this.#stats.reassertions += 1;
    this.#spread();
    return true;
  }

  #refute(incarnation: number, accuser: string | undefined): void {
    this.#raiseAbove(incarnation);
    this.#evidence.onRefutation(this.member.incarnation, accuser);
    this.#stats.refutations += 1;
    this.#health.adjust(1);
    this.#spreadAtMs = this.#env.clock.nowMs;
    this.#rumors.spreadRefutation(aliveOf(this.member));
    this.#env.trace?.({
      type: 'refute',
      atMs: this.#env.clock.nowMs,
      incarnation: this.member.incarnation,
      ...(accuser !== undefined && { accuser }),
    });
  }

  /** The counter never wraps: at its end a node keeps the last number, and cannot refute any more. */
  #raiseAbove(incarnation: number): void {
    const { member } = this;
    member.incarnation = Math.min(Math.max(member.incarnation, incarnation) + 1, swimLimits.incarnationMax);
  }

  #spread(onSpread?: () => void): void {
    this.#spreadAtMs = this.#env.clock.nowMs;
    this.#rumors.spreadAlive(aliveOf(this.member), onSpread);
  }
}
