export type { Advertised } from './advertise.ts';
export type { CallOptions } from './calls.ts';
export {
  Cluster,
  type ForceLeaveOptions,
  type JoinOptions,
  type JoinResult,
  type SendOptions,
  type StableView,
} from './cluster.ts';
export { ClusterKeys } from './cluster-keys.ts';
export type { ClusterDiff, ClusterDifference, DiffBelief } from './cluster-views.ts';
export type { SpreadResult } from './commands.ts';
export { createCluster } from './create-cluster.ts';
export type { DriverStats } from './driver.ts';
export { EventStream, type EventStreamOptions } from './event-stream.ts';
export type {
  ClusterErrorEvent,
  ClusterEvent,
  ClusterEventOf,
  ClusterEventType,
  ClusterListener,
  MembersChangedEvent,
  QueryEvent,
} from './events.ts';
export { ClusterState, type KvWhereabouts } from './kv/cluster-state.ts';
export type { KvCodec } from './kv/codec.ts';
export type { KvDefinition, KvInvalid } from './kv/definitions.ts';
export { KvCounter, KvSet, type KvSum } from './kv/derived.ts';
export type { KvNewsEvent, KvStoreNewsEvent } from './kv/events.ts';
export type { KvStoreEvent } from './kv-store/events.ts';
export type { KvDurability, KvStoreStats } from './kv-store/kv-store.ts';
export type { StateStore, StoredRecords } from './kv-store/state-store.ts';
export {
  KvWatch,
  type KvKeyEvent,
  type KvOverflowEvent,
  type KvWatchEvent,
  type KvWatchOptions,
} from './kv/kv-watch.ts';
export {
  KvTrackedWrite,
  type KvPutOptions,
  type KvSettled,
  type KvSharedPutOptions,
  type KvWrite,
} from './kv/kv-write.ts';
export type { KvNodeOptions } from './kv/options.ts';
export { KvNode, KvNodes, KvOwn } from './kv/owned.ts';
export type { KvSeen, KvSeenOptions } from './kv/receipt-wait.ts';
export { KvShared, type KvSharedDeleteOptions } from './kv/shared.ts';
export type { StandardIssue, StandardResult, StandardSchema } from './kv/standard-schema.ts';
export type { KvEntry, KvLane, KvSource, KvStamp } from './kv/types.ts';
export { LocalKeyring } from './local-keyring.ts';
export type { Logger } from './logger.ts';
export type { CreateClusterOptions, SnapshotTraceEvent } from './options.ts';
export type { QueryHandler } from './query-handlers.ts';
export { Query, type QueryAnswer, type QueryOptions } from './query.ts';
export type { Lookup } from './seeds.ts';
export type { WaitForOptions } from './settling.ts';
export type { ClusterStats } from './stats.ts';
export type { TcpStats } from './tcp-transport.ts';
export { ClusterTelemetry, type ReadOptions, type ValueOptions } from './telemetry/cluster-telemetry.ts';
export {
  TelemetryCounter,
  TelemetryDistinct,
  TelemetryGauge,
  TelemetryHistogram,
  TelemetryTopK,
} from './telemetry/instruments.ts';
export type { TelemetryOptions } from './telemetry/options.ts';
export { TelemetryPoll, type PollMissing, type TelemetryPollOptions } from './telemetry/poll.ts';
export type {
  GaugeFold,
  TelemetryDistribution,
  TelemetryRange,
  TelemetryReading,
  TelemetryTop,
  TelemetryValue,
} from './telemetry/readings.ts';
export type { UdpStats } from './udp-transport.ts';
export type { TraceCallOptions, TraceRumor } from './trace-options.ts';
export type { WhyCallOptions } from './why-options.ts';
