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
  /** Names in a node filter. Chosen: a query travels in one packet, which 65,507 names of no letter would fill. */
  filterNamesMax: 65_507,
  /** Tags of a member. Chosen: 512 bytes of metadata hold at most 171 different ones. */
  tagsMax: 256,
  /** Keys in an answer to list-keys. Chosen: what 65,507 bytes can hold, at 25 bytes for the shortest key. */
  keysMax: 2_620,
  /** Dimensions of a coordinate on arrival. Chosen: Serf has 8, and others are refused when they are used. */
  dimensionsMax: 64,
  /** Lamport times with events in one push/pull. Chosen: 128 times the buffer of the default configuration. */
  eventSlotsMax: 65_536,
  /** User events of one Lamport time. Chosen: all members of a large cluster may fire at once. */
  eventsPerTimeMax: 1_024,
  /** User events in one push/pull. Chosen: 32 for each Lamport time of the default configuration. */
  pushPullEventsMax: 16_384,
  /** Intents about unknown members that are remembered. Chosen: a mass restart of a large cluster. */
  recentIntentsMax: 4_096,
  /** Name in such an intent. Chosen: Serf's own limit where it validates names. */
  recentIntentNameMaxBytes: 128,
} as const;
