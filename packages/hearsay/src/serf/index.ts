export { serfDefaults, type SerfConfig } from './config.ts';
export { distanceNs, type Coordinate as SerfCoordinate } from './coordinate/vivaldi.ts';
export type { KeysResult, MemberEventType, MemberStatus, QuerySummary, SerfEvent, SerfMember } from './events.ts';
export type { EventWatcher, SerfEnv, SerfHost, SnapshotRecord } from './host.ts';
export { planRotation } from './key-rotation-plan.ts';
export {
  newRotation,
  readRotationState,
  type RotationObservation,
  type RotationState,
  type RotationStep,
} from './key-rotation-state.ts';
export { abortRotation, forgetMember, nextStep, type RotationDecision } from './key-rotation.ts';
export { compilePattern, type Pattern } from './pattern/pattern.ts';
export type { QueryParams, SerfKeys, SerfOptions } from './options.ts';
export { Serf } from './serf.ts';
export { replaySnapshot, type ReplayedSnapshot as SerfSnapshot } from './snapshot.ts';
export type { SerfStats } from './stats.ts';
export type { SerfTraceEvent } from './trace-events.ts';
export { decodeTags } from './tags.ts';
