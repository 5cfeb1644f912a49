import { lastCovered } from '../coverage.ts';
import type { SharedEntry } from '../entry.ts';
import type { ApplyResult, OwnedPart, Refusal } from '../messages.ts';
import type { OwnedLaneNumber } from '../stream.ts';
import type { KvRefusal } from './parts.ts';

/** Refusals of an answer of the shared lane, with what others want to know of them. */
export function sharedRefusals(
  refusals: readonly Refusal[],
  entries: readonly SharedEntry[],
  authorOf: (entry: SharedEntry) => string | undefined,
  wallMs: number,
): KvRefusal[] {
  const refused = new Map(refusals.map((refusal) => [`${refusal.stream}/${refusal.version}`, refusal]));
  const found: KvRefusal[] = [];
  for (const entry of entries) {
    const refusal = refused.get(`${entry.stream}/${entry.version}`);
    if (refusal === undefined) continue;
    const aheadMs = refusal.reason === 'clock-ahead' ? Math.max(0, Math.ceil(entry.stamp.ms - wallMs)) : 0;
    found.push({ ...refusal, lane: 0, author: authorOf(entry), aheadMs });
  }
  return found;
}

/** The same of one stream of an owned lane. The stream as a whole, when it is over. */
export function ownedRefusals(lane: OwnedLaneNumber, part: OwnedPart, result: ApplyResult): KvRefusal[] {
  const about = { lane, author: part.owner.node, aheadMs: 0 } as const;
  if (result.outcome === 'retired') {
    return [{ ...about, key: '', stream: part.stream, version: lastCovered(part.row), reason: 'retired' }];
  }
  return result.refusals.map((refusal) => ({ ...refusal, ...about }));
}
