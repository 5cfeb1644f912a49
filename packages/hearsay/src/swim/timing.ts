/*
 * What follows from the size of the cluster: memberlist's formulas, computed in double precision exactly as it does,
 * and bounds on how long the protocol takes. `memberCount` is the number of known members, self and the dead included,
 * unless said otherwise.
 */

/** How often a broadcast is sent; at least once whatever this says (memberlist `retransmitLimit`). */
export function retransmitLimit(retransmitMult: number, memberCount: number): number {
  return retransmitMult * Math.ceil(Math.log10(memberCount + 1));
}

/** How many independent confirmations shrink a suspicion to its shortest time (memberlist `suspectNode`). */
export function suspicionConfirmationsMax(suspicionMult: number, memberCount: number): number {
  const wantedCount = suspicionMult - 2;
  return memberCount - 2 < wantedCount ? 0 : wantedCount;
}

/** The shortest time from suspicion to death (memberlist `suspicionTimeout`). */
export function suspicionMinMs(suspicionMult: number, memberCount: number, probeIntervalMs: number): number {
  const scalePermille = Math.trunc(1_000 * Math.max(1, Math.log10(Math.max(1, memberCount))));
  return (suspicionMult * scalePermille * probeIntervalMs) / 1_000;
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
