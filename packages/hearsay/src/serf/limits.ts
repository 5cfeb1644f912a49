/**
 * Bounds that this layer keeps for safety, each with its source or arithmetic. "Chosen" ones lie far above what a
 * correct cluster needs. What one may tune is in `config.ts`.
 */
export const serfLimits = {
  /** Name and payload of a user event, and its encoding (Serf `UserEventSizeLimit`). */
  userEventMaxBytes: 9_216,
  /** Name of an event or query, and a note to a key operation: the largest user event. */
  textMaxBytes: 9_216,
  /** Name of a node on arrival. Chosen: twice what membership admits, as others may know longer ones. */
  nameMaxBytes: 512,
  /** Filters of one query. Chosen: there are at most 171 different tags, as 512 bytes hold no more. */
  filtersMax: 256,
  /** Tags of a member. Chosen: 512 bytes of metadata hold at most 171 different ones. */
  tagsMax: 256,
  /** Keys in an answer to list-keys. Chosen: what 65,507 bytes can hold, at 25 bytes for the shortest key. */
  keysMax: 2_620,
  /** Dimensions of a coordinate on arrival. Chosen: Serf has 8, and others are refused when they are used. */
  dimensionsMax: 64,
  /** Components of a coordinate on arrival. Chosen: ten times the longest round trip that counts. */
  coordinateMaxSeconds: 100,
  /** Lamport times with events in one push/pull. Chosen: 128 times the buffer of the default configuration. */
  eventSlotsMax: 65_536,
  /** User events of one Lamport time. Chosen: all members of a large cluster may fire at once. */
  eventsPerTimeMax: 1_024,
  /** User events in one push/pull. Chosen: 32 for each Lamport time of the default configuration. */
  pushPullEventsMax: 16_384,
  /** UTF-16 units of an expression. Chosen: four times the longest query of the default configuration. */
  patternMaxLength: 4_096,
  /** Groups inside one another in an expression. Chosen: Go takes 1,000, people write three. */
  patternMaxDepth: 200,
  /** States of an expression's automaton. Chosen: five times the largest repetition count of RE2. */
  patternStatesMax: 5_000,
  /**
   * Steps that all expressions of one query may take together: some milliseconds. Chosen: a tag has at most 508
   * characters, and an automaton is seldom in more than 20 states.
   */
  filterStepsMax: 200_000,
} as const;
