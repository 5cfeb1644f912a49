import { randomChance, randomInt, SeededRng, type Rng } from '../util/index.ts';
import { traceLimits } from './limits.ts';

/** What theory goes by: how members pass on what they heard. */
export interface SpreadModel {
  /** Members that can have the rumor, the one who sent it included. */
  readonly memberCount: number;
  /** Of these, so many tell when they heard it, the one who sent it included. */
  readonly observedCount: number;
  /** Members of which a sender chooses, itself left out: also the recently dead, and those that cannot have the rumor. */
  readonly targetCount: number;
  /** How many others each tells in an interval. */
  readonly fanOut: number;
  readonly gossipIntervalMs: number;
  /** News rides on pings and their acks too: each member pings one in a period. 0: not counted. */
  readonly probeIntervalMs: number;
  /** How often each passes it on. */
  readonly sendLimit: number;
  /** Share of packets that get lost. */
  readonly loss: number;
  /** From one member to another. */
  readonly latencyMs: number;
  /** How long it waits for others to travel with before it is passed on. */
  readonly holdMs: number;
  /** Whether who hears it passes it on at once, and then at its ticks (`SwimRules.eagerPush`). */
  readonly isEager: boolean;
}

/** How many have heard it by the end of a round. */
export interface TheoryRound {
  readonly mean: number;
  readonly standardDeviation: number;
}

/** What is to be expected of a rumor. */
export interface SpreadTheory {
  /** By the end of round 0, 1, 2 …: of those that tell, how many. */
  readonly rounds: readonly TheoryRound[];
  /** When the last of them hears it, if all do, in milliseconds: in half of all cases, and in 99 of 100. */
  readonly lastP50Ms: number;
  readonly lastP99Ms: number;
  /** In which part of all cases somebody never hears it by gossip. */
  readonly missedShare: number;
  readonly trialCount: number;
}

/** Steps of time in a gossip interval. */
const slotsPerInterval = 32;

/**
 * What is to be expected, by playing the protocol through with chance as it is: each member gossips in a phase of its own,
 * and when it has just heard the rumor too if it is eager, to `fanOut` others at random, until it has done so often enough. It is a Markov chain in who has heard it and when each is
 * next to speak; its mean and deviation have no closed form, and so are those of many plays. Always the same for the
 * same model.
 *
 * @see Demers et al., "Epidemic algorithms for replicated database maintenance", 1987
 */
export class TheoryPlays {
  readonly #model: SpreadModel;
  readonly #play: Play;
  readonly #trialCount: number;
  readonly #trialsAtOnce: number;
  readonly #trials: PlayResult[] = [];

  constructor(model: SpreadModel) {
    const { trialsMin, trialsMax, trialSendsMax, sendsAtOnce } = traceLimits;
    const sendsPerTrial = model.memberCount * (2 + Math.log2(model.memberCount));
    this.#model = model;
    this.#play = new Play(model, new SeededRng(model.memberCount, theoryStream));
    this.#trialCount = Math.min(Math.max(Math.round(trialSendsMax / sendsPerTrial), trialsMin), trialsMax);
    this.#trialsAtOnce = Math.max(1, Math.round(sendsAtOnce / sendsPerTrial));
  }

  /** Plays for some milliseconds, so that nobody has to wait for long. True when that was enough. */
  advance(): boolean {
    for (let count = 0; count < this.#trialsAtOnce && this.#trials.length < this.#trialCount; count += 1) {
      this.#trials.push(this.#play.run());
    }
    return this.#trials.length === this.#trialCount;
  }

  /** What came of the plays so far; at least one. */
  get theory(): SpreadTheory {
    const trials = this.#trials;
    const lastSlots = trials.flatMap(({ lastSlot }) => lastSlot ?? []).sort((a, b) => a - b);
    const slotMs = this.#model.gossipIntervalMs / slotsPerInterval;
    const roundCount = Math.max(...trials.map(({ infectedAtRound }) => infectedAtRound.length));
    return {
      rounds: Array.from({ length: roundCount }, (_, round) => roundOf(trials, round)),
      lastP50Ms: quantile(lastSlots, 0.5) * slotMs,
      lastP99Ms: quantile(lastSlots, 0.99) * slotMs,
      missedShare: 1 - lastSlots.length / trials.length,
      trialCount: trials.length,
    };
  }
}

