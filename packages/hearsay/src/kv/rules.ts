/**
 * The rules of the shared map, each of which can be weakened. A node never does: the schedule explorer does, to show
 * that it would notice, and that none of them is superfluous.
 */
export interface MergeRules {
  /** R1: coverage is taken over only after every entry has arrived. */
  readonly coverageWaitsForAll: boolean;
  /** R2: who has not seen a deletion that the sender dropped takes no delta. */
  readonly behindResyncs: boolean;
  /** R2: a delta from one who has not seen a deletion that was dropped here is not taken. */
  readonly behindIsNotHeard: boolean;
  /** R3: in a resync, what one side covers and does not have is dead. */
  readonly resyncIsCausal: boolean;
  /** R4: what the other side may have deleted and forgotten is written anew. */
  readonly ambiguous: 'reissue' | 'keep' | 'drop';
  /** R5: rumors at or below the floor are passed over. */
  readonly floorBindsRumors: boolean;
  /** R6: an answer is taken only by who still has what it asked with. */
  readonly answersBind: boolean;
}

/** All rules in force. */
export const allRules: MergeRules = {
  coverageWaitsForAll: true,
  behindResyncs: true,
  behindIsNotHeard: true,
  resyncIsCausal: true,
  ambiguous: 'reissue',
  floorBindsRumors: true,
  answersBind: true,
};
