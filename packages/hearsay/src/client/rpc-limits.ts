/**
 * Sizes of what travels over RPC. The reference has no limits at all (serf.md §14.2), so all are chosen: far above what
 * a correct peer sends, and checked before anything is allocated.
 */
export const rpcLimits = {
  /** A request the agent takes, header or body: a shared value of the largest size, 256 KiB, and what goes with it. */
  requestMaxBytes: 327_680,
  /** A response the client takes: 20,000 members with 512 bytes of tags each. */
  responseMaxBytes: 16_777_216,
  /** Containers inside one another. Known messages nest four deep: body, members, member, tags. */
  nestingMaxDepth: 16,
  /** Entries of one list or map, such as members and messages by member. */
  collectionMaxEntries: 131_072,
  /** Entries of a member's tags: 512 bytes hold fewer. */
  tagsMaxEntries: 1_024,
  /** Groups of statistics, and entries in each. */
  statsMaxEntries: 4_096,
} as const;
