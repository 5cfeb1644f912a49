import {
  formatAddress,
  isSameAddress,
  randomChance,
  randomFloat,
  randomInt,
  Timer,
  type Address,
} from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import type { SwimEnv } from './effects.ts';
import type { FollowUps } from './follow-ups.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import { broughtNews, type PushPull } from './push-pull.ts';
import type { SwimStats } from './stats.ts';
import type { Tombstones } from './tombstones.ts';

/** Attempts in one interval by the whole cluster, whatever its size. */
const attemptsPerInterval = 3;
/** When a node that is alone, or could not join, tries again at first; then after twice as long each time, up to the interval. Chosen. */
const aloneRetryMs = 1_000;

/** What a {@link Healer} is made of. */
export interface HealerParts {
  readonly config: SwimConfig;
  /** Where this node was told to find the cluster. */
  readonly seeds: readonly Address[];
  readonly members: MemberList;
  readonly tombstones: Tombstones;
  readonly pushPull: PushPull;
  readonly followUps: FollowUps;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/**
 * Looks for lost members: seeds that are not among the live members, and members that died, forgotten ones included.
 * Without it two halves of a cluster that were apart for longer than their dead are remembered never meet again
 * (hashicorp/serf#605; ringpop and Serf, not memberlist, have something like it).
 *
 * Each interval, jittered, a node tries one address with a probability that keeps the cluster as a whole at a few
 * attempts. One most of whose probes fail always tries: those that it takes for alive may be invented, or on the other side of
 * a cut. A node that is alone always tries, sooner at first, and joins: the seed may have been busy, or not up yet. So does
 * one that could not join and heard of others by gossip: it knows some, and nobody has told it of all. Those that left are
 * not looked for.
 */
export class Healer {
  readonly #config: SwimConfig;
  readonly #seeds: readonly Address[];
  readonly #members: MemberList;
  readonly #tombstones: Tombstones;
  readonly #pushPull: PushPull;
  readonly #followUps: FollowUps;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #timer: Timer;
  readonly #dead: Member[] = [];
  /** Attempts since this node is alone. */
  #aloneCount: number = 0;
  /** By how many more probes were answered than not until the last tick. */
  #answersAhead: number = 0;
  /** Nobody could be joined, and since then nobody's whole list was seen. */
  #isStranded: boolean = false;

  constructor(parts: HealerParts) {
    this.#config = parts.config;
    this.#seeds = parts.seeds;
    this.#members = parts.members;
    this.#tombstones = parts.tombstones;
    this.#pushPull = parts.pushPull;
    this.#followUps = parts.followUps;
    this.#env = parts.env;
    this.#stats = parts.stats;
    this.#timer = new Timer('healing', () => this.#onTick());
  }

  start(): void {
    if (this.#config.healIntervalMs > 0) this.#arm();
  }

  stop(): void {
    this.#env.timers.cancel(this.#timer);
  }

  /** A join is over. */
  onJoinDone(joinedCount: number): void {
    this.#isStranded = joinedCount === 0;
  }

  #arm(): void {
    const { healIntervalMs } = this.#config;
    this.#aloneCount = this.#isAlone() || this.#isStranded ? this.#aloneCount + 1 : 0;
    const meanMs =
      this.#aloneCount === 0 ? healIntervalMs : Math.min(healIntervalMs, aloneRetryMs * 2 ** (this.#aloneCount - 1));
    this.#env.timers.arm(this.#timer, this.#env.clock.nowMs + meanMs * (0.5 + randomFloat(this.#env.rng)));
  }

  #isAlone(): boolean {
    return this.#members.liveCount <= 1;
  }

  /** Most probes since the last tick have failed, or got no verdict. */
  #isUnanswered(): boolean {
    const { probesAcked, probesFailed, probesVoid } = this.#stats;
    const before = this.#answersAhead;
    this.#answersAhead = probesAcked - probesFailed - probesVoid;
    return this.#answersAhead < before;
  }

  #onTick(): void {
    this.#arm();
    if (this.#isStranded && !this.#isAlone()) return this.#meetAnybody();
    if (!this.#isUnanswered() && !randomChance(this.#env.rng, attemptsPerInterval / this.#members.liveCount)) return;
    const address = this.#candidate();
    if (address === undefined) return;
    this.#stats.healAttempts += 1;
    this.#env.trace?.({ type: 'heal-attempt', atMs: this.#env.clock.nowMs, address: formatAddress(address) });
    this.#pushPull.exchange(address, this.#isAlone(), (result) => {
      if (result.ok) this.#isStranded = false;
      if (!broughtNews(result)) return;
      this.#stats.heals += 1;
      this.#followUps.begin(address);
    });
  }

  #meetAnybody(): void {
    this.#stats.healAttempts += 1;
    this.#pushPull.exchangeWithAny((result) => {
      if (!result.ok) return;
      this.#isStranded = false;
      this.#followUps.begin(undefined);
    });
  }

  /** A seed, a dead member or a forgotten one: each kind that there is has the same chance. */
  #candidate(): Address | undefined {
    const candidates = [this.#lostSeed(), this.#deadMember(), this.#tombstones.sampleDead(this.#env.rng)?.address];
    const known = candidates.filter((address) => address !== undefined);
    return known[randomInt(this.#env.rng, known.length)];
  }

  #lostSeed(): Address | undefined {
    const lost = this.#seeds.filter((seed) => !this.#members.members.some((member) => isLiveAt(member, seed)));
    return lost[randomInt(this.#env.rng, lost.length)];
  }

  #deadMember(): Address | undefined {
    this.#members.sample(1, isDead, this.#dead);
    return this.#dead[0]?.address;
  }
}

function isDead(member: Member): boolean {
  return member.state === 'dead' && member.address !== undefined;
}

function isLiveAt(member: Member, seed: Address): boolean {
  return !member.isDeadOrLeft && isSameAddress(member.address, seed);
}
