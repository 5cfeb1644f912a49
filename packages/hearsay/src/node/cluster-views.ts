import { decodeTags } from '../serf/index.ts';
import type { BeliefState, ClusterViews, DiffAspect, DiffSide, TableRow, ViewsDiff } from '../views/index.ts';

/** What one member believes of another. */
export interface DiffBelief {
  readonly state: BeliefState;
  /** `host:port`; empty when it is nothing that can be contacted. */
  readonly address: string;
  /** The counter that only the member itself raises. */
  readonly incarnation: number;
  /** Of a member of a Serf pool; empty in a plain one. */
  readonly tags: Readonly<Record<string, string>>;
  /** What the member says of itself, as it travels. */
  readonly meta: Uint8Array;
}

/** A member about which two others disagree. */
export interface ClusterDifference {
  readonly name: string;
  /**
   * In what, the gravest first. `liveness`: it is there for one and not for the other. `state`: only how well, or how it went,
   * or one remembers it and the other does not. `tags` in a Serf pool, `meta` in a plain one.
   */
  readonly aspects: readonly (DiffAspect | 'tags')[];
  /** What the one believes; undefined when it does not know the member. */
  readonly a: DiffBelief | undefined;
  readonly b: DiffBelief | undefined;
}

/** Where two members disagree about all of them. */
export interface ClusterDiff {
  readonly a: DiffSide;
  readonly b: DiffSide;
  /** The gravest first, then by name; none when one of the two told nothing. At most 1,000. */
  readonly differences: readonly ClusterDifference[];
  /** How many there are. */
  readonly differenceCount: number;
}

/** As users see it. */
export function toClusterDiff({ a, b, differences, differenceCount }: ViewsDiff, isSerf: boolean): ClusterDiff {
  const toBelief = (row: TableRow | undefined): DiffBelief | undefined => {
    if (row === undefined) return undefined;
    const { state, address, incarnation, meta } = row;
    return { state, address, incarnation, tags: isSerf ? { ...decodeTags(meta) } : {}, meta };
  };
  return {
    a,
    b,
    differences: differences.map((each) => ({
      name: each.name,
      aspects: each.aspects.map((aspect) => (aspect === 'meta' && isSerf ? 'tags' : aspect)),
      a: toBelief(each.a),
      b: toBelief(each.b),
    })),
    differenceCount,
  };
}

/** "2 views of members (4 with 5 live, 1 with 4 live); no digest has come from n7", for the message of an error. */
export function disagreementInWords({ groups, silent }: ClusterViews): string {
  const sizes = groups.map(({ members, liveCount }) => `${members.length} with ${liveCount} live`).join(', ');
  const waited = silent.filter(({ reason }) => reason === 'no digest').map(({ name }) => name);
  const missing = waited.length === 0 ? '' : `; no digest has come from ${waited.slice(0, 3).join(', ')}`;
  const more = waited.length > 3 ? ` and ${waited.length - 3} more` : '';
  return `${groups.length} ${groups.length === 1 ? 'view' : 'views'} of members (${sizes})${missing}${more}`;
}
