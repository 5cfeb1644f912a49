export type { Advertised } from './advertise.ts';
export type { CallOptions } from './calls.ts';
export { Cluster, type ForceLeaveOptions, type JoinOptions, type JoinResult, type SendOptions } from './cluster.ts';
export { ClusterKeys } from './cluster-keys.ts';
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
  QueryEvent,
} from './events.ts';
export { LocalKeyring } from './local-keyring.ts';
export type { Logger } from './logger.ts';
export type { CreateClusterOptions, SnapshotTraceEvent } from './options.ts';
export type { QueryHandler } from './query-handlers.ts';
export { Query, type QueryAnswer, type QueryOptions } from './query.ts';
export type { Lookup } from './seeds.ts';
export type { ClusterStats } from './stats.ts';
export type { TcpStats } from './tcp-transport.ts';
export type { UdpStats } from './udp-transport.ts';
