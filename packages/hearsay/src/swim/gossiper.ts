import { formatAddress, randomFloat, Timer } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import { EagerPush } from './eager-push.ts';
import type { SwimEnv } from './effects.ts';
import { GossipBudget } from './gossip-budget.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import type { Outbox } from './outbox.ts';
import { hasRing, Ring } from './ring.ts';
import type { SwimRules } from './rules.ts';
import type { SwimStats } from './stats.ts';
import { retransmitLimit } from './timing.ts';

/** What a {@link Gossiper} is made of. */
export interface GossiperParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly members: MemberList;
  readonly outbox: Outbox;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/**
 * Rounds of gossip: every interval, packets to a few members at random, for as long as there is news (memberlist
 * `gossip`). A node at rest arms no timer for it. What is new may go out at once ({@link EagerPush}).
 *
 * The recently dead get gossip too: it is how one that was declared dead by mistake hears of it. Those that left do not.
 */
export class Gossiper {
  readonly #config: SwimConfig;
  readonly #members: MemberList;
  readonly #outbox: Outbox;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #eagerPush: EagerPush;
  readonly #budget: GossipBudget;
  /** Undefined without `SwimRules.ringGossip`. */
  readonly #ring: Ring | undefined;
  /** `SwimRules.adaptiveCopies`. */
  readonly #isAdaptive: boolean;
  readonly #timer: Timer;
  readonly #receivers: Member[] = [];
  readonly #isReceiver: (member: Member) => boolean;
  /** Who is sent to first in this round. */
  #neighbour: Member | undefined;
  /** Whether nobody stands between. */
  #isNextNeighbour: boolean = false;
  #roundCount: number = 0;
  /** When the next round is due, or the one that takes place was. */
  #dueAtMs: number = 0;
  /** Rounds begin at this instant plus a whole number of intervals. */
  #phaseMs: number = 0;
  #isRunning: boolean = false;

  constructor(parts: GossiperParts) {
    this.#config = parts.config;
    this.#members = parts.members;
    this.#outbox = parts.outbox;
    this.#env = parts.env;
    this.#stats = parts.stats;
    this.#eagerPush = new EagerPush(parts.rules.eagerPush, parts.config, parts.env.clock);
    this.#budget = new GossipBudget(parts.rules.adaptiveGossip, parts.config, parts.env.clock, parts.stats);
    this.#isAdaptive = parts.rules.adaptiveCopies;
    this.#timer = new Timer('gossip', () => this.#onTick());
    this.#isReceiver = (member) => {
      if (member.address === undefined || this.#members.isSelf(member) || member.state === 'left') return false;
      if (member.state !== 'dead') return true;
      return this.#env.clock.nowMs - member.stateChangedAtMs <= this.#config.gossipToTheDeadMs;
    };
    const isRing = hasRing(parts.rules.ringGossip, parts.config.gossipNodes);
    this.#ring = isRing ? new Ring(parts.members, parts.stats, this.#isReceiver) : undefined;
  }

  /** Begins at a random phase of the interval, so that nodes that start together do not gossip in step. */
  start(): void {
    this.#isRunning = true;
    this.#phaseMs = this.#env.clock.nowMs + randomFloat(this.#env.rng) * this.#config.gossipIntervalMs;
    this.wake();
  }

  stop(): void {
    this.#isRunning = false;
    this.#env.timers.cancel(this.#timer);
  }

  /** Whether no news waits for a round. */
  get isResting(): boolean {
    return !this.#timer.isArmed;
  }

  /** There may be news: makes sure that the next round takes place. */
  wake(): void {
    if (!this.#isRunning || this.#timer.isArmed || !this.#outbox.hasNews) return;
    const { gossipIntervalMs } = this.#config;
    const roundsPassed = Math.floor((this.#env.clock.nowMs - this.#phaseMs) / gossipIntervalMs);
    this.#arm(this.#phaseMs + Math.max(0, roundsPassed + 1) * gossipIntervalMs);
  }

  /**
   * There is something new: as {@link wake}, and the next round may take place at once. Not when other news waits for its
   * tick: in one packet with that, it costs less. A death `isUrgent`: it goes with what waits.
   */
  push(isUrgent: boolean = false): void {
    if (this.#timer.isArmed && !isUrgent) return;
    this.wake();
    const { nowMs } = this.#env.clock;
    if (!this.#timer.isArmed || this.#timer.deadlineMs <= nowMs || !this.#eagerPush.tryBegin(isUrgent)) return;
    this.#stats.eagerRounds += 1;
    this.#arm(nowMs);
  }

  #arm(atMs: number): void {
    this.#dueAtMs = atMs;
    this.#env.timers.arm(this.#timer, atMs);
  }

  #onTick(): void {
    this.#chooseReceivers();
    const bytesBefore = this.#stats.bytesSent;
    const lateMs = this.#env.clock.nowMs - this.#dueAtMs;
    const receiverCount = this.#receivers.length;
    const fullPacketCount = this.#outbox.fullRumorPacketCount;
    const packetsEach = this.#budget.packetsEach(receiverCount, fullPacketCount, lateMs);
    // What has its turn, where not all have, goes to all receivers, or its copies are sent over many rounds.
    const isCrowded = this.#isAdaptive && fullPacketCount >= packetsEach;
    for (const [index, receiver] of this.#receivers.entries()) {
      const packetsBefore = this.#stats.packetsSent;
      // Rumors may ride on pings before their round comes, but not for the last time.
      const isAssured = this.#isNextNeighbour && (this.#neighbour === undefined || receiver === this.#neighbour);
      const transmits = !isCrowded ? 1 : index < receiverCount - 1 ? 0 : receiverCount;
      const count = this.#outbox.sendGossip(receiver.address!, receiver, packetsEach, isAssured, transmits);
      if (count === 0) continue;
      this.#stats.gossipPackets += this.#stats.packetsSent - packetsBefore;
      this.#stats.gossipMessages += count;
      this.#env.trace?.({
        type: 'gossip-sent',
        atMs: this.#env.clock.nowMs,
        to: formatAddress(receiver.address!),
        count,
      });
    }
    this.#budget.spend(this.#stats.bytesSent - bytesBefore);
    if (this.#isAdaptive) this.#outbox.finishSentRumors();
    this.wake();
  }

  /** Members at random, and with a ring one of the next on it before them. */
  #chooseReceivers(): void {
    const { gossipNodes, retransmitMult } = this.#config;
    const usualLimit = retransmitLimit(retransmitMult, this.#members.count);
    // With fewer copies than usual they may all go out in one round, and must not miss the very next.
    const rounds = this.#outbox.rumorTransmitLimit < usualLimit ? 1 : Math.floor(usualLimit / gossipNodes);
    this.#neighbour = this.#ring?.neighbour(this.#roundCount++, Math.max(1, rounds));
    this.#isNextNeighbour = this.#neighbour === this.#ring?.neighbour(0, 1);
    if (this.#neighbour === undefined) return this.#members.sample(gossipNodes, this.#isReceiver, this.#receivers);
    this.#members.sample(gossipNodes - 1, this.#isOtherReceiver, this.#receivers);
    this.#receivers.unshift(this.#neighbour);
  }

  readonly #isOtherReceiver = (member: Member): boolean => member !== this.#neighbour && this.#isReceiver(member);
}
