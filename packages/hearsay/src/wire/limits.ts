/**
 * Sizes fixed by the protocol or chosen here, each with its source or arithmetic. "Chosen" limits lie far above what a
 * correct sender produces and below what could hurt; all are checked before anything is allocated.
 */
export const wireLimits = {
  /** The largest UDP payload over IPv4: 65,535 less 20 bytes of IP header and 8 of UDP header. */
  packetMaxBytes: 65_507,
  /** A label's length travels in one byte (memberlist `LabelMaxSize`). */
  labelMaxBytes: 255,
  /** Node metadata (memberlist `MetaMaxSize`). Checked by the membership rules, not by the codec. */
  metaMaxBytes: 512,
  /** Parts of a compound we send: libraries before 0.2.4 compute twice the count in eight bits. */
  compoundSentPartsMax: 127,
  /** A part's length travels in two bytes. */
  compoundPartMaxBytes: 65_535,
  /**
   * Messages taken from one packet, all nested compounds together. Chosen: a compound holds at most 255 parts and
   * correct senders do not nest them, so this is twice what can come.
   */
  packetPartsMax: 512,
  /** Compounds and compressions inside one another. Chosen: correct senders produce two (compress around compound). */
  wrappingMaxDepth: 4,
  /**
   * Decompressed bytes of one packet, all nested compressions together. Chosen: the content of a correct sender's
   * packet rarely exceeds 64 KiB; memberlist itself allows 40 MiB.
   */
  packetDecompressedMaxBytes: 1_048_576,
  /** Decompressed bytes of one stream message: twice 20 MiB (memberlist `maxDecompressedSize`, after 0.6.0). */
  streamDecompressedMaxBytes: 41_943_040,
  /** The length field of an encrypted stream frame (memberlist `maxPushStateBytes`). */
  streamFrameMaxBytes: 20_971_520,
  /** User state of a push/pull (memberlist `maxPushStateBytes`, since 0.6.0). */
  userStateMaxBytes: 20_971_520,
  /** A user message on a stream (memberlist `maxPushStateBytes`, after 0.6.0). */
  streamUserMessageMaxBytes: 20_971_520,
  /** Node entries of a push/pull (memberlist `maxPushPullNodes`, since 0.6.0). */
  pushPullNodesMax: 1_048_576,
  /**
   * A node entry of a push/pull. Chosen: memberlist writes at least 57 bytes; 39 are left of a suspect's when zeros are left
   * out, which are name, incarnation, state and the six versions without which every merge is refused.
   */
  nodeEntryMinBytes: 39,
  /**
   * One message, header or node entry on a stream. Chosen: a correct entry has a name, 512 bytes of metadata and
   * about 100 bytes of the rest.
   */
  streamMapMaxBytes: 65_536,
  /** Bytes taken from one stream. Chosen: three times the largest frame; memberlist has no limit on plain streams. */
  streamMaxBytes: 67_108_864,
  /** Entries of a message's map. Chosen: the largest message has 8 fields, so 56 may be unknown ones. */
  mapEntriesMax: 64,
  /** A map key. Chosen: the longest known key has 12 bytes. */
  keyMaxBytes: 64,
  /** Containers inside one another in a skipped value, as go-msgpack 2.1.5 (1,024 levels with the message and key). */
  skippedMaxDepth: 1_022,
  /** Byte strings up to here are shared between messages: node names and metadata fit. Chosen. */
  internedMaxBytes: 512,
  /** Distinct strings (and as many byte strings) in one generation of the shared cache. Chosen: above 10,000 nodes. */
  internedMaxEntries: 16_384,
  /** Bytes in one generation of the shared cache; two generations live. Chosen. */
  internedGenerationMaxBytes: 4_194_304,
  /** Bytes of node entries that are known when they come again; what they say takes twice as many. Chosen: 40,000 members. */
  knownEntriesMaxBytes: 4_194_304,
} as const;
