import type { SwimEnv } from './effects.ts';
import type { Member } from './member.ts';
import type { SortedView } from './sorted-view.ts';

/** Probes without one of each member, in rounds of all members, after which the round robin takes over for once. */
const uncoveredMaxRounds = 3;
/** As a share of all members, how far the targets of one node move from one period to the next: the golden section. */
const strideShare = (Math.sqrt(5) - 1) / 2;

/**
 * How many places after its own, in the order of names, each node finds its target in that period. In `otherCount` periods
 * in a row every number from 1 to `otherCount` comes once. Two that follow each other lie far apart, so that the probers of
 * one member are not its neighbours by name, which may have died with it.
 */
export function shiftOf(period: number, otherCount: number, stride: number = strideOf(otherCount)): number {
  // Periods before 1970 are negative, and so are their remainders.
  const place = ((period % otherCount) + otherCount) % otherCount;
  return 1 + ((place * stride) % otherCount);
}

/** When in the period a member is probed, as a share of it: a hash of its name, the same on every node. */
export function slotOf(name: string): number {
  // FNV-1a over UTF-16, and the finalizer of MurmurHash3.
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * Whom to probe when, such that every member is probed exactly once a period, by another one each time: in the period of
 * that number on the wall clock, each node probes the member so many places after itself, and in the part of the period
 * that is that member's. A crash is noticed within one period instead of an exponential time.
 *
 * It takes no message and no agreement: for whom clock or view differ from those of the others, it is like a random
 * choice, and each of them still probes every member of its own view once in a round. Only when this node's own view or
 * clock changes all the time would it miss somebody for long, and for that it need not look at others: then it goes back to
 * the round robin until that has been through. So it does for one probe when the one before took so long that periods were
 * missed.
 */
export class SharedPermutation {
  readonly #view: SortedView;
  readonly #intervalMs: number;
  readonly #env: SwimEnv;
  /** The period whose tick was the last, and the one whose tick is the next. */
  #period: number | undefined;
  #nextPeriod: number | undefined;
  /** For so many others, {@link strideOf}. */
  #strideCount: number = 0;
  #stride: number = 0;
  /** Ticks since the last probe: with more than one, periods were missed, and whoever was due then. */
  #tickCount: number = 0;
  /** Probes in a row for which periods counted up and the view stayed as it was. */
  #runLength: number = 0;
  #runPeriod: number = -1;
  #runVersion: number = -1;
  /** Probes since everybody was probed, and those that the round robin still takes. */
  #uncoveredCount: number = 0;
  #roundRobinCount: number = 0;

  constructor(view: SortedView, intervalMs: number, env: SwimEnv) {
    this.#view = view;
    this.#intervalMs = intervalMs;
    this.#env = env;
  }

  /** Forgets the periods that were planned. */
  reset(): void {
    this.#period = undefined;
    this.#nextPeriod = undefined;
    this.#tickCount = 0;
  }

  /** The planned tick has come. In how many milliseconds the next is due; undefined when nothing can be planned. */
  advance(): number | undefined {
    this.#tickCount += 1;
    this.#period = this.#nextPeriod;
    this.#nextPeriod = undefined;
    const wallMs = this.#env.wallMs?.();
    if (wallMs === undefined || this.#view.count < 2) return undefined;
    const now = Math.floor(wallMs / this.#intervalMs);
    const inOrder = this.#period === undefined ? now + 1 : this.#period + 1;
    const waitMs = this.#waitMs(inOrder, wallMs);
    // The clock was set, or this node had no time: it goes on from where the others are.
    const isLost = inOrder < now || waitMs > 2 * this.#intervalMs;
    this.#nextPeriod = isLost ? now + 1 : inOrder;
    return Math.max(0, isLost ? this.#waitMs(now + 1, wallMs) : waitMs);
  }

  /** Whom to probe in the period of the last tick; undefined when the round robin is to choose. */
  take(): Member | undefined {
    const otherCount = this.#view.count - 1;
    const isLate = this.#tickCount > 1;
    this.#tickCount = 0;
    if (this.#roundRobinCount > 0) return this.#leaveToRoundRobin();
    this.#uncoveredCount += 1;
    if (this.#period === undefined || otherCount < 1 || isLate) {
      this.#runLength = 0;
      return undefined;
    }
    const isNext = this.#period === this.#runPeriod + 1 && this.#view.version === this.#runVersion;
    this.#runLength = isNext ? this.#runLength + 1 : 1;
    this.#runPeriod = this.#period;
    this.#runVersion = this.#view.version;
    if (this.#runLength >= otherCount) this.#uncoveredCount = 0;
    // So many probes of a round robin, wherever in its round it is, are one of each member at least.
    if (this.#uncoveredCount > uncoveredMaxRounds * otherCount) this.#roundRobinCount = 2 * otherCount - 1;
    return this.#targetOf(this.#period);
  }

  #leaveToRoundRobin(): undefined {
    this.#roundRobinCount -= 1;
    this.#runLength = 0;
    if (this.#roundRobinCount === 0) this.#uncoveredCount = 0;
  }

  #targetOf(period: number): Member {
    const { count, selfRank } = this.#view;
    if (count !== this.#strideCount + 1) {
      this.#strideCount = count - 1;
      this.#stride = strideOf(count - 1);
    }
    return this.#view.at((selfRank + shiftOf(period, count - 1, this.#stride)) % count);
  }

  #waitMs(period: number, wallMs: number): number {
    return (period + slotOf(this.#targetOf(period).name)) * this.#intervalMs - wallMs;
  }
}

/** What {@link shiftOf} steps by: prime to `otherCount`, so that its multiples come to every place. */
function strideOf(otherCount: number): number {
  let stride = Math.max(1, Math.round(otherCount * strideShare));
  while (commonDivisor(stride, otherCount) !== 1) stride += 1;
  return stride;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
