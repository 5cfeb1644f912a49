import type { Address } from '../util/index.ts';

/** What a node believes of a member. Alive and suspect members are live; failed and left ones are gone. */
export type BeliefState = 'alive' | 'suspect' | 'failed' | 'left';

/** All that a node believes of one member. */
export interface Belief {
  readonly name: string;
  readonly state: BeliefState;
  /** Undefined when it is nothing that can be contacted. */
  readonly address: Address | undefined;
  readonly incarnation: number;
  /** What the member says of itself, as it travels; tags in a Serf pool. */
  readonly meta: Uint8Array;
}

/** How many members a node knows, by state. */
export type BeliefCounts = Readonly<Record<BeliefState, number>>;

/** Whether such a member counts as being there. */
export function isLive(state: BeliefState): boolean {
  return state === 'alive' || state === 'suspect';
}
