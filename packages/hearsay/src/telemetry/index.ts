export { checkTelemetryConfig, telemetryDefaults, ttlPeriods, type TelemetryConfig } from './config.ts';
export { Counter } from './counter.ts';
export { Distinct } from './distinct.ts';
export { isEstimate } from './estimate/codec.ts';
export type { EstimateStats } from './estimate/estimator.ts';
export { estimateLimits } from './estimate/limits.ts';
export type { Estimate, Outcome } from './estimate/outcome.ts';
export { Folder, type CounterFold, type Fold, type KnownMetric, type Sampling, type TelemetryMode } from './folder.ts';
export { Gauge } from './gauge.ts';
export { Histogram } from './histogram.ts';
export { telemetryLimits } from './limits.ts';
export { pageKey } from './page.ts';
export { PollAnswers } from './poll/answers.ts';
export { encodePollQuestion } from './poll/question.ts';
export type { Instruments } from './registry.ts';
export type { MetricKind, Sketch } from './sketch.ts';
export {
  Telemetry,
  type TelemetryEnv,
  type TelemetryHost,
  type TelemetryKv,
  type TelemetryStats,
} from './telemetry.ts';
export { TopK, type TopKey } from './top-k.ts';
export type { Windowed } from './windowed.ts';
