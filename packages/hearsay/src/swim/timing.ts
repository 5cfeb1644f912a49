/*
 * What follows from the size of the cluster: memberlist's formulas, computed in double precision exactly as it does,
 * and bounds on how long the protocol takes. `memberCount` is the number of known members, self and the dead included,
 * unless said otherwise.
 */

import type { SwimConfig } from './config.ts';

/** How often a broadcast is sent; at least once whatever this says (memberlist `retransmitLimit`). */
export function retransmitLimit(retransmitMult: number, memberCount: number): number {
  return retransmitMult * Math.ceil(Math.log10(memberCount + 1));
}

/**
 * How many independent confirmations shrink a suspicion to its shortest time: two less than the multiplier, unless
 * `wanted` says otherwise; none in a cluster with fewer others than that (memberlist `suspectNode`).
 */
export function suspicionConfirmationsMax(suspicionMult: number, memberCount: number, wanted: number = 0): number {
  const wantedCount = wanted > 0 ? wanted : suspicionMult - 2;
  return memberCount - 2 < wantedCount ? 0 : wantedCount;
}

/** The shortest time from suspicion to death (memberlist `suspicionTimeout`). */
export function suspicionMinMs(suspicionMult: number, memberCount: number, probeIntervalMs: number): number {
  const scalePermille = Math.trunc(1_000 * Math.max(1, Math.log10(Math.max(1, memberCount))));
  return (suspicionMult * scalePermille * probeIntervalMs) / 1_000;
}

/** The longest time from suspicion to death, while nobody confirms, unless its clock stands still. */
export function suspicionMaxMs(config: SwimConfig, memberCount: number): number {
  const { suspicionMult, suspicionMaxTimeoutMult, suspicionConfirmations, probeIntervalMs } = config;
  const minMs = suspicionMinMs(suspicionMult, memberCount, probeIntervalMs);
  const canConfirm = suspicionConfirmationsMax(suspicionMult, memberCount, suspicionConfirmations) > 0;
  return canConfirm ? suspicionMaxTimeoutMult * minMs : minMs;
}

/**
 * How long a suspicion lasts from its start, given the confirmations so far: from `maxMs` without any down to `minMs`
 * with all `confirmationsMax` (Lifeguard §IV.B; memberlist `remainingSuspicionTime`, less the time that has passed).
 */
export function suspicionTimeoutMs(
  confirmationCount: number,
  confirmationsMax: number,
  minMs: number,
  maxMs: number,
): number {
  const fraction = Math.log(confirmationCount + 1) / Math.log(confirmationsMax + 1);
  const maxSeconds = maxMs / 1_000;
  const timeoutMs = Math.floor(1_000 * (maxSeconds - fraction * (maxSeconds - minMs / 1_000)));
  return Math.max(timeoutMs, minMs);
}

/** Members up to which push/pull runs at its base interval (memberlist `pushPullScaleThreshold`). */
const PUSH_PULL_SCALE_THRESHOLD = 32;

/** Time between two push/pulls: longer in large clusters, so that their cost stays level (memberlist `pushPullScale`). */
export function pushPullIntervalMs(baseMs: number, memberCount: number): number {
  if (memberCount <= PUSH_PULL_SCALE_THRESHOLD) return baseMs;
  return baseMs * (1 + Math.ceil(Math.log2(memberCount) - Math.log2(PUSH_PULL_SCALE_THRESHOLD)));
}

/** How often a bound below may be missed: once in a thousand cases. */
const MISS_PROBABILITY = 0.001;

/**
 * Rounds of gossip until a rumor has reached all of `nodeCount` live nodes, missed in about one case of a thousand.
 * At first the informed grow (fan-out + 1)-fold a round, at last the others shrink by e^fan-out (Pittel, "On spreading
 * a rumor", 1987, for a fan-out of 1). Lost packets are fan-out that is not there.
 */
export function spreadRoundsMax(nodeCount: number, fanOut: number, loss: number = 0): number {
  const heardFanOut = Math.min(fanOut, nodeCount - 1) * (1 - loss);
  if (heardFanOut <= 0) return 0;
  const growth = Math.log(nodeCount) / Math.log(heardFanOut + 1);
  return Math.ceil(growth + Math.log(nodeCount / MISS_PROBABILITY) / heardFanOut);
}

/** The same as a time. One more round, because nodes do not gossip in step. */
export function spreadMaxMs(config: SwimConfig, nodeCount: number, loss: number = 0): number {
  return (spreadRoundsMax(nodeCount, config.gossipNodes, loss) + 1) * config.gossipIntervalMs;
}

/**
 * Protocol periods until one of `nodeCount` live nodes has probed a member that crashed. In each period every node
 * picks it with probability 1 / nodeCount, so nobody does in t periods with at most e^-t (SWIM §3.1); and a single node
 * picks it in 2 * nodeCount - 1 periods at the latest, for its order is a round robin (SWIM §4.3).
 */
export function probedPeriodsMax(nodeCount: number): number {
  return Math.min(Math.ceil(-Math.log(MISS_PROBABILITY)), 2 * nodeCount - 1);
}

/**
 * Time from a crash until one of `nodeCount` live and healthy nodes suspects the crashed member: until it is probed,
 * and the period in which the probe fails.
 */
export function suspectedMaxMs(config: SwimConfig, nodeCount: number): number {
  return (probedPeriodsMax(nodeCount) + 1) * config.probeIntervalMs;
}

/**
 * Time from a crash until each of `nodeCount` live and healthy nodes knows that the member is dead: it is suspected,
 * the suspicion spreads, and each node's own clock runs out even if nobody confirms. Usually confirmations make it much
 * shorter.
 */
export function crashKnownMaxMs(config: SwimConfig, nodeCount: number, loss: number = 0): number {
  const suspicionMs = suspicionMaxMs(config, nodeCount + 1);
  return suspectedMaxMs(config, nodeCount) + spreadMaxMs(config, nodeCount, loss) + suspicionMs;
}
