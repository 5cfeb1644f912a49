/** How many members believe what this one believes of who is live: who believes what, in numbers. */
export interface ViewsSummary {
  /** Different views among those that tell theirs, this member's included: 1 when all agree. */
  readonly distinct: number;
  /** Members that believe the same as this one, itself included. */
  readonly same: number;
  /** Members that believe something else. */
  readonly other: number;
  /** Live members that have not told. */
  readonly untold: number;
  /** A number that is the same where members believe the same. */
  readonly fingerprint: number;
}

/** Of the 16 digits of a digest as many as a double holds exactly. */
const fingerprintDigits = 13;

/** Counts members by the digest of who is live in their eyes; undefined for one that has not told. */
export function summarizeViews(ours: string, others: Iterable<string | undefined>): ViewsSummary {
  const views = new Set([ours]);
  let [same, other, untold] = [1, 0, 0];
  for (const view of others) {
    if (view === undefined) untold += 1;
    else if (view === ours) same += 1;
    else {
      other += 1;
      views.add(view);
    }
  }
  const fingerprint = Number.parseInt(ours.slice(0, fingerprintDigits), 16);
  return { distinct: views.size, same, other, untold, fingerprint };
}
