import {
  checkNumbers,
  checkOptionNames,
  checkSwitches,
  insistOnConfig,
  type NumberRange,
  type OptionOf,
} from '../util/index.ts';

const kib = 1_024;

/** How state spreads: who is asked how often, and how much may be sent. What is stored, `KvConfig` says. */
export interface KvGossipConfig {
  /**
   * With how many members state is compared in each period: K of the seed document. More spreads what rumors missed
   * sooner, and costs as many summaries, about 200 bytes a second for each at rest.
   *
   * @defaultValue 2
   */
  readonly peersPerPeriod: number;
  /** How long a period lasts: T of the seed document, in milliseconds. @defaultValue 1000 */
  readonly periodMs: number;
  /** By how much a period may be shorter or longer, as a part of it, so that nodes do not act in step. @defaultValue 0.2 */
  readonly periodJitter: number;
  /** Spread new entries as rumors too. Without, they wait for the next comparison. @defaultValue true */
  readonly rumors: boolean;
  /** Bytes of state that this node sends in packets in a second, in the long run. @defaultValue 65536 */
  readonly bytesPerSecond: number;
  /**
   * Bytes of state that this node sends in packets at once. Half a second's, so that in no ten seconds more than 5 % above
   * `bytesPerSecond` is sent. @defaultValue 32768
   */
  readonly burstBytes: number;
  /**
   * Bytes in a second over streams, for large values and for a node that joins or has fallen behind; beside
   * `bytesPerSecond`. @defaultValue 1048576
   */
  readonly transferBytesPerSecond: number;
  /** How long a rumor waits for others to travel with, in milliseconds. @defaultValue 10 */
  readonly batchWindowMs: number;
  /** Rumors that may wait; beyond, entries are left to the comparisons. @defaultValue 4096 */
  readonly rumorQueueMax: number;
  /** Up to this many bytes of value an entry travels in a rumor; a larger one is announced, and pulled by who lacks it. @defaultValue 1000 */
  readonly rumorValueMaxBytes: number;
  /** Multiplies the logarithm of the member count: how often a rumor is sent. @defaultValue 4 */
  readonly retransmitMult: number;
  /** A write that no peer has after this time makes the layer say `backpressure`, in milliseconds. @defaultValue 5000 */
  readonly lagWarnMs: number;
  /** Write a small telemetry key now and then, by whose age others see how fast state spreads. @defaultValue true */
  readonly beacon: boolean;
  /** Members, by name or `host:port`, one of which is asked now and then whatever chance says. @defaultValue none */
  readonly seeds: readonly string[];
  /** How often a seed is asked, in milliseconds. @defaultValue 30000 */
  readonly seedIntervalMs: number;
}

/** The values of the design, for up to some thousand nodes. */
export const kvGossipDefaults: KvGossipConfig = {
  peersPerPeriod: 2,
  periodMs: 1_000,
  periodJitter: 0.2,
  rumors: true,
  bytesPerSecond: 64 * kib,
  burstBytes: 32 * kib,
  transferBytesPerSecond: 1_024 * kib,
  batchWindowMs: 10,
  rumorQueueMax: 4_096,
  rumorValueMaxBytes: 1_000,
  retransmitMult: 4,
  lagWarnMs: 5_000,
  beacon: true,
  seeds: [],
  seedIntervalMs: 30_000,
};

const dayMs = 86_400_000;

const ranges: Record<OptionOf<KvGossipConfig, number>, NumberRange> = {
  peersPerPeriod: { min: 1, max: 16, isCount: true },
  periodMs: { min: 10, max: dayMs },
  periodJitter: { min: 0, max: 0.9 },
  // A packet must fit, else nothing would ever be sent.
  bytesPerSecond: { min: 2_000, max: 1e9 },
  burstBytes: { min: 16 * kib, max: 1e9 },
  transferBytesPerSecond: { min: 2_000, max: 1e9 },
  batchWindowMs: { min: 0, max: 10_000 },
  rumorQueueMax: { min: 1, max: 65_536, isCount: true },
  rumorValueMaxBytes: { min: 0, max: 1_000, isCount: true },
  retransmitMult: { min: 1, max: 100, isCount: true },
  lagWarnMs: { min: 1, max: dayMs },
  seedIntervalMs: { min: 1, max: dayMs },
};

/**
 * The defaults with `changes`.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` that names the option, its value and the limit
 */
export function checkKvGossipConfig(changes: Partial<KvGossipConfig> = {}): KvGossipConfig {
  const config = { ...kvGossipDefaults, ...changes };
  checkOptionNames(config, kvGossipDefaults, 'KvGossipConfig');
  checkNumbers(config, ranges);
  checkSwitches(config, ['rumors', 'beacon']);
  const areSeedsNames = Array.isArray(config.seeds) && config.seeds.every((seed) => typeof seed === 'string');
  insistOnConfig(areSeedsNames, 'seeds must be a list of names or addresses');
  return config;
}
