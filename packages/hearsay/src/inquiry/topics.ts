/** What members may be asked. Numbers are as on the wire, and are never used for anything else. */
export const inquiryTopics = {
  /** What a member recorded of another: evidence. */
  why: 1,
  /** When a member heard of a traced rumor. */
  trace: 2,
  /** What a member believes of all members. */
  views: 3,
  /** The metrics of a member as they are now. */
  telemetry: 4,
} as const;

/** One of the {@link inquiryTopics}. */
export type InquiryTopic = (typeof inquiryTopics)[keyof typeof inquiryTopics];