/** The same at once. */
export function spreadTheory(model: SpreadModel): SpreadTheory {
  const plays = new TheoryPlays(model);
  while (!plays.advance());
  return plays.theory;
}

/** Keeps its chance apart from all other. */
const theoryStream = 0x7072;

interface PlayResult {
  /** At the end of each round, until nothing changes any more. */
  readonly infectedAtRound: readonly number[];
  /** When the last one heard it; undefined when somebody never did. */
  readonly lastSlot: number | undefined;
}

function roundOf(trials: readonly PlayResult[], round: number): TheoryRound {
  let sum = 0;
  let squares = 0;
  for (const { infectedAtRound } of trials) {
    const infected = infectedAtRound[round] ?? infectedAtRound.at(-1)!;
    sum += infected;
    squares += infected * infected;
  }
  const mean = sum / trials.length;
  const variance = Math.max(0, squares / trials.length - mean * mean);
  return { mean, standardDeviation: Math.sqrt(variance) };
}

function quantile(ascending: readonly number[], share: number): number {
  if (ascending.length === 0) return Infinity;
  return ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)]!;
}

/** One rumor after the other, each from its birth until all have it or nobody passes it on any more. Member 0 has it first. */
class Play {
  readonly #model: SpreadModel;
  readonly #rng: Rng;
  readonly #latencySlots: number;
  readonly #holdSlots: number;
  readonly #probeSlots: number;
  /** By member: when it heard it, Infinity before that; and how often it has passed it on. */
  readonly #heardSlot: Float64Array;
  readonly #sendCount: Uint16Array;
  /** Who gossips in which phase, of those that have it; and who pings in which, of all. */
  readonly #gossips: Phases;
  readonly #pings: Phases;
  /** New ones of those that tell, by slot. */
  readonly #newCount: Uint32Array;
  readonly #targets: number[] = [];
  /** In the order in which they heard it; those before the index have passed it on at once. */
  readonly #hearers: number[] = [];
  #eagerIndex: number = 0;
  #lastSlot: number = 0;
  #heardCount: number = 0;
  /** Those that have it and may pass it on. */
  #activeCount: number = 0;

  constructor(model: SpreadModel, rng: Rng) {
    const { gossipIntervalMs, memberCount } = model;
    const slotMs = gossipIntervalMs / slotsPerInterval;
    this.#model = model;
    this.#rng = rng;
    this.#latencySlots = Math.round(Math.min(model.latencyMs, gossipIntervalMs) / slotMs);
    this.#holdSlots = Math.round(model.holdMs / slotMs);
    this.#probeSlots = Math.round(model.probeIntervalMs / slotMs);
    this.#heardSlot = new Float64Array(memberCount);
    this.#sendCount = new Uint16Array(memberCount);
    this.#gossips = new Phases(slotsPerInterval, memberCount);
    this.#pings = new Phases(this.#probeSlots, memberCount);
    this.#newCount = new Uint32Array(slotsMax + slotsPerInterval + 1);
    for (let member = 0; member < memberCount && this.#probeSlots > 0; member += 1) {
      this.#pings.add(member, randomInt(rng, this.#probeSlots));
    }
  }

