import type { SwimStats } from './stats.ts';

/**
 * The last so many probes count for most of it. Chosen: with the LAN preset they take eight seconds, and a minute where half
 * of all packets are lost, as a member doubts itself there and probes more rarely.
 */
const memoryProbes = 8;

/**
 * What share of packets gets lost around here, by the probes of this node. A member that is shown to be alive by others or
 * over a stream, but whose own answer did not come, has lost one of two packets. One that answers late, and one that does
 * not answer at all, say nothing: they may have had no time.
 */
export class PacketLoss {
  readonly #stats: SwimStats;
  /** The share of pings without an answer. */
  #missedShare: number = 0;
  #seenAcked: number = 0;
  #seenMissed: number = 0;

  constructor(stats: SwimStats) {
    this.#stats = stats;
  }

  /** Of the packets of one way, from 0 to 1. */
  get share(): number {
    this.#look();
    return 1 - Math.sqrt(1 - this.#missedShare);
  }

  #look(): void {
    const { probesAcked, probesSavedByOthers, probesSavedByStream } = this.#stats;
    const acked = probesAcked - this.#seenAcked;
    if (acked === 0) return;
    const missed = probesSavedByOthers + probesSavedByStream - this.#seenMissed;
    this.#seenAcked += acked;
    this.#seenMissed += missed;
    const weight = Math.min(1, acked / memoryProbes);
    this.#missedShare += (missed / acked - this.#missedShare) * weight;
  }
}
