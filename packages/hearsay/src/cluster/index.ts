export { ClusterNode, type JoinOptions } from './cluster-node.ts';
export type { Effects, Env, StreamId } from './effects.ts';
export type { ClusterEvent, RequestId } from './events.ts';
export type { ClusterOptions, DelegateVersions, SerfLayerOptions } from './options.ts';
export type { ClusterNodeStats, QueueStats } from './stats.ts';
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
  type Stranger,
  type StrangerKind,
  type SwimProfile,
  type SwimTraceEvent,
} from '../swim/index.ts';
export {
  ClusterError,
  formatAddress,
  randomInt,
  SeededRng,
  type Address,
  type Rng,
  type Trace,
} from '../util/index.ts';
