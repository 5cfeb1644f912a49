export type { ClusterKv, KvFill } from './cluster-kv.ts';
export { ClusterNode, type JoinOptions } from './cluster-node.ts';
export type { Effects, Env, StreamId } from './effects.ts';
export type { ClusterEvent, KvClusterEvent, RequestId } from './events.ts';
export type { MemberReport, MemberTransition, ReportedState } from './member-reports.ts';
export type { ClusterOptions, DelegateVersions, SerfLayerOptions } from './options.ts';
export type { ClusterNodeStats, QueueStats } from './stats.ts';
export type { NodeTelemetry, PollMissingReason, TelemetryPollRequest, TelemetryPollResult } from './telemetry-layer.ts';
export type { NodeStableView } from './stable-view-layer.ts';
export { stableViewDefaults, type StableViewConfig } from './stable-view/config.ts';
export type { NodeViews } from './views-layer.ts';
export type { WhyMissingReason } from './why/case-file.ts';
export type { WhyOptions } from './why/desk.ts';
export type { WhyEntry, WhyReport } from './why/report.ts';
export type { WhyPath, WhyCause, WhyVerdict } from './why/verdict.ts';
export {
  compareStamps,
  kvDefaults,
  kvGossipDefaults,
  kvLimits,
  type ChangeSource,
  type EntryBase,
  type KvChange,
  type KvConfig,
  type KvEvent,
  type KvGossipConfig,
  type KvItem,
  type KvOptions,
  type KvRecord,
  type KvState,
  type KvStats,
  type KvWhere,
  type KvWrite,
  type Lane,
  type OwnedEntry,
  type PutOptions,
  type Receipt,
  type ReceiptCounts,
  type SavedKv,
  type SharedEntry,
  type SharedPutOptions,
  type Stamp,
  type Watch,
  type WatchBatch,
  type WatchFilter,
  type WriteOutcome,
} from '../kv/index.ts';
export {
  abortRotation,
  distanceNs,
  forgetMember,
  newRotation,
  nextStep,
  planRotation,
  readRotationState,
  serfDefaults,
  type RotationDecision,
  type RotationObservation,
  type RotationState,
  type RotationStep,
  type KeysResult,
  type MemberEventType,
  type MemberStatus,
  type QueryParams,
  type QuerySummary,
  type SerfConfig,
  type SerfCoordinate,
  type SerfMember,
  type SerfSnapshot,
  type SerfStats,
  type SerfTraceEvent,
  type SnapshotRecord,
} from '../serf/index.ts';
export {
  swimPresets,
  type Delegate,
  type MemberState,
  type MemberVersions,
  type MemberView,
  type SwimConfig,
  type SwimRules,
  type RuleSetName,
  type Stranger,
  type StrangerKind,
  type SwimProfile,
  type SwimTraceEvent,
} from '../swim/index.ts';
export {
  telemetryDefaults,
  telemetryLimits,
  type CounterFold,
  type Estimate,
  type EstimateStats,
  type Fold,
  type Folder,
  type Instruments,
  type KnownMetric,
  type MetricKind,
  type Sampling,
  type TelemetryConfig,
  type TelemetryMode,
  type TelemetryStats,
  type TopKey,
} from '../telemetry/index.ts';
export type {
  AbsenceReason,
  BeliefCounts,
  BeliefState,
  ClusterViews,
  DiffAspect,
  DiffSide,
  MemberDifference,
  SilentMember,
  TableRow,
  ViewDifference,
  ViewGroup,
  ViewHolder,
  ViewsDiff,
} from '../views/index.ts';
export {
  spreadTheory,
  traceLimits,
  type HeardVia,
  type LateCause,
  type LateReason,
  type SpreadModel,
  type SpreadTheory,
  type TheoryRound,
  type TraceHearer,
  type TraceMissingReason,
  type TraceOptions,
  type TraceReport,
  type TraceRound,
} from '../trace/index.ts';
export {
  ClusterError,
  formatAddress,
  randomInt,
  SeededRng,
  type Address,
  type Rng,
  type Trace,
} from '../util/index.ts';