  run(): PlayResult {
    const { memberCount } = this.#model;
    this.#reset();
    this.#infect(0, 0);
    // Whoever pings in which phase is drawn once; where a play begins in their period is drawn anew.
    const pingShift = randomInt(this.#rng, Math.max(1, this.#probeSlots));
    for (let slot = 0; slot < slotsMax && this.#activeCount > 0 && this.#heardCount < memberCount; slot += 1) {
      for (let one = this.#gossips.first(slot); one >= 0; one = this.#gossips.after(one)) this.#gossip(one, slot);
      if (this.#probeSlots > 0) {
        const pings = this.#pings;
        for (let one = pings.first(slot + pingShift); one >= 0; one = pings.after(one)) this.#ping(one, slot);
      }
      if (this.#model.isEager) this.#pushEagerly(slot);
    }
    const lastSlot = this.#heardCount === memberCount ? this.#lastSlot : undefined;
    return { infectedAtRound: this.#infectedAtRound(), lastSlot };
  }

  #reset(): void {
    this.#heardSlot.fill(Infinity);
    this.#sendCount.fill(0);
    this.#gossips.clear();
    this.#newCount.fill(0);
    this.#hearers.length = 0;
    this.#eagerIndex = 0;
    this.#lastSlot = 0;
    this.#heardCount = 0;
    this.#activeCount = 0;
  }

  #infectedAtRound(): number[] {
    // The one who sent it has it in round 0; the others from the end of the slot in which they hear it.
    const rounds = [1];
    let infected = 0;
    for (let slot = 0; slot <= this.#lastSlot; slot += 1) {
      infected += this.#newCount[slot]!;
      if ((slot + 1) % slotsPerInterval === 0) rounds.push(infected);
    }
    rounds.push(infected);
    return rounds;
  }

  #gossip(member: number, slot: number): void {
    const { fanOut, targetCount } = this.#model;
    const targets = this.#targets;
    targets.length = 0;
    while (targets.length < Math.min(fanOut, targetCount) && this.#canSend(member, slot)) {
      const target = randomInt(this.#rng, targetCount);
      if (targets.includes(target)) continue;
      targets.push(target);
      this.#send(member, otherThan(member, target), slot);
    }
  }

  /** All hear it equally long after it was sent, so who heard it first is first to be able to pass it on. */
  #pushEagerly(slot: number): void {
    const hearers = this.#hearers;
    while (
      this.#eagerIndex < hearers.length &&
      this.#heardSlot[hearers[this.#eagerIndex]!]! + this.#holdSlots <= slot
    ) {
      this.#gossip(hearers[this.#eagerIndex]!, slot);
      this.#eagerIndex += 1;
    }
  }

  /** A ping brings news there, and its ack brings some back. */
  #ping(member: number, slot: number): void {
    const { targetCount, memberCount, loss } = this.#model;
    if (targetCount === 0) return;
    const target = otherThan(member, randomInt(this.#rng, targetCount));
    if (this.#canSend(member, slot)) this.#send(member, target, slot);
    if (target >= memberCount || !this.#canSend(target, slot) || randomChance(this.#rng, loss)) return;
    this.#send(target, member, slot);
  }

  #canSend(member: number, slot: number): boolean {
    return this.#heardSlot[member]! + this.#holdSlots <= slot && this.#sendCount[member]! < this.#model.sendLimit;
  }

  #send(from: number, to: number, slot: number): void {
    const { memberCount, sendLimit, loss } = this.#model;
    this.#sendCount[from]! += 1;
    if (this.#sendCount[from] === sendLimit) this.#activeCount -= 1;
    if (to >= memberCount || this.#heardSlot[to]! < Infinity || (loss > 0 && randomChance(this.#rng, loss))) return;
    this.#infect(to, slot + this.#latencySlots);
  }

  #infect(member: number, slot: number): void {
    this.#heardSlot[member] = slot;
    this.#heardCount += 1;
    this.#activeCount += 1;
    this.#lastSlot = Math.max(this.#lastSlot, slot);
    this.#hearers.push(member);
    this.#gossips.add(member, randomInt(this.#rng, slotsPerInterval));
    if (member < this.#model.observedCount) this.#newCount[slot]! += 1;
  }
}

/** Which members act in which phase of a period, as linked lists in two arrays. */
class Phases {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;

  constructor(phaseCount: number, memberCount: number) {
    this.#heads = new Int32Array(phaseCount).fill(-1);
    this.#next = new Int32Array(memberCount);
  }

  clear(): void {
    this.#heads.fill(-1);
  }

  add(member: number, phase: number): void {
    this.#next[member] = this.#heads[phase]!;
    this.#heads[phase] = member;
  }

  /** The first who acts in that slot, -1 for nobody. */
  first(slot: number): number {
    return this.#heads[slot % this.#heads.length]!;
  }

  after(member: number): number {
    return this.#next[member]!;
  }
}

const slotsMax = traceLimits.roundsMax * slotsPerInterval;

/** The `index`th of all members but `member`. */
function otherThan(member: number, index: number): number {
  return index < member ? index : index + 1;
}
