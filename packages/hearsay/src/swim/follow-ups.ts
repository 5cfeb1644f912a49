import { randomFloat, Timer, type Address } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import type { SwimEnv } from './effects.ts';
import { broughtNews, type ExchangeResult, type PushPull } from './push-pull.ts';

/** Follow-ups at most. Chosen: with the growing delays they cover the half minute that 500 nodes joining at once take. */
const followUpsMax = 8;
/** They end after so many in a row that brought nothing new: one alone may have met a peer that knows no more. */
const quietMax = 2;
/** The first comes after about this many gossip intervals; each further one takes half as long again. */
const firstDelayRounds = 4;
const delayGrowth = 1.5;

/**
 * Exchanges states again soon after a join, a healing or a stall, for as long as that brings something new.
 *
 * When many join at once, each sees those that came before it and hears of the others by gossip, which has its limits:
 * memberlist leaves whoever missed a message waiting for the next periodic exchange, a minute or more.
 */
export class FollowUps {
  readonly #isOn: boolean;
  readonly #pushPull: PushPull;
  readonly #env: SwimEnv;
  readonly #firstDelayMs: number;
  readonly #catchUpIntervalMs: number;
  readonly #timer: Timer;
  /** Whom to ask; undefined for anybody. */
  #peer: Address | undefined;
  #leftCount: number = 0;
  #quietCount: number = 0;
  #delayMs: number = 0;
  #caughtUpAtMs: number = -Infinity;

  /** @param isOn - `SwimRules.promptRepair` */
  constructor(isOn: boolean, pushPull: PushPull, config: SwimConfig, env: SwimEnv) {
    this.#isOn = isOn;
    this.#pushPull = pushPull;
    this.#catchUpIntervalMs = config.streamTimeoutMs;
    this.#env = env;
    this.#firstDelayMs = firstDelayRounds * config.gossipIntervalMs;
    this.#timer = new Timer('follow-up push/pull', () => this.#onTimer());
  }

  /** Begins anew, with `peer` or else with random members. */
  begin(peer: Address | undefined): void {
    if (!this.#isOn) return;
    this.#peer = peer;
    this.#leftCount = followUpsMax;
    this.#quietCount = 0;
    this.#delayMs = this.#firstDelayMs;
    this.#arm();
  }

  /**
   * After a stall: rumors that were spread meanwhile are not repeated, among them perhaps the denial of a suspicion that
   * this node still holds. Not too often, for a node that stalls has too much to do already.
   */
  catchUp(): void {
    const { nowMs } = this.#env.clock;
    if (this.#timer.isArmed || nowMs - this.#caughtUpAtMs < this.#catchUpIntervalMs) return;
    this.#caughtUpAtMs = nowMs;
    this.begin(undefined);
  }

  stop(): void {
    this.#leftCount = 0;
    this.#env.timers.cancel(this.#timer);
  }

  #arm(): void {
    const delayMs = this.#delayMs * (0.5 + randomFloat(this.#env.rng));
    this.#env.timers.arm(this.#timer, this.#env.clock.nowMs + delayMs);
  }

  #onTimer(): void {
    this.#leftCount -= 1;
    this.#delayMs *= delayGrowth;
    if (this.#peer !== undefined) this.#pushPull.exchange(this.#peer, false, (result) => this.#goOn(result));
    else this.#pushPull.exchangeWithAny((result) => this.#goOn(result));
  }

  /** One that failed says nothing, so it is tried again as well. */
  #goOn(result: ExchangeResult): void {
    const isQuiet = result.ok && !broughtNews(result);
    this.#quietCount = isQuiet ? this.#quietCount + 1 : 0;
    if (this.#quietCount < quietMax && this.#leftCount > 0 && !this.#timer.isArmed) this.#arm();
  }
}
