import type { StepClock } from '../util/index.ts';
import type { SwimConfig } from './config.ts';
import { swimLimits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Says when a round of gossip may begin at once, because there is news, instead of at its next tick. What is sent early is
 * not sent later, so a rumor costs as many copies as before; but early packets hold less, and so there is a bucket: when
 * news comes thick and fast, most of it waits for the tick and shares a packet.
 */
export class EagerPush {
  readonly #bucket: TokenBucket | undefined;
  /** Of deaths. */
  readonly #urgentBucket: TokenBucket | undefined;

  /** @param isOn - `SwimRules.eagerPush` */
  constructor(isOn: boolean, config: SwimConfig, clock: StepClock) {
    const roundsPerSecond = 1_000 / config.gossipIntervalMs;
    const { eagerRoundBurst, urgentRoundBurst, eagerRoundShare } = swimLimits;
    const bucketOf = (burst: number): TokenBucket | undefined =>
      isOn ? new TokenBucket(clock, burst, eagerRoundShare * roundsPerSecond) : undefined;
    this.#bucket = bucketOf(eagerRoundBurst);
    this.#urgentBucket = bucketOf(urgentRoundBurst);
  }

  /** Takes leave for one early round, or returns false. */
  tryBegin(isUrgent: boolean): boolean {
    const bucket = isUrgent ? this.#urgentBucket : this.#bucket;
    return bucket?.tryTake() ?? false;
  }
}
