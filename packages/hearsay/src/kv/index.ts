export { checkKvConfig, kvDefaults, type KvConfig } from './config.ts';
export { type Coverage, type StreamRow } from './coverage.ts';
export { type Dot, type EntryBase, type OwnedEntry, type SharedEntry } from './entry.ts';
export type { ChangeSource, KvChange, KvEvent, KvEventSink } from './events.ts';
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
export { packedBytes } from './pack.ts';
export { SharedLane, type SharedLaneParts, type SharedState } from './shared-lane.ts';
export { compareStamps, type Stamp } from './stamp.ts';
export {
  generationMs,
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
export { ChangeFeed, Watch, type KvItem, type WatchBatch, type WatchFilter } from './watch.ts';
