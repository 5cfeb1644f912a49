import { isSameBytes } from '../util/index.ts';
import { isLive, type BeliefCounts, type BeliefState } from './belief.ts';
import { viewsLimits } from './limits.ts';
import type { TableRow } from './table.ts';

/** The gravest first. */
const aspectsByWeight = ['liveness', 'address', 'state', 'meta', 'incarnation'] as const;

/**
 * In what two members disagree about a third. `liveness`: it is there for one and not for the other. `state`: only how well,
 * or how it went, or one remembers it and the other does not. The others are of members that both know.
 */
export type DiffAspect = (typeof aspectsByWeight)[number];

/** A member about which two others disagree. */
export interface MemberDifference {
  readonly name: string;
  /** The gravest first. */
  readonly aspects: readonly DiffAspect[];
  /** What the one believes; undefined when it does not know the member. */
  readonly a: TableRow | undefined;
  readonly b: TableRow | undefined;
}

/** Why a member could not be asked, or did not answer. */
export type AbsenceReason = 'stock' | 'failed' | 'left' | 'unknown' | 'no answer';

/** One of the two members that are compared. */
export interface DiffSide {
  readonly name: string;
  /** Undefined when it told all that it believes. */
  readonly absence: AbsenceReason | undefined;
  /** How many members it knows; all 0 when it told nothing. */
  readonly counts: BeliefCounts;
}

/** Where two members disagree about all of them. */
export interface ViewsDiff {
  readonly a: DiffSide;
  readonly b: DiffSide;
  /** The gravest first, then by name; none when one of the two told nothing. At most 1,000. */
  readonly differences: readonly MemberDifference[];
  /** How many there are. */
  readonly differenceCount: number;
}

/** A member list that was told, or why not. */
export type Table =
  | { readonly name: string; readonly rows: readonly TableRow[] }
  | { readonly name: string; readonly absence: AbsenceReason };

/** Compares two member lists. */
export function compareTables(a: Table, b: Table): ViewsDiff {
  const all = 'rows' in a && 'rows' in b ? differencesOf(a.rows, b.rows) : [];
  const differences = all.sort(byWeight).slice(0, viewsLimits.differencesMax);
  return { a: sideOf(a), b: sideOf(b), differences, differenceCount: all.length };
}

function sideOf(table: Table): DiffSide {
  const counts: Record<BeliefState, number> = { alive: 0, suspect: 0, failed: 0, left: 0 };
  if ('rows' in table) for (const { state } of table.rows) counts[state] += 1;
  return { name: table.name, absence: 'rows' in table ? undefined : table.absence, counts };
}

function differencesOf(rowsA: readonly TableRow[], rowsB: readonly TableRow[]): MemberDifference[] {
  const byName = new Map(rowsB.map((row) => [row.name, row]));
  const differences: MemberDifference[] = [];
  const compare = (name: string, a: TableRow | undefined, b: TableRow | undefined): void => {
    const aspects = aspectsOf(a, b);
    if (aspects.length > 0) differences.push({ name, aspects, a, b });
  };
  for (const a of rowsA) {
    compare(a.name, a, byName.get(a.name));
    byName.delete(a.name);
  }
  for (const b of byName.values()) compare(b.name, undefined, b);
  return differences;
}

function aspectsOf(a: TableRow | undefined, b: TableRow | undefined): DiffAspect[] {
  const areLive = [a, b].map((row) => row !== undefined && isLive(row.state));
  if (a === undefined || b === undefined) return areLive.includes(true) ? ['liveness'] : ['state'];
  const differs: Record<DiffAspect, boolean> = {
    liveness: areLive[0] !== areLive[1],
    address: a.address !== b.address,
    state: areLive[0] === areLive[1] && a.state !== b.state,
    meta: !isSameBytes(a.meta, b.meta),
    incarnation: a.incarnation !== b.incarnation,
  };
  return aspectsByWeight.filter((aspect) => differs[aspect]);
}

function byWeight(a: MemberDifference, b: MemberDifference): number {
  const weightOf = ({ aspects }: MemberDifference): number => aspectsByWeight.indexOf(aspects[0]!);
  return weightOf(a) - weightOf(b) || (a.name < b.name ? -1 : 1);
}
