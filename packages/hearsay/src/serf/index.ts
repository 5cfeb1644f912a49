export { distanceNs } from './coordinate/vivaldi.ts';
export { serfDefaults, type SerfConfig } from './config.ts';
export type { KeysResult, MemberEventType, MemberStatus, QuerySummary, SerfEvent, SerfMember } from './events.ts';
export type { SerfEnv, SerfHost, SnapshotRecord } from './host.ts';
export { compilePattern, type Pattern } from './pattern/pattern.ts';
export {
  Serf,
  type QueryParams,
  type SerfCoordinate,
  type SerfKeys,
  type SerfOptions,
  type SerfSnapshot,
} from './serf.ts';
export type { SerfStats } from './stats.ts';
