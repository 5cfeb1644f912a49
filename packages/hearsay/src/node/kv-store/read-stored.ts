import {
  decodeStored,
  StateReplay,
  streamKeyOf,
  type KvRecord,
  type SavedState,
  type StoredContent,
  type StoredRecord,
} from '../../kv/index.ts';
import type { KvStoreEvent } from './events.ts';
import type { StoredRecords } from './state-store.ts';
import { nextVersions } from './weigh.ts';

/** What a store's records say. */
export interface FoundState {
  readonly saved: SavedState | undefined;
  /** When the last of it was stored. */
  readonly savedAtMs: number | undefined;
  /** That of the last record. */
  readonly sequence: number;
  /** The last thing is a clean stop, in this very place, and all before it is there. */
  readonly isStopped: boolean;
  /** Whether what is appended counts without a snapshot before it. */
  readonly isIntact: boolean;
  /** What the user should hear of. */
  readonly problems: readonly KvStoreEvent[];
  readonly snapshotBytes: number;
  readonly logBytes: number;
}

/** Puts a state together: the snapshot, and the records of the log up to the first that is missing or unreadable. */
export function readStored(stored: StoredRecords, nowWallMs: number): FoundState {
  const problems: KvStoreEvent[] = [];
  const base = readSnapshot(stored.snapshot, nowWallMs);
  if (base === undefined) problems.push({ type: 'store-corrupt', file: 'the snapshot', keptAs: undefined });
  const { replay, bytes: snapshotBytes } = base ?? nothing();
  let { sequence, savedAtMs } = base ?? nothing();
  let last: StoredContent | undefined;
  let logBytes = 0;
  let cutBytes = 0;
  let reason: 'sequence' | 'content' | undefined;
  const lostKeys = new Set<string>();
  for (const bytes of stored.log) {
    const record = decodeStored(bytes, nowWallMs);
    if (reason === undefined && record?.sequence !== sequence + 1) {
      reason = record === undefined ? 'content' : 'sequence';
    }
    if (reason !== undefined) {
      cutBytes += bytes.length;
      addOwnKeys(record, lostKeys);
      continue;
    }
    logBytes += bytes.length;
    ({ sequence, wallMs: savedAtMs, content: last } = record!);
    if (last.type === 'step') replay.apply(last.record);
  }
  if (reason !== undefined)
    problems.push({ type: 'store-torn', file: 'the log', reason, goodBytes: logBytes, cutBytes });
  for (const bytes of stored.discarded) addOwnKeys(decodeStored(bytes, nowWallMs), lostKeys);
  if (lostKeys.size > 0) problems.push({ type: 'store-lost', count: lostKeys.size, keys: [...lostKeys].slice(0, 100) });
  const saved = replay.state();
  const isIntact = stored.isIntact && reason === undefined && base !== undefined;
  const isStopped = isIntact && saved !== undefined && isStopOf(last, saved, stored.medium);
  return { saved, savedAtMs, sequence, isStopped, isIntact, problems, snapshotBytes, logBytes };
}

interface Base {
  readonly replay: StateReplay;
  readonly sequence: number;
  readonly savedAtMs: number | undefined;
  readonly bytes: number;
}

function nothing(): Base {
  return { replay: new StateReplay(), sequence: 0, savedAtMs: undefined, bytes: 0 };
}

/** `undefined` when there is one that is not understood. */
function readSnapshot(records: StoredRecords['snapshot'], nowWallMs: number): Base | undefined {
  if (records === undefined) return nothing();
  const replay = new StateReplay();
  let head: StoredRecord | undefined;
  let size = 0;
  for (const bytes of records) {
    const record = decodeStored(bytes, nowWallMs);
    if (record === undefined) return undefined;
    if (record.content.type === 'step' && head !== undefined) replay.apply(record.content.record);
    else if (record.content.type === 'snapshot' && head === undefined) head = record;
    else return undefined;
    size += bytes.length;
  }
  return head === undefined ? undefined : { replay, sequence: head.sequence, savedAtMs: head.wallMs, bytes: size };
}

function isStopOf(last: StoredContent | undefined, saved: SavedState, medium: string): boolean {
  if (last?.type !== 'stopped') return false;
  const next = nextVersions(saved);
  return (
    last.own.node === saved.own.node &&
    last.own.generation === saved.own.generation &&
    last.nextShared === next.shared &&
    last.nextOwned === next.owned &&
    last.medium === medium
  );
}

/** The keys that the node itself has written in this step. */
function addOwnKeys(stored: StoredRecord | undefined, keys: Set<string>): void {
  if (stored?.content.type !== 'step') return;
  const { record }: { readonly record: KvRecord } = stored.content;
  const { own } = record;
  if (record.lane === 0) {
    const stream = streamKeyOf(own, 0);
    for (const entry of record.entries) if (entry.stream === stream) keys.add(entry.key);
    return;
  }
  for (const { owner, entries } of record.streams) {
    if (owner.node === own.node) for (const { key } of entries) keys.add(key);
  }
}
