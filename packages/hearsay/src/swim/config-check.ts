import {
  checkNumbers,
  checkOptionNames,
  checkSwitches,
  insistOnConfig,
  type NumberRange,
  type OptionOf,
} from '../util/index.ts';
import { utf8Length, wireLimits } from '../wire/index.ts';
import { swimPresets, type SwimConfig } from './config.ts';
import { packetMaxBytesMin } from './packet-budget.ts';

/** No interval of a failure detector is longer than a day. */
const DAY_MS = 24 * 60 * 60 * 1_000;

/** A full packet may exceed its target by the entry of its first message (2) and a checksum (5). */
const PACKET_MAX_BYTES_MAX = wireLimits.packetMaxBytes - 7;

/** An accusation must spread and the refutation come back, each in two rounds of gossip at least. */
const REFUTATION_GOSSIP_ROUNDS = 5;

const ranges: Record<OptionOf<SwimConfig, number>, NumberRange> = {
  probeIntervalMs: { min: 1, max: DAY_MS },
  probeTimeoutMs: { min: 1, max: DAY_MS },
  indirectChecks: { min: 0, max: 16, isCount: true },
  awarenessMaxMultiplier: { min: 1, max: 64, isCount: true },
  suspicionMult: { min: 2, max: 100, isCount: true },
  suspicionMaxTimeoutMult: { min: 1, max: 100, isCount: true },
  suspicionConfirmations: { min: 0, max: 16, isCount: true },
  retransmitMult: { min: 1, max: 100, isCount: true },
  gossipIntervalMs: { min: 1, max: DAY_MS },
  gossipNodes: { min: 1, max: 64, isCount: true },
  gossipMaxBytesPerSecond: { min: 1_024, max: 2 ** 30, isCount: true },
  gossipToTheDeadMs: { min: 1, max: 30 * DAY_MS },
  pushPullIntervalMs: { min: 0, max: DAY_MS },
  streamTimeoutMs: { min: 1, max: DAY_MS },
  packetMaxBytes: { min: packetMaxBytesMin(0), max: PACKET_MAX_BYTES_MAX, isCount: true },
  membershipShare: { min: 0.1, max: 1 },
  deadNodeReclaimMs: { min: 0, max: 365 * DAY_MS },
  healIntervalMs: { min: 0, max: DAY_MS },
  departedMemoryMs: { min: 1, max: 365 * DAY_MS },
  lateToleranceMs: { min: 1, max: DAY_MS },
  protocolVersion: { min: 1, max: 5, isCount: true },
};

const switches: readonly OptionOf<SwimConfig, boolean>[] = [
  'streamPings',
  'buddyPings',
  'spacedProbes',
  'compression',
  'skipInboundLabelCheck',
  'verifyIncoming',
  'verifyOutgoing',
];

/**
 * A frozen copy of `config`, if it is safe to run with.
 *
 * @throws `ClusterError` `ERR_CONFIG` that names the option, its value and the limit, or both options of an unsafe pair
 */
export function checkSwimConfig(config: SwimConfig): SwimConfig {
  checkOptionNames(config, swimPresets.lan, 'SwimConfig');
  checkNumbers(config, ranges);
  checkSwitches(config, switches);
  insistOnConfig(typeof config.label === 'string', 'label must be a string');
  checkTimes(config);
  checkPacket(config);
  checkVerification(config);
  return Object.freeze({ ...config });
}

/** Times that undo one another. */
function checkTimes(config: SwimConfig): void {
  const { probeTimeoutMs, probeIntervalMs, suspicionMult, gossipIntervalMs } = config;
  insistOnConfig(
    probeTimeoutMs < probeIntervalMs,
    `probeTimeoutMs is ${probeTimeoutMs}, it must be shorter than probeIntervalMs (${probeIntervalMs}), or indirect pings have no time to answer`,
  );
  insistOnConfig(
    config.lateToleranceMs < probeTimeoutMs,
    `lateToleranceMs is ${config.lateToleranceMs}, it must be shorter than probeTimeoutMs (${probeTimeoutMs}), or a stalled node accuses others`,
  );
  insistOnConfig(
    config.streamTimeoutMs >= probeTimeoutMs,
    `streamTimeoutMs is ${config.streamTimeoutMs}, it must not be shorter than probeTimeoutMs (${probeTimeoutMs})`,
  );
  const suspicionMinMs = suspicionMult * probeIntervalMs;
  const refutationMs = REFUTATION_GOSSIP_ROUNDS * gossipIntervalMs;
  insistOnConfig(
    suspicionMinMs >= refutationMs,
    `suspicionMult (${suspicionMult}) times probeIntervalMs (${probeIntervalMs}) is ${suspicionMinMs} ms, it must be at least ${REFUTATION_GOSSIP_ROUNDS} gossipIntervalMs (${refutationMs} ms), or a suspect cannot refute in time`,
  );
  insistOnConfig(
    config.gossipToTheDeadMs >= suspicionMinMs,
    `gossipToTheDeadMs is ${config.gossipToTheDeadMs}, it must be at least suspicionMult times probeIntervalMs (${suspicionMinMs}), or a member declared dead by mistake never hears of it`,
  );
  insistOnConfig(
    config.departedMemoryMs >= config.gossipToTheDeadMs,
    `departedMemoryMs is ${config.departedMemoryMs}, it must not be shorter than gossipToTheDeadMs (${config.gossipToTheDeadMs})`,
  );
  insistOnConfig(
    config.pushPullIntervalMs > 0 || config.healIntervalMs > 0,
    'pushPullIntervalMs and healIntervalMs are both 0: what gossip misses would never be repaired',
  );
}

function checkPacket(config: SwimConfig): void {
  const labelBytes = utf8Length(config.label);
  insistOnConfig(
    labelBytes <= wireLimits.labelMaxBytes,
    `label is ${labelBytes} bytes, the limit is ${wireLimits.labelMaxBytes}`,
  );
  const minBytes = packetMaxBytesMin(labelBytes);
  insistOnConfig(
    config.packetMaxBytes >= minBytes,
    `packetMaxBytes is ${config.packetMaxBytes}, with a label of ${labelBytes} bytes it must be at least ${minBytes}, or the largest alive message never leaves`,
  );
}

function checkVerification(config: SwimConfig): void {
  insistOnConfig(
    config.verifyOutgoing || !config.verifyIncoming,
    'verifyIncoming is on and verifyOutgoing is off: nodes set so refuse what they send to each other',
  );
}
