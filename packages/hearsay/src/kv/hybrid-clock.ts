import { ClusterError } from '../util/index.ts';
import { kvLimits } from './limits.ts';
import { laterStamp, stampAfter, stampEpochMax, zeroStamp, type Stamp } from './stamp.ts';

/**
 * Gives stamps that follow wall time, and yet are later than every stamp this node has seen (hybrid logical clock).
 *
 * A stamp further ahead of wall time than `maxAheadMs` is refused, whoever made it: else one wrong clock would decide all
 * later writes of everybody.
 */
export class HybridClock {
  readonly #maxAheadMs: number;
  #last: Stamp = zeroStamp;
  /** The most milliseconds of a stamp given or seen, of whatever epoch. */
  #latestMs: number = 0;
  /** An epoch that others have, though it is far beyond the one of the last stamp. */
  #epochAllowed: number = 0;

  constructor(maxAheadMs: number) {
    this.#maxAheadMs = maxAheadMs;
  }

  /** The latest stamp given or seen. */
  get last(): Stamp {
    return this.#last;
  }

  /**
   * A stamp for a write of our own.
   *
   * @throws {@link ClusterError} `ERR_KV_CLOCK_AHEAD` when the cluster's stamps are too far ahead of our wall time
   */
  next(wallMs: number): Stamp {
    const { epoch, ms } = this.#last;
    const wallWholeMs = Math.floor(wallMs);
    const next = wallWholeMs > ms ? { epoch, ms: wallWholeMs, counter: 0 } : stampAfter(this.#last);
    if (this.isAhead(next, wallMs)) {
      const aheadMs = Math.ceil(next.ms - wallMs);
      throw new ClusterError(
        'ERR_KV_CLOCK_AHEAD',
        `the latest stamp is ${aheadMs} ms ahead of this node's clock, the limit is ${this.#maxAheadMs} ms`,
      );
    }
    this.witness(next);
    return next;
  }

  /** Whether a stamp that was given or seen is ahead of what wall time says now. */
  hasSeenAhead(wallMs: number): boolean {
    return this.#latestMs - wallMs > this.#maxAheadMs;
  }

  /** Whether a stamp is too far ahead of wall time to be taken. */
  isAhead(stamp: Stamp, wallMs: number): boolean {
    return stamp.ms - wallMs > this.#maxAheadMs;
  }

  /**
   * Whether a stamp's epoch is so far beyond what is known that it can only be taken when others have it too. If the last
   * epoch that there may be was taken from anybody, no clock could be set right any longer.
   */
  isOfLaterEpoch({ epoch }: Stamp): boolean {
    return epoch > Math.max(this.#last.epoch + kvLimits.epochAheadMax, this.#epochAllowed);
  }

  /** Others have stamps up to this epoch. */
  allowEpoch(epoch: number): void {
    this.#epochAllowed = Math.max(this.#epochAllowed, epoch);
  }

  /**
   * The latest stamp is of a clock that was ahead: what follows is of now, and yet later, in a new epoch. False when that
   * was the last epoch; then nothing has changed.
   */
  beginEpoch(wallMs: number): boolean {
    const { epoch } = this.#last;
    if (epoch >= stampEpochMax) return false;
    this.#last = { epoch: epoch + 1, ms: Math.floor(wallMs), counter: 0 };
    return true;
  }

  /** From now on, what is given is later than `stamp`. Only for stamps that are neither {@link isAhead} nor {@link isOfLaterEpoch}. */
  witness(stamp: Stamp): void {
    this.#last = laterStamp(this.#last, stamp);
    this.#latestMs = Math.max(this.#latestMs, stamp.ms);
  }
}
