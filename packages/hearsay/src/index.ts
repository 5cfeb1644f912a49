export {
  createCluster,
  Cluster,
  EventStream,
  KeyManager,
  type Advertised,
  type CallOptions,
  type ClusterErrorEvent,
  type ClusterEvent,
  type ClusterEventOf,
  type ClusterEventType,
  type ClusterListener,
  type ClusterStats,
  type CreateClusterOptions,
  type EventStreamOptions,
  type JoinResult,
  type Logger,
  type Lookup,
  type SendOptions,
  type SpreadResult,
} from './node/index.ts';
export { swimPresets, type MemberState, type MemberView, type SwimConfig, type SwimTraceEvent } from './swim/index.ts';
export { ClusterError, formatAddress, type Address, type ClusterErrorCode } from './util/index.ts';
