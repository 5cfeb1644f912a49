import { ClusterError } from '../util/index.ts';
import { utf8Length, wireLimits } from '../wire/index.ts';
import { swimPresets, type SwimConfig } from './config.ts';
import { packetMaxBytesMin } from './packet-budget.ts';

/** The names of the options that hold a `Value`. */
type OptionOf<Value> = { [Name in keyof SwimConfig]: SwimConfig[Name] extends Value ? Name : never }[keyof SwimConfig];

/** No interval of a failure detector is longer than a day. */
const DAY_MS = 24 * 60 * 60 * 1_000;

/** A full packet may exceed its target by the entry of its first message (2) and a checksum (5). */
const PACKET_MAX_BYTES_MAX = wireLimits.packetMaxBytes - 7;

/** An accusation must spread and the refutation come back, each in two rounds of gossip at least. */
const REFUTATION_GOSSIP_ROUNDS = 5;

/** What each number may be, both ends included. Counts are whole numbers, times may have fractions. */
const ranges: Record<OptionOf<number>, { readonly min: number; readonly max: number; readonly isCount?: true }> = {
  probeIntervalMs: { min: 1, max: DAY_MS },
  probeTimeoutMs: { min: 1, max: DAY_MS },
  indirectChecks: { min: 0, max: 16, isCount: true },
  awarenessMaxMultiplier: { min: 1, max: 64, isCount: true },
  suspicionMult: { min: 2, max: 100, isCount: true },
  suspicionMaxTimeoutMult: { min: 1, max: 100, isCount: true },
  retransmitMult: { min: 1, max: 100, isCount: true },
  gossipIntervalMs: { min: 1, max: DAY_MS },
  gossipNodes: { min: 1, max: 64, isCount: true },
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

const switches: readonly OptionOf<boolean>[] = [
  'streamPings',
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
  checkNames(config);
  checkRanges(config);
  checkTypes(config);
  checkTimes(config);
  checkPacket(config);
  checkSwitches(config);
  return Object.freeze({ ...config });
}

/** A misspelt option would otherwise silently keep its default. */
function checkNames(config: SwimConfig): void {
  for (const name of Object.keys(config)) {
    insist(Object.hasOwn(swimPresets.lan, name), `${name} is no option of SwimConfig`);
  }
}

function checkRanges(config: SwimConfig): void {
  for (const [name, { min, max, isCount }] of Object.entries(ranges)) {
    const value: unknown = config[name as OptionOf<number>];
    const isNumber = typeof value === 'number' && (isCount !== true || Number.isInteger(value));
    insist(isNumber, `${name} is ${String(value)}, it must be a ${isCount === true ? 'whole ' : ''}number`);
    insist(value >= min && value <= max, `${name} is ${value}, it must be from ${min} to ${max}`);
  }
}

function checkTypes(config: SwimConfig): void {
  for (const name of switches) {
    insist(typeof config[name] === 'boolean', `${name} is ${String(config[name])}, it must be true or false`);
  }
  insist(typeof config.label === 'string', 'label must be a string');
}

/** Times that undo one another. */
function checkTimes(config: SwimConfig): void {
  const { probeTimeoutMs, probeIntervalMs, suspicionMult, gossipIntervalMs } = config;
  insist(
    probeTimeoutMs < probeIntervalMs,
    `probeTimeoutMs is ${probeTimeoutMs}, it must be shorter than probeIntervalMs (${probeIntervalMs}), or indirect pings have no time to answer`,
  );
  insist(
    config.lateToleranceMs < probeTimeoutMs,
    `lateToleranceMs is ${config.lateToleranceMs}, it must be shorter than probeTimeoutMs (${probeTimeoutMs}), or a stalled node accuses others`,
  );
  insist(
    config.streamTimeoutMs >= probeTimeoutMs,
    `streamTimeoutMs is ${config.streamTimeoutMs}, it must not be shorter than probeTimeoutMs (${probeTimeoutMs})`,
  );
  const suspicionMinMs = suspicionMult * probeIntervalMs;
  const refutationMs = REFUTATION_GOSSIP_ROUNDS * gossipIntervalMs;
  insist(
    suspicionMinMs >= refutationMs,
    `suspicionMult (${suspicionMult}) times probeIntervalMs (${probeIntervalMs}) is ${suspicionMinMs} ms, it must be at least ${REFUTATION_GOSSIP_ROUNDS} gossipIntervalMs (${refutationMs} ms), or a suspect cannot refute in time`,
  );
  insist(
    config.gossipToTheDeadMs >= suspicionMinMs,
    `gossipToTheDeadMs is ${config.gossipToTheDeadMs}, it must be at least suspicionMult times probeIntervalMs (${suspicionMinMs}), or a member declared dead by mistake never hears of it`,
  );
  insist(
    config.departedMemoryMs >= config.gossipToTheDeadMs,
    `departedMemoryMs is ${config.departedMemoryMs}, it must not be shorter than gossipToTheDeadMs (${config.gossipToTheDeadMs})`,
  );
  insist(
    config.pushPullIntervalMs > 0 || config.healIntervalMs > 0,
    'pushPullIntervalMs and healIntervalMs are both 0: what gossip misses would never be repaired',
  );
}

function checkPacket(config: SwimConfig): void {
  const labelBytes = utf8Length(config.label);
  insist(
    labelBytes <= wireLimits.labelMaxBytes,
    `label is ${labelBytes} bytes, the limit is ${wireLimits.labelMaxBytes}`,
  );
  const minBytes = packetMaxBytesMin(labelBytes);
  insist(
    config.packetMaxBytes >= minBytes,
    `packetMaxBytes is ${config.packetMaxBytes}, with a label of ${labelBytes} bytes it must be at least ${minBytes}, or the largest alive message never leaves`,
  );
}

function checkSwitches(config: SwimConfig): void {
  insist(
    config.verifyOutgoing || !config.verifyIncoming,
    'verifyIncoming is on and verifyOutgoing is off: nodes set so refuse what they send to each other',
  );
}

function insist(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ClusterError('ERR_CONFIG', message);
}
