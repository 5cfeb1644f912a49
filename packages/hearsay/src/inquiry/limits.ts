/** Bounds of inquiries, each with its arithmetic. */
export const inquiryLimits = {
  /** Questions of this node that wait for answers at once. Chosen: people and their tools ask, a few times a second. */
  openMax: 64,
  /** Bytes of answers that are held because pieces of them are missing. Chosen: 64 answers of 64 KiB. */
  heldMaxBytes: 4_194_304,
  /** Bytes of one question. Chosen: far more than a name and a time need; above a packet it goes by stream. */
  questionMaxBytes: 16_384,
  /** Bytes of one answer; a longer one is not sent. Chosen: a quarter of what the asker may hold. */
  answerMaxBytes: 1_048_576,
  /** Bytes of a piece of an answer that goes by stream. Chosen: an answer of the longest kind takes 16. */
  pieceMaxBytes: 65_536,
  /** Members asked in one batch, and the pause until the next. Chosen: 1,000 are asked within a third of a second. */
  batchMax: 64,
  batchIntervalMs: 20,
  /**
   * Answers are spread over this time for each member asked, so that a thousand do not arrive at once. Chosen: one in
   * a millisecond on average.
   */
  spreadPerMemberMs: 1,
  /** The longest that an answer waits for that. Chosen. */
  spreadMaxMs: 2_000,
  /** Up to so many asked members answer at once. Chosen: what a socket's buffer takes without thinking. */
  unspreadMax: 32,
  /** Questions of others that wait to be answered. Chosen: above it questions are dropped, and come again. */
  pendingMax: 256,
  /**
   * Questions of others that are answered in a second, and at once. Chosen: far more than people ask; whoever makes up
   * questions of others, each a small packet, gets no more than that out of a node.
   */
  answersPerSecond: 256,
  answersAtOnce: 512,
  /** When those that have not answered are asked again, as shares of the time given; the last time by stream. */
  askAgainAt: [0.25, 0.5],
  /** The longest that an inquiry may take. Chosen. */
  timeoutMaxMs: 60_000,
} as const;
