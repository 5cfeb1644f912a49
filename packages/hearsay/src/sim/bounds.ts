import {
  pushPullIntervalMs,
  retransmitLimit,
  suspicionConfirmationsMax,
  suspicionMinMs,
  type SwimConfig,
} from '../swim/index.ts';

/** Attempts after which a random choice among a few has hit the right one, but for one case in a thousand. */
const RANDOM_ATTEMPTS = 8;

/** For how long a rumor is sent: when it is over, everybody has it or only a push/pull can help. */
export function disseminationMs(config: SwimConfig, memberCount: number): number {
  const { retransmitMult, gossipNodes, gossipIntervalMs } = config;
  const rounds = Math.ceil(retransmitLimit(retransmitMult, memberCount) / gossipNodes);
  // Log rounds until the last one hears it (papers: log_{k+1} N + ln N / k), and then as long as it sends it on.
  const spread = Math.log(memberCount) / Math.log(1 + gossipNodes) + Math.log(memberCount) / gossipNodes + 1.5;
  return (Math.ceil(spread) + rounds) * gossipIntervalMs;
}

/** The longest suspicion, without any confirmation. */
export function suspicionMaxMs(config: SwimConfig, memberCount: number): number {
  const { suspicionMult, suspicionMaxTimeoutMult, probeIntervalMs } = config;
  const minMs = suspicionMinMs(suspicionMult, memberCount, probeIntervalMs);
  const isFixed = suspicionConfirmationsMax(suspicionMult, memberCount) < 1;
  return isFixed ? minMs : minMs * suspicionMaxTimeoutMult;
}

/**
 * By when a crash is known to every live member, at the latest: the member is probed within two rounds less one period
 * (SWIM §4.3), the period of the probe that fails, the longest suspicion, and the rumors that start and end it.
 * `healthScoreMax` stretches the periods of nodes that doubt themselves.
 */
export function detectionBoundMs(config: SwimConfig, memberCount: number, healthScoreMax: number = 0): number {
  const periodMs = config.probeIntervalMs * (1 + healthScoreMax);
  const roundsMs = (2 * memberCount - 1) * periodMs;
  return roundsMs + periodMs + suspicionMaxMs(config, memberCount) + 2 * disseminationMs(config, memberCount);
}

/**
 * By when all live members agree after the last fault: crashes are found even by nodes that doubt themselves most, lost
 * members by some rounds of healing, lost rumors by some push/pulls.
 */
export function convergenceBoundMs(config: SwimConfig, memberCount: number): number {
  const detectionMs = detectionBoundMs(config, memberCount, config.awarenessMaxMultiplier - 1);
  const healingMs = RANDOM_ATTEMPTS * config.healIntervalMs;
  const repairMs = RANDOM_ATTEMPTS * pushPullIntervalMs(config.pushPullIntervalMs, memberCount);
  return detectionMs + healingMs + repairMs + config.streamTimeoutMs;
}
