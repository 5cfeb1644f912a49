import { randomFloat, Timer } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import type { SwimEnv } from './effects.ts';
import type { MemberList } from './member-list.ts';
import type { SwimRules } from './rules.ts';
import { memberChanges, type SwimStats } from './stats.ts';

/** A storm is when so large a share of all members comes or goes within {@link calmRounds}, and not fewer than so many. */
const stormShare = 0.1;
const stormChangesMin = 8;
/** It is looked back on after about so many gossip intervals. Chosen: 10 s with the LAN preset, when its rumors are told. */
const calmRounds = 50;

/** What {@link Storms} are made of. */
export interface StormsParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly members: MemberList;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/**
 * Notices when many members come or go at about the same time, and tells so when the rumors about it have been told. In a
 * storm a rumor may leave out somebody even where nothing gets lost: the next member on the ring is down, or new, and does
 * not pass on what it hears. Whoever was there before, or has joined early, exchanges states with nobody meanwhile.
 */
export class Storms {
  /** `SwimRules.promptRepair` */
  readonly #isOn: boolean;
  readonly #members: MemberList;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #calmMs: number;
  readonly #timer: Timer;
  /** Changes are counted from then on. */
  #countedFromMs: number = -Infinity;
  #changesBefore: number = 0;

  constructor({ config, rules, members, env, stats }: StormsParts, onOver: () => void) {
    this.#isOn = rules.promptRepair;
    this.#members = members;
    this.#env = env;
    this.#stats = stats;
    this.#calmMs = calmRounds * config.gossipIntervalMs;
    this.#timer = new Timer('after a storm', onOver);
  }

  /** There is news, perhaps of somebody who came or went. */
  onNews(): void {
    if (!this.#isOn || this.#timer.isArmed) return;
    const { nowMs } = this.#env.clock;
    const changes = memberChanges(this.#stats);
    if (nowMs - this.#countedFromMs > this.#calmMs) {
      this.#countedFromMs = nowMs;
      this.#changesBefore = changes;
    }
    if (changes - this.#changesBefore < Math.max(stormChangesMin, stormShare * this.#members.count)) return;
    this.#countedFromMs = -Infinity;
    this.#env.timers.arm(this.#timer, nowMs + this.#calmMs * (0.5 + randomFloat(this.#env.rng)));
  }

  stop(): void {
    this.#env.timers.cancel(this.#timer);
  }
}
