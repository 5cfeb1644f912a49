import {
  checkNumbers,
  checkOptionNames,
  checkSwitches,
  ClusterError,
  insistOnConfig,
  type NumberRange,
  type OptionOf,
} from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import { serfDefaults, type SerfConfig } from './config.ts';
import { serfLimits } from './limits.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const YEAR_MS = 365 * DAY_MS;
/** A packet holds no more. */
const PACKET_BYTES = 65_507;
const NAME_MAX_BYTES = 128;

const ranges: Record<OptionOf<SerfConfig, number>, NumberRange> = {
  protocolVersion: { min: 2, max: 5, isCount: true },
  broadcastTimeoutMs: { min: 1, max: DAY_MS },
  leavePropagateDelayMs: { min: 0, max: DAY_MS },
  eventBufferSize: { min: 1, max: serfLimits.eventSlotsMax, isCount: true },
  queryBufferSize: { min: 1, max: serfLimits.eventSlotsMax, isCount: true },
  reapIntervalMs: { min: 1, max: DAY_MS },
  reconnectIntervalMs: { min: 1, max: DAY_MS },
  reconnectTimeoutMs: { min: 1, max: YEAR_MS },
  tombstoneTimeoutMs: { min: 1, max: YEAR_MS },
  recentIntentTimeoutMs: { min: 1, max: DAY_MS },
  queueCheckIntervalMs: { min: 1, max: DAY_MS },
  queueDepthMax: { min: 1, max: 1_000_000, isCount: true },
  queueDepthMin: { min: 0, max: 1_000_000, isCount: true },
  queryTimeoutMult: { min: 1, max: 10_000, isCount: true },
  queryMaxBytes: { min: 1, max: PACKET_BYTES, isCount: true },
  queryResponseMaxBytes: { min: 1, max: PACKET_BYTES, isCount: true },
  userEventMaxBytes: { min: 1, max: serfLimits.userEventMaxBytes, isCount: true },
  coalescePeriodMs: { min: 0, max: DAY_MS },
  quiescentPeriodMs: { min: 0, max: DAY_MS },
  userCoalescePeriodMs: { min: 0, max: DAY_MS },
  userQuiescentPeriodMs: { min: 0, max: DAY_MS },
  snapshotMinCompactBytes: { min: 1, max: Number.MAX_SAFE_INTEGER, isCount: true },
};

const switches: readonly OptionOf<SerfConfig, boolean>[] = [
  'resolveNameConflicts',
  'coordinates',
  'validateNames',
  'rejoinAfterLeave',
];

/**
 * A frozen, complete copy of `config`, if it is safe to run with.
 *
 * @throws `ClusterError` `ERR_CONFIG` that names the option, its value and the limit
 */
export function checkSerfConfig(config: Partial<SerfConfig>): SerfConfig {
  checkOptionNames(config, serfDefaults, 'SerfConfig');
  const complete = { ...serfDefaults, ...config };
  checkProtocolVersion(complete.protocolVersion);
  checkUserEventLimit(complete.userEventMaxBytes);
  checkNumbers(complete, ranges);
  checkSwitches(complete, switches);
  return Object.freeze(complete);
}

/**
 * Insists that `name` is one that every file and script can hold, and with `validateNames` one that Serf allows.
 *
 * @throws `ClusterError` `ERR_NAME`
 */
export function checkMemberName(name: string, config: SerfConfig): void {
  // Snapshot and scripts have a line for each name.
  if (hasControlCharacter(name)) {
    throw new ClusterError('ERR_NAME', `name ${JSON.stringify(name)} contains a control character`);
  }
  if (config.validateNames && !isValidName(name)) {
    throw new ClusterError(
      'ERR_NAME',
      `name '${name}' is not valid: with validateNames a name has letters, digits, '-' and '.', at most ${NAME_MAX_BYTES} bytes (it has ${utf8Length(name)})`,
    );
  }
}

/** Whether Serf allows the name where it validates names. */
export function isValidName(name: string): boolean {
  return name.length <= NAME_MAX_BYTES && /^[A-Za-z0-9\-.]+$/.test(name);
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** In Serf's words, which its tools show. */
function checkProtocolVersion(version: number): void {
  const { min, max } = ranges.protocolVersion;
  insistOnConfig(version >= min, `Protocol version '${version}' too low. Must be in range: [${min}, ${max}]`);
  insistOnConfig(version <= max, `Protocol version '${version}' too high. Must be in range: [${min}, ${max}]`);
}

/** In Serf's words, which its tools show. */
function checkUserEventLimit(limitBytes: number): void {
  const { max } = ranges.userEventMaxBytes;
  insistOnConfig(
    limitBytes <= max,
    `user event size limit exceeds limit of ${max} bytes (userEventMaxBytes is ${limitBytes})`,
  );
}
