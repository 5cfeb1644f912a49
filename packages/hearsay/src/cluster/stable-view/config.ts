import { checkNumbers, checkOptionNames, insistOnConfig } from '../../util/index.ts';

/** When the stable view changes. Times are milliseconds. */
export interface StableViewConfig {
  /**
   * How long nothing more may have changed before a batch is told. It makes one batch of changes that belong together
   * and come one after the other, such as joins. A tenth of it is enough when members have only failed and nobody is
   * suspected any more.
   *
   * @defaultValue one protocol period: 1000 (LAN, local), 5000 (WAN)
   */
  readonly quietMs: number;
  /**
   * A batch is told no later than this after its first change, even if some members are still in doubt; what becomes of
   * them is another batch.
   *
   * @defaultValue ten protocol periods
   * @throws `ClusterError` `ERR_CONFIG` when shorter than `quietMs`
   */
  readonly capMs: number;
  /**
   * A suspect that so many different members accuse is in doubt, and batches wait until it is clear whether it has
   * failed. One that fewer accuse holds up nobody: its accuser may be at fault. With fewer confirmations than that
   * (`SwimConfig.suspicionConfirmations`), all of them are enough.
   *
   * @defaultValue 2; from 1 to 64
   * @see Rapid §4.2: the low watermark
   */
  readonly lowMark: number;
  /**
   * A member that so many different members have accused within {@link StableViewConfig.memoryMs} has failed for this
   * view, although it denies it each time: a member that most cannot reach, most of the time. Unless more than a quarter
   * of all members are accused, for then the network is at fault.
   *
   * @defaultValue 5; above `lowMark`, at most 64
   * @see Rapid §4.2: the high watermark
   */
  readonly highMark: number;
  /**
   * How long an accusation counts. A member that has failed and is back is in the view again when it was not declared dead
   * for this time, and fewer than {@link StableViewConfig.lowMark} have accused it.
   *
   * @defaultValue sixty protocol periods
   * @throws `ClusterError` `ERR_CONFIG` when shorter than `capMs`
   */
  readonly memoryMs: number;
}

const marksMax = 64;
const dayMs = 24 * 60 * 60 * 1_000;

/** The defaults for a protocol period of that length. */
export function stableViewDefaults(probeIntervalMs: number): StableViewConfig {
  return {
    quietMs: probeIntervalMs,
    capMs: 10 * probeIntervalMs,
    lowMark: 2,
    highMark: 5,
    memoryMs: 60 * probeIntervalMs,
  };
}

/**
 * The defaults with `changes`, if they make sense. Frozen.
 *
 * @throws `ClusterError` `ERR_CONFIG` that names the option, its value and the limit
 */
export function checkStableView(changes: Partial<StableViewConfig>, probeIntervalMs: number): StableViewConfig {
  const defaults = stableViewDefaults(probeIntervalMs);
  checkOptionNames(changes, defaults, 'stableView');
  const config = { ...defaults, ...changes };
  checkNumbers(config, {
    quietMs: { min: 1, max: dayMs },
    capMs: { min: 1, max: dayMs },
    lowMark: { min: 1, max: marksMax, isCount: true },
    highMark: { min: 2, max: marksMax, isCount: true },
    memoryMs: { min: 1, max: 60 * dayMs },
  });
  const { quietMs, capMs, lowMark, highMark, memoryMs } = config;
  insistOnConfig(quietMs <= capMs, `capMs is ${capMs}, it must not be shorter than quietMs, ${quietMs}`);
  insistOnConfig(capMs <= memoryMs, `memoryMs is ${memoryMs}, it must not be shorter than capMs, ${capMs}`);
  insistOnConfig(lowMark < highMark, `highMark is ${highMark}, it must be above lowMark, ${lowMark}`);
  return Object.freeze(config);
}
