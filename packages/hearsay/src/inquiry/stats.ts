/** Counters of inquiries, since the node was made. */
export class InquiryStats {
  /** Inquiries begun by this node. */
  inquiries: number = 0;
  /** Questions sent, those that were repeated included. */
  asked: number = 0;
  /** Whole answers that arrived in time. */
  answered: number = 0;
  /** Members that had not answered when the time was up. */
  missing: number = 0;
  /** Questions of others that were answered. */
  answersGiven: number = 0;
  /**
   * Questions of others that were not answered: unknown topic, too many at once or in a second, a sender that is no capable
   * member.
   */
  questionsDropped: number = 0;
  /** Answers that nobody here waits for any more, came twice, or would not fit into memory. */
  answersDropped: number = 0;
  /** Bytes that were no inquiry after all. */
  malformed: number = 0;
  /** Answers of this node that were too long to be sent. */
  answersTooLong: number = 0;
}
