import type { MemberState, StreamOutcome } from '../../swim/index.ts';
import type { Episode } from './episode.ts';
import type { Testimony } from './testimony.ts';

/** Why a member could not be heard. `stock`: it is no member of ours and keeps no evidence. */
export type WhyMissingReason = 'stock' | 'dead' | 'left' | 'unknown' | 'no answer';

/** All that could be gathered about one episode of one member. All instants are on the clock of the one who asked. */
export interface CaseFile {
  readonly node: string;
  readonly nowMs: number;
  /** What the one who asked believes now; undefined for a member it does not know. */
  readonly state: MemberState | undefined;
  /** How long a probe waits for those that it asked for help: the protocol period without the wait for the target. */
  readonly helperWaitMs: number;
  /** Undefined when nobody remembers any trouble. */
  readonly episode: Episode | undefined;
  /** Of all that answered, the accused left out. */
  readonly witnesses: readonly Testimony[];
  /** Of the accused itself. */
  readonly accused: Testimony | undefined;
  /** What came of a ping over a stream just now; undefined when none was sent. */
  readonly pingNow: StreamOutcome | undefined;
  readonly missing: readonly { readonly name: string; readonly reason: WhyMissingReason }[];
}
