export { Inquiries, type AskOptions, type InquiryHandler } from './inquiries.ts';
export { isInquiry } from './codec.ts';
export type { InquiryEnv, InquiryHost } from './host.ts';
export { inquiryLimits } from './limits.ts';
export { InquiryStats } from './stats.ts';
export { inquiryTopics, type InquiryTopic } from './topics.ts';
