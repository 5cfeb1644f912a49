import { nothing, refusalOf, refused } from './apply-result.ts';
import type { Fill } from './check-write.ts';
import { covers, emptyRow, isCoveredBy, type StreamRow } from './coverage.ts';
import type { OwnedEntry } from './entry.ts';
import type { ApplyResult, OwnedPart, Refusal } from './messages.ts';
import type { OwnedStream } from './owned-stream.ts';
import { packedBytes } from './pack.ts';

/** Called when a key of a stream has another entry than before, or none. */
export type OnOwnedChange = (entry: OwnedEntry, previous: OwnedEntry | undefined, isLeft: boolean) => void;

/** What the sender of a row lacks of a stream: everything, when it has not seen a deletion that was dropped here. */
export function partFor(stream: OwnedStream, basis: StreamRow, nowMs: number): OwnedPart | undefined {
  const { key, owner, row } = stream;
  // Of most streams both sides have the same.
  if (row === basis) return undefined;
  const isBehind = row.gcLine > basis.prefix;
  if (!isBehind && stream.topVersion <= basis.prefix && isCoveredBy(row, basis)) return undefined;
  const lacking = [...stream.entries()].filter(({ version }) => isBehind || !covers(basis, version));
  if (lacking.length === 0 && !isBehind && isCoveredBy(row, basis)) return undefined;
  const entries = lacking.toSorted((a, b) => a.version - b.version).map((entry) => stream.lifetimes.aged(entry, nowMs));
  return { kind: isBehind ? 'resync' : 'delta', stream: key, owner, basis, row, entries, isComplete: true };
}

/**
 * Whole streams as long as there is room; a stream that is alone too large is cut. Streams are small, and only a whole
 * one moves the receiver on, so that to send a bit of each would help nobody.
 */
export function packParts(parts: readonly OwnedPart[], budgetBytes: number): OwnedPart[] {
  const packed: OwnedPart[] = [];
  let leftBytes = budgetBytes;
  for (const part of parts) {
    const bytes = part.entries.reduce((sum, entry) => sum + packedBytes(entry), 0);
    if (bytes > leftBytes && packed.length > 0) continue;
    packed.push(bytes > leftBytes && part.kind === 'delta' ? cut(part, leftBytes) : part);
    leftBytes -= bytes;
    if (leftBytes <= 0) break;
  }
  return packed;
}

/** R1, R2, R6 for one stream: merges what a part brings. */
export function applyPart(
  stream: OwnedStream,
  part: OwnedPart,
  max: Fill,
  nowMs: number,
  onChange: OnOwnedChange,
): ApplyResult {
  if (!isCoveredBy(part.basis, stream.row)) return nothing('not-my-question');
  if (stream.row.gcLine > part.row.prefix) return nothing('sender-behind');
  const isBehind = part.row.gcLine > stream.row.prefix;
  if (part.kind === 'delta') return isBehind ? nothing('ask-again') : mergeDelta(stream, part, max, nowMs, onChange);
  return isBehind ? mergeResync(stream, part, max, nowMs, onChange) : nothing('not-behind');
}

/** Merges one entry, unless it is older than what is there or too much. */
export function mergeOwned(
  stream: OwnedStream,
  entry: OwnedEntry,
  max: Fill,
  nowMs: number,
  onChange: OnOwnedChange,
): 'merged' | 'known' | 'full' {
  const current = stream.get(entry.key);
  if (current !== undefined && current.version >= entry.version) {
    stream.cover(entry.version);
    return 'known';
  }
  if (stream.isFullFor(entry, max)) return 'full';
  const shown = stream.getShown(entry.key);
  stream.set(entry, nowMs);
  onChange(entry, shown, false);
  return 'merged';
}

function mergeDelta(
  stream: OwnedStream,
  part: OwnedPart,
  max: Fill,
  nowMs: number,
  onChange: OnOwnedChange,
): ApplyResult {
  const refusals: Refusal[] = [];
  let mergedCount = 0;
  for (const entry of part.entries) {
    if (stream.covers(entry.version)) continue;
    const outcome = mergeOwned(stream, entry, max, nowMs, onChange);
    if (outcome === 'merged') mergedCount += 1;
    if (outcome === 'full') refusals.push(refusalOf(entry, 'full'));
  }
  const isCommit = part.isComplete && refusals.length === 0;
  if (isCommit) stream.takeRow(part.row);
  return { outcome: isCommit ? 'committed' : 'merged', mergedCount, refusals };
}

/** R3: what one side covers and does not have is dead; of what both have, the newer version stays. */
function mergeResync(
  stream: OwnedStream,
  part: OwnedPart,
  max: Fill,
  nowMs: number,
  onChange: OnOwnedChange,
): ApplyResult {
  const tooMuch = part.entries.filter((entry) => stream.isFullFor(entry, max));
  if (tooMuch.length > 0) return refused(tooMuch.map((entry) => refusalOf(entry, 'full')));
  const before = stream.row;
  const theirs = new Map(part.entries.map((entry) => [entry.key, entry]));
  let gcLine = part.row.gcLine;
  for (const mine of [...stream.entries()]) {
    if (theirs.get(mine.key)?.version === mine.version || !covers(part.row, mine.version)) continue;
    const shown = stream.getShown(mine.key);
    stream.drop(mine);
    // What takes its place is told below as the change, and is news to all who lack what was there.
    if (theirs.has(mine.key)) continue;
    if (shown === undefined) gcLine = Math.max(gcLine, mine.version);
    else onChange(mine, mine, true);
  }
  let mergedCount = 0;
  for (const entry of part.entries) {
    if (covers(before, entry.version)) continue;
    if (mergeOwned(stream, entry, max, nowMs, onChange) === 'merged') mergedCount += 1;
  }
  stream.takeRow(part.row);
  stream.raiseGcLine(gcLine);
  return { outcome: 'committed', mergedCount, refusals: [] };
}

function cut(part: OwnedPart, budgetBytes: number): OwnedPart {
  let bytes = 0;
  let count = 0;
  for (const entry of part.entries) {
    bytes += packedBytes(entry);
    if (count > 0 && bytes > budgetBytes) break;
    count += 1;
  }
  return { ...part, entries: part.entries.slice(0, count), isComplete: count === part.entries.length };
}

/** The row of a stream in a digest. */
export function rowIn(rows: ReadonlyMap<string, StreamRow>, stream: OwnedStream): StreamRow {
  return rows.get(stream.key) ?? emptyRow;
}
