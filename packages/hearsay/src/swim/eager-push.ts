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

  /** @param isOn - `SwimRules.eagerPush` */
  constructor(isOn: boolean, config: SwimConfig, clock: StepClock) {
    const roundsPerSecond = 1_000 / config.gossipIntervalMs;
    const { eagerRoundBurst, eagerRoundShare } = swimLimits;
    this.#bucket = isOn ? new TokenBucket(clock, eagerRoundBurst, eagerRoundShare * roundsPerSecond) : undefined;
  }

  /** Takes leave for one early round, or returns false. */
  tryBegin(): boolean {
    return this.#bucket?.tryTake() ?? false;
  }
}
