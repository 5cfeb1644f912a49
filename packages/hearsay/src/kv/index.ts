export { isKvMessage, readVarint, writeVarint } from './codec/index.ts';
export { checkKvConfig, kvDefaults, type KvConfig } from './config.ts';
export { covers, type Coverage, type StreamRow } from './coverage.ts';
export { type DeadStreamWork } from './dead-streams.ts';
export { DeltaIntake } from './delta-intake.ts';
export { bucketHashes, bucketOf, digestBucketCount, laneHash, type Hash64 } from './digest-hash.ts';
export { compareEntries, type Dot, type EntryBase, type OwnedEntry, type SharedEntry } from './entry.ts';
export type { ChangeSource, KvChange, KvEvent, KvEventSink } from './events.ts';
export type {
  KvRecord,
  KvRecordSink,
  OwnedRecord,
  OwnedStreamRecord,
  SharedRecord,
  SharedStreamRecord,
} from './journal/record.ts';
export { decodeStored, encodeStored, type StoredContent, type StoredRecord } from './journal/record-codec.ts';
export { recordsOf, replayRecords, StateReplay } from './journal/replay.ts';
export { generationAfter, restartState, type KvRestart } from './journal/restart.ts';
export { KvState, type KvStateParts, type SavedState } from './kv-state.ts';
export { checkKvGossipConfig, kvGossipDefaults, type KvGossipConfig } from './gossip-config.ts';
export type { KvEnv, KvHost, KvOptions, SavedKv, WriteWatcher } from './host.ts';
export { Kv, type PutOptions, type SharedPutOptions } from './kv.ts';
export { kvLimits } from './limits.ts';
export type {
  ApplyOutcome,
  ApplyResult,
  Digest,
  EntryRefusal,
  OwnedDelta,
  OwnedPart,
  Owners,
  Refusal,
  Rows,
  RumorOutcome,
  SharedDelta,
  SharedResync,
} from './messages.ts';
export { type OwnedLane, type OwnedState } from './owned-lane.ts';
export { packedBytes } from './pack.ts';
export type { KvWhere, KvWrite, Receipt, ReceiptCounts, WriteOutcome } from './receipt.ts';
export { type SharedLane, type SharedState } from './shared-lane.ts';
export { compareStamps, zeroStamp, type Stamp } from './stamp.ts';
export { type KvStats } from './stats.ts';
export {
  generationMs,
  hashText,
  newGeneration,
  streamHash,
  streamKey,
  streamKeyOf,
  type Generation,
  type Lane,
  type OwnedLaneNumber,
  type StreamKey,
  type StreamOwner,
} from './stream.ts';
export { type KvItem, type Watch, type WatchBatch, type WatchFilter } from './watch.ts';
