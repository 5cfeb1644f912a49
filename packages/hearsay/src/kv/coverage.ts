import { kvLimits } from './limits.ts';

/**
 * The versions of a stream whose effect a node has: what is live here, and what is known to be superseded. Immutable, so
 * that a digest is a map of references.
 *
 * All versions up to `prefix`, and the ranges of `extras`: first and last version of each, ascending, apart from one
 * another and from the prefix by at least one version. Extras only save bandwidth and may be forgotten at any time.
 */
export interface Coverage {
  readonly prefix: number;
  readonly extras: readonly number[];
}

/** A line of a digest: what is covered of a stream, and the highest version of a tombstone that was dropped (0: none). */
export interface StreamRow extends Coverage {
  readonly gcLine: number;
  /**
   * The stream is over for so long that it will be forgotten. Who has it too sees that nothing is missing here; nobody
   * learns of it, nobody is behind on its account, and hashes leave it out.
   */
  readonly isFaded?: true;
}

const noExtras: readonly number[] = [];

/** Nothing is known of the stream. */
export const emptyRow: StreamRow = { prefix: 0, extras: noExtras, gcLine: 0 };

/** Whether the version's effect is there. */
export function covers(coverage: Coverage, version: number): boolean {
  if (version <= coverage.prefix) return true;
  const { extras } = coverage;
  for (let index = 0; index < extras.length; index += 2) {
    if (version < extras[index]!) return false;
    if (version <= extras[index + 1]!) return true;
  }
  return false;
}

/** The row with one version more. */
export function withVersion(row: StreamRow, version: number, maxExtras: number = kvLimits.extrasMax): StreamRow {
  if (covers(row, version)) return row;
  const { extras } = row;
  if (version === row.prefix + 1 && extras.length === 0) {
    return { prefix: version, extras: noExtras, gcLine: row.gcLine };
  }
  // Beyond as many ranges as are remembered: it would be forgotten at once.
  if (extras.length >= maxExtras * 2 && version > extras[extras.length - 1]! + 1) return row;
  return joined(row, { prefix: 0, extras: [version, version] }, maxExtras);
}

/** The row with all that `other` covers; its gc line stays. */
export function withCoverage(row: StreamRow, other: Coverage, maxExtras: number = kvLimits.extrasMax): StreamRow {
  if (isCoveredBy(other, row)) return row;
  return joined(row, other, maxExtras);
}

/**
 * The row with a gc line at or above `gcLine`; but never above the prefix, whatever others say: nobody could ever catch up
 * with such a line, and it would put all behind all.
 */
export function withGcLine(row: StreamRow, gcLine: number): StreamRow {
  const { prefix, extras } = row;
  return gcLine <= row.gcLine || row.gcLine >= prefix ? row : { prefix, extras, gcLine: Math.min(gcLine, prefix) };
}

/** The row of a stream that is about to be forgotten, or is so no longer. */
export function withFading({ prefix, extras, gcLine }: StreamRow, isFaded: boolean): StreamRow {
  return isFaded ? { prefix, extras, gcLine, isFaded } : { prefix, extras, gcLine };
}

/** Whether `whole` covers every version that `part` does. */
export function isCoveredBy(part: Coverage, whole: Coverage): boolean {
  if (part.prefix > whole.prefix) return false;
  for (let index = 0; index < part.extras.length; index += 2) {
    if (!coversRange(whole, part.extras[index]!, part.extras[index + 1]!)) return false;
  }
  return true;
}

/** The highest version covered. */
export function lastCovered({ prefix, extras }: Coverage): number {
  return extras.length === 0 ? prefix : extras[extras.length - 1]!;
}

function coversRange(whole: Coverage, first: number, last: number): boolean {
  if (last <= whole.prefix) return true;
  // The prefix and an extra never touch, so that one of them holds the range or none.
  for (let index = 0; index < whole.extras.length; index += 2) {
    if (first >= whole.extras[index]! && last <= whole.extras[index + 1]!) return true;
  }
  return false;
}

/** Merges two lists of ranges, both ascending; what touches the prefix goes into it. */
function joined(row: StreamRow, other: Coverage, maxExtras: number): StreamRow {
  let prefix = Math.max(row.prefix, other.prefix);
  const extras: number[] = [];
  let left = 0;
  let right = 0;
  while (left < row.extras.length || right < other.extras.length) {
    const isLeft =
      right >= other.extras.length || (left < row.extras.length && row.extras[left]! <= other.extras[right]!);
    const ranges = isLeft ? row.extras : other.extras;
    const index = isLeft ? left : right;
    const [first, last] = [ranges[index]!, ranges[index + 1]!];
    if (isLeft) left += 2;
    else right += 2;
    if (first <= prefix + 1) prefix = Math.max(prefix, last);
    else if (extras.length > 0 && first <= extras[extras.length - 1]! + 1) {
      extras[extras.length - 1] = Math.max(extras[extras.length - 1]!, last);
    } else extras.push(first, last);
  }
  // The highest are forgotten: the lowest are the next to be reached by the prefix.
  if (extras.length > maxExtras * 2) extras.length = maxExtras * 2;
  if (prefix === row.prefix && isSameList(extras, row.extras)) return row;
  return { prefix, extras: extras.length === 0 ? noExtras : extras, gcLine: row.gcLine };
}

function isSameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
