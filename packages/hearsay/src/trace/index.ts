export { traceLimits } from './limits.ts';
export { RumorLog, type Hearing, type HeardVia } from './rumor-log.ts';
export { eventKey, writeKey, type RumorKey } from './rumor-key.ts';
export type { LateCause, LateReason, TraceHearer, TraceMissingReason, TraceReport, TraceRound } from './report.ts';
export { spreadTheory, type SpreadModel, type SpreadTheory, type TheoryRound } from './theory.ts';
export { TraceDesk, type TraceDeskParts, type TracedRumor, type TraceOptions } from './desk.ts';
