import type { StepClock } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import type { SwimStats } from './stats.ts';

/** What the bucket holds at most, as a share of the bytes of a second; the rest of them flows in. */
const burstShare = 0.25;
/** From the least rate to the most in so long, while nothing goes wrong. */
const recoveryMs = 10_000;
/** A round is late when it comes so much of an interval after its tick. */
const lateShare = 0.25;

/**
 * What a round of gossip may send, in bytes, while nothing goes wrong. `isAdaptive` is `SwimRules.adaptiveGossip`.
 */
export function roundBytesMax(isAdaptive: boolean, config: SwimConfig): number {
  const onePacketEach = config.gossipNodes * config.packetMaxBytes;
  const perSecond = isAdaptive ? (1 - burstShare) * config.gossipMaxBytesPerSecond : 0;
  return Math.max(onePacketEach, (perSecond * config.gossipIntervalMs) / 1_000);
}

/**
 * How many packets a round of gossip may send to each receiver. memberlist sends one, so that much news at once, such as a
 * join of hundreds or the death of a rack, waits in line for minutes. Here it is as many as the news needs, up to a number of
 * bytes in a second that is never exceeded. Every rumor is still sent as often as before, only sooner.
 *
 * More traffic must not make trouble worse: the rate is halved whenever this node has no time, cannot send or waits for
 * an answer in vain, down to memberlist's one packet, and grows again slowly.
 */
export class GossipBudget {
  readonly #isOn: boolean;
  readonly #clock: StepClock;
  readonly #stats: SwimStats;
  readonly #intervalMs: number;
  readonly #packetMaxBytes: number;
  readonly #rateMin: number;
  readonly #rateMax: number;
  readonly #burstBytes: number;
  /** Bytes a second. */
  #rate: number;
  #availableBytes: number;
  #filledAtMs: number = 0;
  #seenTroubles: number = 0;

  /** @param isOn - `SwimRules.adaptiveGossip` */
  constructor(isOn: boolean, config: SwimConfig, clock: StepClock, stats: SwimStats) {
    this.#isOn = isOn;
    this.#clock = clock;
    this.#stats = stats;
    this.#intervalMs = config.gossipIntervalMs;
    this.#packetMaxBytes = config.packetMaxBytes;
    const onePacketEach = (config.gossipNodes * config.packetMaxBytes * 1_000) / config.gossipIntervalMs;
    this.#burstBytes = burstShare * config.gossipMaxBytesPerSecond;
    this.#rateMax = config.gossipMaxBytesPerSecond - this.#burstBytes;
    this.#rateMin = Math.min(onePacketEach, this.#rateMax);
    this.#rate = this.#rateMax;
    this.#availableBytes = this.#burstBytes;
  }

  /**
   * Packets for each of `receiverCount` members of which each wants `wantedCount`; at least one. `lateMs` is how late the
   * round comes.
   */
  packetsEach(receiverCount: number, wantedCount: number, lateMs: number): number {
    if (!this.#isOn) return 1;
    this.#adapt(lateMs);
    const affordable = Math.floor(this.#availableBytes / this.#packetMaxBytes / Math.max(1, receiverCount));
    return Math.max(1, Math.min(wantedCount, affordable));
  }

  /** So many bytes were sent in a round. */
  spend(bytes: number): void {
    this.#availableBytes = Math.max(-this.#burstBytes, this.#availableBytes - bytes);
  }

  #adapt(lateMs: number): void {
    const passedMs = this.#clock.nowMs - this.#filledAtMs;
    this.#filledAtMs = this.#clock.nowMs;
    const { stalls, sendFailures, probeTimeouts } = this.#stats;
    const troubles = stalls + sendFailures + probeTimeouts;
    const isTroubled = troubles > this.#seenTroubles || lateMs > lateShare * this.#intervalMs;
    this.#seenTroubles = troubles;
    if (isTroubled) this.#rate = Math.max(this.#rateMin, this.#rate / 2);
    else this.#rate = Math.min(this.#rateMax, this.#rate + (this.#rateMax * passedMs) / recoveryMs);
    this.#availableBytes = Math.min(this.#burstBytes, this.#availableBytes + (this.#rate * passedMs) / 1_000);
  }
}
