/**
 * Bounds on what a node remembers of members and events, each with its source or arithmetic. "Chosen" ones lie far
 * above what a correct cluster needs. What one may tune is in `config.ts`, what may come in one message in `limits.ts`.
 */
export const stateLimits = {
  /**
   * Intents about names that are not known yet. Chosen: a mass restart of a large cluster. With the longest names that
   * membership admits they take a megabyte.
   */
  recentIntentsMax: 4_096,
  /** Members that failed or left and are not forgotten yet. Chosen: as many as membership remembers. */
  departedMax: 16_384,
  /** Bytes of the user events of one Lamport time, with `eventOverheadBytes` for each. Chosen. */
  slotMaxBytes: 1_048_576,
  /** Bytes of all user events remembered: 512 of the longest, nearly twice. The oldest make room. */
  eventsMaxBytes: 8_388_608,
  /** What it costs to remember a user event beside its name and payload. Chosen. */
  eventOverheadBytes: 64,
  /** Members whose events, or user events, that a coalescer holds. Chosen: it hands them on early when it is full. */
  coalescedMax: 16_384,
} as const;
