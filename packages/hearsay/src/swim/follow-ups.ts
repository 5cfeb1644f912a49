import { randomFloat, Timer, type Address } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import type { SwimEnv } from './effects.ts';
import type { MemberList } from './member-list.ts';
import type { Membership } from './membership.ts';
import type { OwnRecord } from './own-record.ts';
import { broughtNews, type ExchangeResult, type PushPull } from './push-pull.ts';
import type { SwimRules } from './rules.ts';

/** Follow-ups at most. Chosen: with the growing delays they cover the half minute that 500 nodes joining at once take. */
const followUpsMax = 8;
/** They end after so many in a row that brought nothing new: one alone may have met a peer that knows no more. */
const quietMax = 2;
/** The first comes after about this many gossip intervals; each further one takes half as long again. */
const firstDelayRounds = 4;
const delayGrowth = 1.5;
/** The seed is asked again after about so many: when many join at once, most of them have by then. */
const seedDelayRounds = 1;
/** An exchange that takes longer than this many meets somebody who is busy: the next one waits for as long. */
const busyAfterRounds = 5;
/** Who has no answer after so many goes on with others. Its answer is welcome all the same. */
const seedPatienceRounds = 10;
/** Who knows more members than this does not ask its seed again. Chosen: as many answers as one node gives within a second. */
const seedMembersMax = 512;

/** What {@link FollowUps} are made of. */
export interface FollowUpsParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly members: MemberList;
  readonly membership: Membership;
  readonly own: OwnRecord;
  readonly pushPull: PushPull;
  readonly env: SwimEnv;
}

/**
 * Exchanges states again soon after a join, a healing, a stall or a gap, for as long as that brings something new.
 *
 * When many join at once, each sees those that came before it and hears of the others by gossip, which has its limits:
 * memberlist leaves whoever missed a message waiting for the next periodic exchange, a minute or more.
 *
 * So a newcomer first asks again where it joined, as nobody knows more of those that joined at the same time, for as long
 * as there is news; then it goes on with random members. Until one of them has answered it does not tell others of members
 * that it hears of: each of them that is new is about to ask as well, and those that were there before tell one another.
 */
export class FollowUps {
  readonly #isOn: boolean;
  /** `SwimRules.adaptiveGossip` */
  readonly #isNewcomerSilent: boolean;
  readonly #pushPull: PushPull;
  readonly #membership: Membership;
  readonly #members: MemberList;
  readonly #own: OwnRecord;
  readonly #env: SwimEnv;
  readonly #gossipIntervalMs: number;
  readonly #catchUpIntervalMs: number;
  readonly #timer: Timer;
  /** Whom to ask; undefined for anybody. */
  #peer: Address | undefined;
  #isAtSeed: boolean = false;
  /** The seed is asked: the timer says when that was long enough. */
  #isSeedAsked: boolean = false;
  #leftCount: number = 0;
  #quietCount: number = 0;
  #delayMs: number = 0;
  #exchangedAtMs: number = 0;
  /** By how much the last exchange took longer than usual. */
  #busyMs: number = 0;
  #caughtUpAtMs: number = -Infinity;

  constructor({ rules, config, pushPull, membership, members, own, env }: FollowUpsParts) {
    this.#isOn = rules.promptRepair;
    this.#isNewcomerSilent = rules.adaptiveGossip;
    this.#pushPull = pushPull;
    this.#membership = membership;
    this.#members = members;
    this.#own = own;
    this.#catchUpIntervalMs = config.streamTimeoutMs;
    this.#env = env;
    this.#gossipIntervalMs = config.gossipIntervalMs;
    this.#timer = new Timer('follow-up push/pull', () => this.#onTimer());
  }

  /** Begins anew, with `peer` or else with random members. */
  begin(peer: Address | undefined): void {
    this.#begin(peer, firstDelayRounds, false);
  }

