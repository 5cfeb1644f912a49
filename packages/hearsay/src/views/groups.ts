import type { BeliefCounts, Belief } from './belief.ts';
import { isLive } from './belief.ts';
import { liveCountOf, type ViewDigest } from './digest.ts';
import { difference, Fingerprint, identityOf } from './fingerprint.ts';
import { viewsLimits } from './limits.ts';

/** A member that tells what it believes. */
export interface ViewHolder {
  readonly name: string;
  /** How long ago it said so, in milliseconds: it speaks when something changed, and now and then. 0 for this node. */
  readonly ageMs: number;
  /** How many digests it had published before. */
  readonly sequence: number;
  readonly counts: BeliefCounts;
  /** Equal where two remember the same members, with the same fate: who is gone included. */
  readonly all: string;
}

/** Members of which a group believes something else than this node, as far as their digests tell. */
export interface ViewDifference {
  /** Live for this node, and not for them. */
  readonly onlyHere: readonly string[];
  /** Live for them, and not for this node. */
  readonly onlyThere: readonly string[];
}

/** Members that believe the same of who is live. */
export interface ViewGroup {
  /** The digest of who is live that they have in common: 16 hexadecimal digits. */
  readonly live: string;
  /** How many members are live in their eyes. */
  readonly liveCount: number;
  /** Whether this node is one of them. */
  readonly isOurs: boolean;
  /** By name. */
  readonly members: readonly ViewHolder[];
  /** Of another group than ours, when one or two members explain it; undefined when it takes a closer look. */
  readonly differs: ViewDifference | undefined;
}

/** A live member that could not tell what it believes. */
export interface SilentMember {
  readonly name: string;
  /** `stock`: takes no part in gossiped state, like members of other software. `no digest`: none has come here yet. */
  readonly reason: 'stock' | 'no digest';
}

/** What all live members believe of who is live, as far as this node has heard. */
export interface ClusterViews {
  /** The largest first; one when all agree. */
  readonly groups: readonly ViewGroup[];
  /** Live members that are in no group, by name. */
  readonly silent: readonly SilentMember[];
  /** Whether all that take part have told, and believe what this node believes. */
  readonly isAgreed: boolean;
}

/** One that told: a holder with its digest. */
export interface Told {
  readonly name: string;
  readonly ageMs: number;
  readonly digest: ViewDigest;
}

/** Groups by what they believe. The first of `told` is this node. */
export function groupViews(
  told: readonly [Told, ...Told[]],
  silent: readonly SilentMember[],
  beliefs: () => Iterable<Belief>,
): ClusterViews {
  const ours = told[0].digest.live;
  const byLive = new Map<string, Told[]>();
  for (const one of told) {
    const group = byLive.get(one.digest.live);
    if (group === undefined) byLive.set(one.digest.live, [one]);
    else group.push(one);
  }
  const explain = new Explainer(beliefs);
  const groups = [...byLive]
    .sort(([liveA, a], [liveB, b]) => b.length - a.length || Number(liveB === ours) - Number(liveA === ours))
    .map(([live, members], index) => ({
      live,
      liveCount: liveCountOf(members[0]!.digest),
      isOurs: live === ours,
      members: members.map(toHolder).sort(byName),
      differs: live === ours || index > viewsLimits.explainedGroupsMax ? undefined : explain.difference(ours, live),
    }));
  const isAgreed = groups.length === 1 && silent.every(({ reason }) => reason === 'stock');
  return { groups, silent: silent.toSorted(byName), isAgreed };
}

function toHolder({ name, ageMs, digest: { sequence, counts, all } }: Told): ViewHolder {
  return { name, ageMs, sequence, counts, all };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * Finds which members two views do not have in common, without asking anybody: the difference of two fingerprints is
 * that of these members alone, so one or two that this node knows are found among all that it knows.
 */
class Explainer {
  readonly #beliefs: () => Iterable<Belief>;
  #byPrint: Map<string, Belief> | undefined;

  constructor(beliefs: () => Iterable<Belief>) {
    this.#beliefs = beliefs;
  }

  difference(ours: string, theirs: string): ViewDifference | undefined {
    const sought = difference(ours, theirs);
    const byPrint = (this.#byPrint ??= printsOf(this.#beliefs()));
    const single = byPrint.get(sought);
    if (single !== undefined) return inWords([single]);
    for (const [print, belief] of byPrint) {
      const other = byPrint.get(difference(sought, print));
      if (other !== undefined && other !== belief) return inWords([belief, other]);
    }
    return undefined;
  }
}

function printsOf(beliefs: Iterable<Belief>): Map<string, Belief> {
  const byPrint = new Map<string, Belief>();
  for (const belief of beliefs) {
    const print = new Fingerprint();
    print.toggle(identityOf(belief));
    byPrint.set(print.hex, belief);
  }
  return byPrint;
}

function inWords(beliefs: readonly Belief[]): ViewDifference {
  const named = (isHere: boolean): string[] =>
    beliefs.filter(({ state }) => isLive(state) === isHere).map(({ name }) => name);
  return { onlyHere: named(true), onlyThere: named(false) };
}
