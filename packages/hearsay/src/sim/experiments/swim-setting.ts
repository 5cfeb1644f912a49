import type { SwimConfig } from '../../swim/index.ts';
import type { SimNodeOptions } from '../simulator.ts';

/** The protocol period of the SWIM paper (§5). */
export const swimPeriodMs = 2_000;

/**
 * The failure detector of the SWIM paper on this code: a period of 2 s, no local health, a suspicion of fixed length, no
 * probes over streams and no state exchanges.
 */
export const swimSetting: Partial<SwimConfig> = {
  probeIntervalMs: swimPeriodMs,
  probeTimeoutMs: 500,
  indirectChecks: 1,
  streamPings: false,
  awarenessMaxMultiplier: 1,
  suspicionMaxTimeoutMult: 1,
  pushPullIntervalMs: 0,
};

/** A node of the SWIM paper, with `changes` to {@link swimSetting}. Evidence is left out: it sends nothing. */
export function swimNode(changes: Partial<SwimConfig> = {}): SimNodeOptions {
  return { profile: 'lan', rules: 'memberlist', evidence: false, swim: { ...swimSetting, ...changes } };
}
