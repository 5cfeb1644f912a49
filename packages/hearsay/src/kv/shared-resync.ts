import { covers, emptyRow } from './coverage.ts';
import { compareEntries, isSameDot, type SharedEntry } from './entry.ts';
import type { Rows } from './messages.ts';
import type { MergeRules } from './rules.ts';
import { compareStamps, type Stamp } from './stamp.ts';

/** One side of a resync, for one key. */
export interface ResyncSide {
  readonly entry: SharedEntry | undefined;
  readonly rows: Rows;
  readonly floor: Stamp;
}

/**
 * What a key shows after a resync: `keep` the entry as it is; `reissue` it, as the other side may have deleted and
 * forgotten it; or nothing survives.
 */
export type Verdict =
  | { readonly decision: 'keep' | 'reissue'; readonly entry: SharedEntry }
  | { readonly decision: 'none'; readonly entry: undefined };

const none: Verdict = { decision: 'none', entry: undefined };

/**
 * R3 and R4: what survives of a key when two nodes have lost sight of each other's deletions. Symmetric: both sides come
 * to the same, whichever of them judges.
 */
export function judge(
  mine: ResyncSide,
  theirs: ResyncSide,
  isDead: (entry: SharedEntry) => boolean,
  rules: MergeRules,
): Verdict {
  if (mine.entry !== undefined && theirs.entry !== undefined && isSameDot(mine.entry, theirs.entry)) {
    return { decision: 'keep', entry: mine.entry };
  }
  const e = survives(mine.entry, theirs.rows, rules);
  const f = survives(theirs.entry, mine.rows, rules);
  const best = f === undefined ? e : e === undefined || compareEntries(e, f) <= 0 ? f : e;
  if (best === undefined) return undroppable([mine, theirs], isDead);
  // A surviving deletion is always kept: to forget one too many is harm, to keep one too many is not.
  const otherFloor = best === e ? theirs.floor : mine.floor;
  if (isDead(best) || compareStamps(best.stamp, otherFloor) > 0 || rules.ambiguous === 'keep') {
    return { decision: 'keep', entry: best };
  }
  return rules.ambiguous === 'drop' ? none : { decision: 'reissue', entry: best };
}

/**
 * A deletion that neither side can drop, as an earlier version of its stream is missing on both. Its gc line would be above
 * the prefix, and if that version was lost with its author, everybody would be behind everybody from then on.
 */
function undroppable(sides: readonly ResyncSide[], isDead: (entry: SharedEntry) => boolean): Verdict {
  const kept = sides
    .flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
    .filter(
      (entry) => isDead(entry) && sides.every(({ rows }) => (rows.get(entry.stream)?.prefix ?? 0) < entry.version),
    )
    .toSorted((a, b) => compareEntries(b, a))[0];
  return kept === undefined ? none : { decision: 'keep', entry: kept };
}

/** The other side has seen it and shows something else or nothing: it is dead. */
function survives(entry: SharedEntry | undefined, others: Rows, rules: MergeRules): SharedEntry | undefined {
  if (entry === undefined || !rules.resyncIsCausal) return entry;
  return covers(others.get(entry.stream) ?? emptyRow, entry.version) ? undefined : entry;
}
