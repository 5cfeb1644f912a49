/** Bounds of queries, each with its arithmetic. What one may tune is in `config.ts`. */
export const queryLimits = {
  /** Own queries open at once. Chosen: a hundred a second at the default timeout of a large cluster. */
  openMax: 1_024,
  /**
   * Acks, and answers, of one query are refused when there are this many more than twice the live members. Chosen: room
   * for members that joined since.
   */
  lateAnswersMax: 64,
  /** Queries that carry one Lamport time. Chosen: as many members ask in the same moment. */
  idsPerTimeMax: 1_024,
  /** Queries of others that wait for an answer of the application. Chosen: as many as one may ask. */
  pendingMax: 1_024,
  /** Longest time to answer that is honoured. Chosen: a day. */
  timeoutMaxMs: 86_400_000,
  /** Key operations that wait for the one before. Chosen. */
  keyOperationsMax: 64,
  /** Keys of one answer that are looked at: four times what a keyring of ours holds. */
  keysPerAnswerMax: 64,
  /** Letters of a base64 key: 44 for 32 bytes. */
  keyTextMax: 44,
  /** Letters of an error message that are kept. Chosen: what fits an answer by default. */
  keyMessageMax: 1_024,
  /** Name of a member in UTF-8 bytes that a conflict query may ask about. As in membership. */
  nameMaxBytes: 255,
} as const;
