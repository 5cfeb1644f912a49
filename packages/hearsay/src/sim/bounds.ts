import { crashKnownMaxMs, pushPullIntervalMs, suspicionMaxMs, type SwimConfig } from '../swim/index.ts';

/** Attempts after which a random choice among a few has hit the right one, but for few cases in a thousand. */
const RANDOM_ATTEMPTS = 8;

/**
 * By when all live members agree after the last fault. Crashes are found even by nodes that doubt themselves most and
 * come to a member last (SWIM §4.3) and hear nobody for long, lost members by some rounds of healing, lost rumors by
 * some push/pulls.
 */
export function convergenceBoundMs(config: SwimConfig, memberCount: number): number {
  const roundsMs = (2 * memberCount - 1) * config.probeIntervalMs * config.awarenessMaxMultiplier;
  const healingMs = RANDOM_ATTEMPTS * config.healIntervalMs;
  const repairMs = RANDOM_ATTEMPTS * pushPullIntervalMs(config.pushPullIntervalMs, memberCount);
  // The clock of a suspicion stands still for as long as the longest one, and an accusation waits for the shortest.
  const frozenMs = 2 * suspicionMaxMs(config, memberCount);
  return roundsMs + crashKnownMaxMs(config, memberCount) + frozenMs + healingMs + repairMs + config.streamTimeoutMs;
}
