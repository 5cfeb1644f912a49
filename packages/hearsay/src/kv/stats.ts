import type { AgePercentiles } from './engine/recent-ages.ts';
import type { ExchangeStats } from './exchange/index.ts';

/** What the state layer counts, and a few values of the moment. */
export interface KvStats {
  /** Messages that were sent, by type. */
  readonly sentMessages: Readonly<Record<string, number>>;
  /** Bytes of messages that were sent, by type, without headers of packets. */
  readonly sentBytes: Readonly<Record<string, number>>;
  /** Messages that were received and read, by type. */
  readonly receivedMessages: Readonly<Record<string, number>>;
  /** Messages that were dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Comparisons that this node began. */
  readonly sessionsBegun: number;
  /** Comparisons that ended because both had the same. */
  readonly sessionsEqual: number;
  /** Comparisons in which the shared map was found equal to another's, or all that the other had was taken over. */
  readonly sharedSyncs: number;
  /** Streams of the owned lanes of which all that another had was taken over. */
  readonly ownedSyncs: number;
  /** Counters of the comparisons, for people who look closely. */
  readonly exchange: Readonly<ExchangeStats>;
  /** Entries of others that were refused, by reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Refusals that others have told of: of entries of this node, or that came from it, by reason. */
  readonly nacks: Readonly<Record<string, number>>;
  /** Members that have refused entries of this node, in the last minute. */
  readonly nackingPeers: number;
  /** Rumors that wait. */
  readonly rumorsQueued: number;
  /** Entries that found no room among the rumors. */
  readonly rumorsDropped: number;
  /** How long the oldest own write has waited to be seen by another, in milliseconds. */
  readonly lagMs: number;
  /** Live members that take part, this one included. */
  readonly capableCount: number;
  /** How old beacons of others were when they came, in milliseconds; `undefined` before the first. */
  readonly propagationMs: AgePercentiles | undefined;
  /**
   * How long rumors of the shared map took to come here, from the clock of the writer to that of this node, so that it is
   * as right as these two agree; `undefined` before the first.
   */
  readonly rumorSpreadMs: AgePercentiles | undefined;
}
