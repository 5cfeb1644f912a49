/** Bounds of rumor traces, each with its arithmetic. */
export const traceLimits = {
  /** Rumors that a member remembers to have heard; the oldest makes room. Chosen: some minutes of a busy cluster. */
  rumorsMax: 1_024,
  /** Bytes of the names by which they are remembered. Chosen: 1,024 of the usual length, which is below 40. */
  keysMaxBytes: 65_536,
  /** Letters of the name of a rumor. Chosen: a stream, a version or a time, and a hash take fewer. */
  keyMaxLength: 64,
  /** Stalls and silences that one member tells. Chosen: those of the last minutes. */
  stallsMax: 16,
  /** The longest that a trace may take, in milliseconds; the same as for an inquiry. */
  timeoutMaxMs: 60_000,
  /** Traces of one node at the same time. Chosen: people ask, and each asks all members. */
  openMax: 8,
  /** Rounds of which a report tells. Chosen: theory is over after some 20 even for a million members. */
  roundsMax: 64,
  /** Times that theory is played through at least. Chosen: a deviation is then known to 10 %. */
  trialsMin: 48,
  /** The same at most. Chosen: a deviation is then known to 3 %. */
  trialsMax: 500,
  /** Copies that all plays together send, about. Chosen: a tenth of a second of work. */
  trialSendsMax: 1_000_000,
  /** Those between two pauses. Chosen: some 8 ms, well below what counts as a stall. */
  sendsAtOnce: 60_000,
} as const;
