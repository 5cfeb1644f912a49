/**
 * Bounds that this layer keeps for safety, each with its source or arithmetic. "Chosen" ones lie far above what a
 * correct cluster needs. What one may tune is in `config.ts`; sizes on the wire are in wire's limits.
 */
export const swimLimits = {
  /**
   * A member's name in UTF-8. Chosen: longest host name (253 bytes) and a little; longer names are refused on arrival.
   */
  nameMaxBytes: 255,
  /** Records of members. Chosen: ten times the largest cluster we simulate; an unknown member beyond it is refused. */
  membersMax: 100_000,
  /**
   * Broadcasts waiting in one queue. Chosen: names replace one another, so this is a change to every member of a
   * cluster of 8,192 at once. Beyond it the one sent most often makes room.
   */
  queueMaxEntries: 8_192,
  /** Bytes of messages waiting in one queue. Chosen: 512 for each of the 8,192 entries. */
  queueMaxBytes: 4_194_304,
  /** Keys in a keyring. Chosen: a rotation needs two; every key is tried on a packet that none of them opens. */
  keysMax: 16,
  /**
   * How far ahead of its known incarnation a member's own word is still followed: half of the 32 bits. What others say of
   * it has to be nearer, so that its denial is no further.
   */
  incarnationJumpMax: 2_147_483_648,
  /** The highest incarnation that a member takes or is known with: one that wraps to 0 could never be refuted again. */
  incarnationMax: 4_294_967_294,
  /** Streams of others open at once. memberlist answers up to 127 push/pulls (`maxPushPullRequests`). */
  streamsMax: 127,
  /** Streams of our own open at once: pings of the probes, exchanges, user messages. Chosen: as many as of others. */
  streamsOpenedMax: 127,
  /** Bytes of unfinished messages on all streams together. Chosen: the largest message that one stream may carry, twice. */
  streamsHeldMaxBytes: 134_217_728,
  /** Addresses that one join contacts at once. Chosen: memberlist contacts one after the other. */
  joinParallelMax: 16,
  /** Addresses in one join. Chosen. */
  joinAddressesMax: 4_096,
  /** Departed members remembered, so that stale news does not revive them and healing can try them. Chosen. */
  departedMax: 16_384,
  /** Every so many packets user messages choose first, so that a long one finds room too. Chosen. */
  userFirstEveryPackets: 4,
  /** Direct corrections of nodes that do not know they were overruled: how many at once. Chosen. */
  directMessageBurst: 32,
  /** The same in the long run. Chosen: far below what gossip sends, as they answer what comes from outside. */
  directMessagesPerSecond: 16,
  /**
   * A node that meets an old rumor about itself spreads its own record again, at most this often. Chosen: twice
   * within the shortest suspicion of the LAN preset.
   */
  reassertIntervalMs: 2_000,
  /** Rounds of gossip that may begin early, at once. Chosen: a few changes that come together. */
  eagerRoundBurst: 5,
  /** Rounds that may begin early because of a death, at once. Chosen: a rack that fails. */
  urgentRoundBurst: 16,
  /** Both in the long run, as a share of the ticks. Chosen: in steady traffic one round in twenty more, as early packets hold less. */
  eagerRoundShare: 0.05,
  /** For so long after it came back a member is unsettled: its news does not hurry. Chosen: the longest block of Lifeguard, twice. */
  unsettledMs: 60_000,
  /** Unsettled members that are remembered. Chosen: more than flap one by one; where more come back at once it is news. */
  unsettledMax: 1_024,
  /** Who contradicts a change that took place less than this ago is not told to its face, unless it spreads a refuted death: gossip will. Chosen: all copies are out by then. */
  onItsWayMs: 4_000,
  /** Indirect pings under way for others at once. Chosen: what every member of a large cluster may ask in one period. */
  relaysMax: 1_024,
} as const;
