/** Bounds of telemetry that every node keeps alike. */
export const telemetryLimits = {
  /** Bytes of one published entry, so that it fits into a packet with what is around it (design 3.12). */
  entryMaxBytes: 1_100,
  /** Bytes of one metric within an entry; what would be longer is published coarser. */
  metricMaxBytes: 1_000,
  /** Bytes of a metric's name. Chosen: room for a prefix and a unit; names travel with every sample. */
  nameMaxBytes: 64,
  /** Metrics of one node. Chosen: more than fit into what a node may publish. */
  metricsMax: 128,
  /** Entries of one node that are read. Twice the 32 KiB of a node's telemetry could not hold more. */
  entriesMax: 29,
  /** Bins of a histogram, negative and positive ones together: 20 decades at 1 %; beyond, pairs of bins become one. */
  binsMax: 2_048,
  /** How often a histogram may have been made coarser: then ten bins hold every number from a billionth on. */
  collapsesMax: 12,
  /** Most frequent keys that are counted. */
  topKeysMax: 64,
  /** Bytes of such a key. */
  topKeyMaxBytes: 128,
  /** What a counter of one node comes to: 2^53, up to which every whole number is told apart. Sums of these stay finite. */
  counterMax: 9_007_199_254_740_992,
  /** Restarts that the reader of a counter remembers, by member. As many as there are streams. */
  ledgerMembersMax: 8_192,
  /** Bytes of the answers to a poll. Chosen: one metric of 16,000 members, or all metrics of 60, at their longest. */
  pollHeldMaxBytes: 16_777_216,
} as const;
