/**
 * Counters of one node since its start, as plain fields: counting costs an addition, and whoever reads them decides
 * what to show. Refused bytes are counted by reason in the packet codec.
 */
export class SwimStats {
  /** Packets received, before anything is known of their content. */
  packetsReceived: number = 0;
  bytesReceived: number = 0;
  packetsSent: number = 0;
  bytesSent: number = 0;
  /** Packets that the driver could not send. */
  sendFailures: number = 0;

  probes: number = 0;
  /** Probes answered in time, by any way. */
  probesAcked: number = 0;
  /** Probes whose direct ping was not answered in time, so that others were asked. */
  probeTimeouts: number = 0;
  probesFailed: number = 0;
  /** Probes without a verdict because this node's own timers were late. */
  probesVoid: number = 0;
  /** Probes that the target answered by itself, but late: others had been asked by then. */
  probesAckedLate: number = 0;
  /** Probes that only others saved, who reached the target: the sign of a broken path between the two. */
  probesSavedByOthers: number = 0;
  /** Probes that only the ping over a stream saved: the sign of a blocked UDP path. */
  probesSavedByStream: number = 0;
  pingsAnswered: number = 0;
  /** Pings for another name, or that ask for an answer to an address of nobody. */
  pingsIgnored: number = 0;
  indirectPingsRelayed: number = 0;
  /** Indirect pings not relayed because too many were under way, or their target is nobody. */
  relaysRefused: number = 0;
  nacksSent: number = 0;
  nacksMissed: number = 0;

  gossipPackets: number = 0;
  gossipMessages: number = 0;
  /** Rounds of gossip that began at once because there was news. */
  eagerRounds: number = 0;

  suspicions: number = 0;
  suspicionsConfirmed: number = 0;
  refutations: number = 0;
  /** Times this node spread its record again because an old rumor about it was still going round. */
  reassertions: number = 0;
  /** Accusations and announcements whose incarnation was too far ahead to be followed. */
  incarnationJumpsRefused: number = 0;
  /** Members declared dead, here or by others. */
  membersFailed: number = 0;
  membersLeft: number = 0;
  membersJoined: number = 0;
  membersReaped: number = 0;
  /** Alive messages about a dead, left or departed member that are no newer than what is known of its end. */
  staleAlivesRefused: number = 0;
  /** Alive messages refused for their address, an empty name, an incarnation of 0 or metadata that is too long. */
  alivesRefused: number = 0;
  /** Suspect and dead messages refused because the name of who says so is too long. */
  accusationsRefused: number = 0;
  /** Departed members forgotten because `departedMax` newer ones are remembered. */
  departedForgotten: number = 0;
  /** Messages sent to a node to tell it directly that it was overruled, or accused. */
  directMessagesSent: number = 0;
  /** Such messages not sent because there were too many. */
  directMessagesHeldBack: number = 0;
  /** Unknown members refused because `membersMax` records exist. */
  membersRefused: number = 0;
  nameConflicts: number = 0;

  pushPullsInitiated: number = 0;
  pushPullsAnswered: number = 0;
  pushPullsFailed: number = 0;
  /** Exchanges not merged: versions that do not fit, or a refusal by the layer above. */
  mergesRefused: number = 0;
  /** Streams refused because `streamsMax` or `streamsOpenedMax` were open. */
  streamsRefused: number = 0;
  /** Streams closed because their time was over. */
  streamsTimedOut: number = 0;
  healAttempts: number = 0;
  /** Attempts that brought back at least one member. */
  heals: number = 0;

  /** Steps in which timers fired later than the tolerance. */
  stalls: number = 0;
  /** How late they were, in all. */
  stalledMs: number = 0;
}

/** How often members came or went here. */
export function memberChanges({ membersJoined, membersFailed, membersLeft }: SwimStats): number {
  return membersJoined + membersFailed + membersLeft;
}
