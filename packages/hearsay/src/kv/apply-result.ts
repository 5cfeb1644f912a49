import type { Dot } from './entry.ts';
import type { ApplyOutcome, ApplyResult, EntryRefusal, Refusal } from './messages.ts';

/** The answer had no effect. */
export function nothing(outcome: ApplyOutcome): ApplyResult {
  return { outcome, mergedCount: 0, refusals: [] };
}

/** The answer is not taken, for the sake of these entries. */
export function refused(refusals: readonly Refusal[]): ApplyResult {
  return { outcome: 'refused', mergedCount: 0, refusals };
}

/** Why this entry was not taken. */
export function refusalOf({ key, stream, version }: Dot & { readonly key: string }, reason: EntryRefusal): Refusal {
  return { key, stream, version, reason };
}
