/**
 * Bounds that every node keeps alike, whatever it is configured to. What one may tune, up to these, is in `config.ts`:
 * the writer checks the tuned limit, the receiver only this one, because a receiver that takes less than others diverges.
 */
export const kvLimits = {
  /** Bytes of a key as UTF-8. */
  keyMaxBytes: 512,
  /** Bytes of a shared value. */
  sharedValueMaxBytes: 262_144,
  /** Keys of the shared map that have a value. */
  sharedKeysMax: 100_000,
  /** Keys and values of the shared map together. */
  sharedMaxBytes: 67_108_864,
  /** Deletions of the shared map that are still remembered. */
  sharedTombstonesMax: 100_000,
  /** Keys that one node owns. */
  ownedKeysMax: 1_024,
  /** Keys and values that one node owns, together. */
  ownedMaxBytes: 262_144,
  /** Keys of one node's telemetry. */
  telemetryKeysMax: 64,
  /** Keys and values of one node's telemetry, together. */
  telemetryMaxBytes: 32_768,
  /** Streams of a lane that are not retired. */
  streamsMax: 8_192,
  /** Streams at which a warning is due. */
  streamsWarnAt: 2_000,
  /** Retired streams that are remembered. */
  retiredMax: 100_000,
  /**
   * Streams of the shared map of which nobody has said whose they are. Chosen: as many as may be retired, of which a
   * newcomer hears no more; so that, whoever invents such streams, those of members find room.
   */
  unnamedStreamsMax: 100_000,
  /** Ranges beyond the prefix that are remembered of a stream. Chosen: 2 KiB, as in an exchange of 256 lost packets. */
  extrasMax: 256,
  /** Keys that wait for one reader of changes; more, and it must take a new snapshot. */
  pendingChangesMax: 10_000,
  /** Longest life of an entry. Chosen: a year. */
  ttlMaxMs: 31_536_000_000,
  /**
   * How often an entry may have been taken over from a dead stream. Chosen: seven years of restarts, one an hour, of a
   * node that never writes the key again.
   */
  adoptMax: 65_536,
  /**
   * How far ahead of this node's wall clock the start of a generation may lie, in milliseconds. Chosen: a century, more
   * than honest clocks are apart, also one that begins in 1970, and far from the end of 48 bits of milliseconds.
   */
  generationAheadMaxMs: 3_155_760_000_000,
  /**
   * How far beyond the latest epoch that a node knows that of a stamp may be. Chosen: an epoch is a clock of the cluster
   * that was set right, and so many of these are not missed between two exchanges.
   */
  epochAheadMax: 16,
} as const;
