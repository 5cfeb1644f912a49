import { ClusterError } from '../util/index.ts';
import { kvLimits } from './limits.ts';

const kib = 1_024;
const hourMs = 3_600_000;

/** What one may tune of the state layer. Limits are checked where a value is written, and nowhere else. */
export interface KvConfig {
  /** Longest key, in bytes of UTF-8. At most 512. @defaultValue 128 */
  readonly keyMaxBytes: number;
  /** Longest shared value, in bytes. At most 256 KiB. @defaultValue 16384 */
  readonly sharedValueMaxBytes: number;
  /** Keys with a value in the shared map. At most 100,000. @defaultValue 10000 */
  readonly sharedKeysMax: number;
  /** Keys and values of the shared map together, in bytes. At most 64 MiB. @defaultValue 16777216 */
  readonly sharedMaxBytes: number;
  /** Deletions in the shared map that are still remembered. At most 100,000. @defaultValue 10000 */
  readonly sharedTombstonesMax: number;
  /** Keys that this node owns. At most 1,024. @defaultValue 64 */
  readonly ownedKeysMax: number;
  /** Keys and values that this node owns, together, in bytes. At most 256 KiB. @defaultValue 16384 */
  readonly ownedMaxBytes: number;
  /** Keys of this node's telemetry. At most 64. @defaultValue 16 */
  readonly telemetryKeysMax: number;
  /** Keys and values of this node's telemetry, together, in bytes. At most 32 KiB. @defaultValue 4096 */
  readonly telemetryMaxBytes: number;
  /** Shared writes of this node in the long run. @defaultValue 50 */
  readonly sharedWritesPerSecond: number;
  /** Shared writes of this node at once. @defaultValue 500 */
  readonly sharedWritesBurst: number;
  /** How far ahead of wall time a stamp may be, in milliseconds. @defaultValue 5000 */
  readonly maxAheadMs: number;
  /** How long a shared deletion is remembered after it came here. Any time is safe; longer makes resyncs rarer. @defaultValue 24 h */
  readonly sharedTombstoneKeepMs: number;
  /** How long a deletion in an owned lane is remembered. @defaultValue 1 h */
  readonly ownedTombstoneKeepMs: number;
  /** How long after its owner is gone a stream is taken over by another node. @defaultValue 1 h */
  readonly adoptAfterMs: number;
  /** How long a dead stream without entries stays in the digest. @defaultValue 24 h */
  readonly retireAfterMs: number;
  /** How long a retired stream is remembered; the horizon of what may still come back. @defaultValue 7 days */
  readonly retiredKeepMs: number;
}

/** The values of the design, for a thousand nodes and a flag store. */
export const kvDefaults: KvConfig = {
  keyMaxBytes: 128,
  sharedValueMaxBytes: 16 * kib,
  sharedKeysMax: 10_000,
  sharedMaxBytes: 16 * 1_024 * kib,
  sharedTombstonesMax: 10_000,
  ownedKeysMax: 64,
  ownedMaxBytes: 16 * kib,
  telemetryKeysMax: 16,
  telemetryMaxBytes: 4 * kib,
  sharedWritesPerSecond: 50,
  sharedWritesBurst: 500,
  maxAheadMs: 5_000,
  sharedTombstoneKeepMs: 24 * hourMs,
  ownedTombstoneKeepMs: hourMs,
  adoptAfterMs: hourMs,
  retireAfterMs: 24 * hourMs,
  retiredKeepMs: 7 * 24 * hourMs,
};

/** The names of the settings that have a hard limit of the same name. */
export const boundedSettings = [
  'keyMaxBytes',
  'sharedValueMaxBytes',
  'sharedKeysMax',
  'sharedMaxBytes',
  'sharedTombstonesMax',
  'ownedKeysMax',
  'ownedMaxBytes',
  'telemetryKeysMax',
  'telemetryMaxBytes',
] as const;

/**
 * The defaults with `changes`.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` when a value is no positive number or above its hard limit
 */
export function checkKvConfig(changes: Partial<KvConfig> = {}): KvConfig {
  const config = { ...kvDefaults, ...changes };
  for (const [name, value] of Object.entries(config)) {
    if (!(value > 0)) throw new ClusterError('ERR_CONFIG', `kv.${name} is ${value}, and must be more than 0`);
  }
  for (const name of boundedSettings) {
    if (config[name] <= kvLimits[name]) continue;
    throw new ClusterError('ERR_CONFIG', `kv.${name} is ${config[name]}, the limit is ${kvLimits[name]}`);
  }
  return config;
}
