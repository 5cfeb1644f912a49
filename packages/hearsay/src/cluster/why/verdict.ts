/** What happened to a member, as far as the evidence goes. */
export type WhyCause =
  | 'left-on-purpose'
  | 'name-conflict'
  | 'restarted'
  | 'observer-stalled'
  | 'target-stalled'
  | 'path-broken'
  | 'target-died'
  | 'unknown';

/**
 * Which way was broken: towards the member, from it, or both; `lossy` when only some packets were lost, `unreadable` when
 * what it sent arrived, but with another key or label.
 */
export type WhyPath = 'to-target' | 'from-target' | 'both-ways' | 'lossy' | 'unreadable';

/** An answer to the question why a member was accused, or went. */
export interface WhyVerdict {
  readonly cause: WhyCause;
  /** Only of a broken path. */
  readonly path: WhyPath | undefined;
  /** `certain`: somebody saw it. `likely`: nothing speaks against it. `none`: unknown. */
  readonly certainty: 'certain' | 'likely' | 'none';
  /** In one sentence, for people. */
  readonly text: string;
  /** What it rests on, a sentence each, the strongest first. */
  readonly grounds: readonly string[];
  /** What else it may have been. */
  readonly alternatives: readonly WhyCause[];
  /** What was not to be had and might have changed it, a sentence each. */
  readonly missing: readonly string[];
}
