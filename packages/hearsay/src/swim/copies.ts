import type { BroadcastQueue } from './broadcast-queue.ts';
import type { SwimConfig } from './config.ts';
import { roundBytesMax } from './gossip-budget.ts';
import type { MemberList } from './member-list.ts';
import { compoundPartOverheadBytes } from './packet-budget.ts';
import { PacketLoss } from './packet-loss.ts';
import { hasRing, ringMembersMax } from './ring.ts';
import type { SwimRules } from './rules.ts';
import type { SwimStats } from './stats.ts';
import { retransmitLimit } from './timing.ts';

/** So many rounds may pass until what waits has been sent often enough. Chosen: 0.8 s with the LAN preset. */
const waitRoundsMax = 4;
/**
 * Where packets get lost a rumor is sent at most so many times as often: made for every second packet lost, where twice as
 * often would do if all members knew of it.
 */
const lossFactorMax = 3;
/** Less is chance: one packet lost in sixteen probes. */
const lossNoted = 0.1;
/** Where none get lost and a ring leaves out nobody, less of chance will do. Chosen: three rounds of four. */
const ringFactor = 0.75;
/** Up to so many members there is nothing to save: a rumor is sent four or eight times. */
export const ringFactorAbove = 32;

/** What {@link Copies} are made of. */
export interface CopiesParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly members: MemberList;
  readonly stats: SwimStats;
}

/**
 * How often a rumor is sent. memberlist sends each as often, by the size of the cluster alone: too rarely where packets
 * get lost, where one rumor in three misses somebody, and so often that little news is too much for a member's bytes.
 *
 * Here copies that get lost are made up for, and so are those of members that therefore did not hear of it. A ring leaves
 * less to chance, so fewer will do. And when more waits than can be sent within four rounds, each rumor is sent less often
 * instead of later: as often as the bytes allow, and in any case as often as it takes to reach everybody.
 */
export class Copies {
  readonly #isAdaptive: boolean;
  readonly #rules: SwimRules;
  readonly #config: SwimConfig;
  readonly #members: MemberList;
  readonly #loss: PacketLoss;
  readonly #waitBytesMax: number;

  constructor({ config, rules, members, stats }: CopiesParts) {
    this.#isAdaptive = rules.adaptiveCopies;
    this.#rules = rules;
    this.#config = config;
    this.#members = members;
    this.#loss = new PacketLoss(stats);
    this.#waitBytesMax = waitRoundsMax * roundBytesMax(rules.adaptiveGossip, config);
  }

  /** How often each rumor in `queue` is sent, as things stand. */
  limit(queue: BroadcastQueue): number {
    const usual = retransmitLimit(this.#config.retransmitMult, this.#members.count);
    if (!this.#isAdaptive) return usual;
    const lossShare = this.#loss.share;
    const leavesOutNobody = this.#leavesOutNobody(lossShare);
    const factor = this.#saving(leavesOutNobody) / (1 - lossShare) ** 2;
    const wanted = Math.round(usual * Math.min(lossFactorMax, factor));
    const bytes = queue.queuedBytes + compoundPartOverheadBytes * queue.count;
    if (bytes * wanted <= this.#waitBytesMax) return wanted;
    const fewest = leavesOutNobody ? this.#config.gossipNodes : this.#byChance(lossShare);
    return Math.min(wanted, Math.max(fewest, Math.floor(this.#waitBytesMax / bytes)));
  }

  /** What part of the usual copies a rumor is sent in, as nobody is left out; 1 where none are saved. */
  get saving(): number {
    return this.#isAdaptive ? this.#saving(this.#leavesOutNobody(this.#loss.share)) : 1;
  }

  #leavesOutNobody(lossShare: number): boolean {
    return this.#hasRing && lossShare < lossNoted;
  }

  #saving(leavesOutNobody: boolean): number {
    return leavesOutNobody && this.#members.count > ringFactorAbove ? ringFactor : 1;
  }

  /** As many copies as chance needs to leave out nobody, while such a share of them gets lost. */
  #byChance(lossShare: number): number {
    return Math.ceil((Math.log(this.#members.count) + 1) / (1 - lossShare));
  }

  /** It leaves out nobody, as long as nothing gets lost. */
  get #hasRing(): boolean {
    return hasRing(this.#rules.ringGossip, this.#config.gossipNodes) && this.#members.count <= ringMembersMax;
  }
}