  /** This node has joined through `seed`, which took so long; `isNewcomer`: it knew nobody until then. */
  beginAfterJoin(seed: Address, isNewcomer: boolean, tookMs: number): void {
    this.#noteBusy(tookMs);
    if (this.#members.count > seedMembersMax) return this.begin(undefined);
    this.#begin(seed, seedDelayRounds, true);
    if (this.#mayBegin() && this.#isNewcomerSilent && isNewcomer) this.#membership.passesOnJoins = false;
  }

  /**
   * After a stall, or a gap in what is received: rumors that were spread meanwhile are not repeated, among them perhaps
   * the denial of a suspicion that this node still holds. Not too often, for a node that stalls often has too much to do.
   */
  catchUp(): void {
    const { nowMs } = this.#env.clock;
    if (!this.#mayBegin() || this.#timer.isArmed || nowMs - this.#caughtUpAtMs < this.#catchUpIntervalMs) return;
    this.#caughtUpAtMs = nowMs;
    this.begin(undefined);
  }

  stop(): void {
    this.#leftCount = 0;
    this.#isAtSeed = false;
    this.#membership.passesOnJoins = true;
    this.#env.timers.cancel(this.#timer);
  }

  /** An exchange that began before this node left may end only then, and who leaves has no need of more. */
  #mayBegin(): boolean {
    return this.#isOn && !this.#own.isLeaving;
  }

  #begin(peer: Address | undefined, delayRounds: number, isAtSeed: boolean): void {
    if (!this.#mayBegin()) return;
    this.#peer = peer;
    this.#isAtSeed = isAtSeed;
    this.#isSeedAsked = false;
    this.#leftCount = followUpsMax;
    this.#quietCount = 0;
    this.#delayMs = delayRounds * this.#gossipIntervalMs;
    this.#arm();
  }

  #arm(): void {
    const delayMs = Math.max(this.#delayMs, this.#busyMs) * (0.5 + randomFloat(this.#env.rng));
    this.#env.timers.arm(this.#timer, this.#env.clock.nowMs + delayMs);
  }

  #onTimer(): void {
    if (this.#isSeedAsked) return this.begin(undefined);
    this.#leftCount -= 1;
    this.#delayMs *= delayGrowth;
    this.#exchangedAtMs = this.#env.clock.nowMs;
    const onDone = (result: ExchangeResult): void => this.#goOn(result);
    if (this.#peer === undefined) {
      if (!this.#pushPull.exchangeWithAny(onDone)) this.#membership.passesOnJoins = true;
    } else if (this.#isAtSeed) this.#askSeed(this.#peer, onDone);
    else this.#pushPull.exchange(this.#peer, false, onDone);
  }

  #askSeed(seed: Address, onDone: (result: ExchangeResult) => void): void {
    this.#isSeedAsked = true;
    this.#env.timers.arm(this.#timer, this.#env.clock.nowMs + seedPatienceRounds * this.#gossipIntervalMs);
    this.#pushPull.ask(seed, onDone);
  }

  #noteBusy(tookMs: number): void {
    this.#busyMs = Math.max(0, tookMs - busyAfterRounds * this.#gossipIntervalMs);
  }

  /** One that failed says nothing, so it is tried again as well. */
  #goOn(result: ExchangeResult): void {
    this.#noteBusy(this.#env.clock.nowMs - this.#exchangedAtMs);
    if (result.ok || this.#leftCount === 0) this.#membership.passesOnJoins = true;
    if (this.#isAtSeed && (!broughtNews(result) || this.#leftCount === 0)) return this.begin(undefined);
    const isQuiet = result.ok && !broughtNews(result);
    this.#quietCount = isQuiet ? this.#quietCount + 1 : 0;
    const isIdle = this.#isSeedAsked || !this.#timer.isArmed;
    this.#isSeedAsked = false;
    if (this.#quietCount < quietMax && this.#leftCount > 0 && isIdle) this.#arm();
  }
}
