export { AllowedNetworks } from './allowed-networks.ts';
export { Awareness } from './awareness.ts';
export { BroadcastQueue, type BroadcastQueueLimits, type QueuedBroadcast } from './broadcast-queue.ts';
export { checkSwimConfig } from './config-check.ts';
export { swimPresets, type SwimConfig, type SwimProfile } from './config.ts';
export { ringFactorAbove } from './copies.ts';
export { silentDelegate, type Delegate, type MemberEvent, type SuspicionWatcher } from './delegate.ts';
export type { BrokenPaths } from './direct-paths.ts';
export type { SwimEffects, SwimEnv } from './effects.ts';
export { evidenceLimits } from './evidence/limits.ts';
export type { EvidenceRecorder } from './evidence/recorder.ts';
export type {
  ConfirmationEvidence,
  ConflictEvidence,
  Contact,
  EvidenceRecord,
  HelperEvidence,
  OwnEvidence,
  ProbeEvidence,
  RelayEvidence,
  SaidHealth,
  StaleEvidence,
  StreamOutcome,
  TransitionEvidence,
} from './evidence/records.ts';
export type { JoinResult } from './joiner.ts';
export { Keyring } from './keyring.ts';
export { swimLimits } from './limits.ts';
export { Member, toVersions, toView, toVsn, type MemberState, type MemberVersions, type MemberView } from './member.ts';
export { MemberList } from './member-list.ts';
export { PeriodicTimer } from './periodic-timer.ts';
export { checkSwimRules, swimRuleSets, type RuleSetName, type SwimRules } from './rules.ts';
export { SharedMembers } from './shared-members.ts';
export { SpreadWait } from './spread-wait.ts';
export { SwimStats } from './stats.ts';
export { Swim, type SwimOptions } from './swim.ts';
export { strangerTexts, type Stranger, type StrangerKind } from './strangers.ts';
export { Suspicion } from './suspicion.ts';
export {
  crashKnownMaxMs,
  pushPullIntervalMs,
  retransmitLimit,
  spreadMaxMs,
  spreadRoundsMax,
  suspectedMaxMs,
  suspicionConfirmationsMax,
  suspicionMaxMs,
  suspicionMinMs,
  suspicionTimeoutMs,
} from './timing.ts';
export { TokenBucket } from './token-bucket.ts';
export type { SwimTraceEvent } from './trace-events.ts';
