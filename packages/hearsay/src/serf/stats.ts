/** Counters of the Serf layer of one node since its start, as plain fields; those of queries are in `QueryStats`. */
export class SerfCounters {
  joinIntentsReceived: number = 0;
  leaveIntentsReceived: number = 0;
  /** Messages of others that were news, and passed on. */
  messagesForwarded: number = 0;
  /** Leave intents about this node that it denied. */
  refutations: number = 0;
  userEventsSent: number = 0;
  userEventsReceived: number = 0;
  /** Those that were new, and told to the user. */
  userEventsDelivered: number = 0;
  userEventsDuplicate: number = 0;
  /** Older than the window, the snapshot, or what was agreed on at a join. */
  userEventsTooOld: number = 0;
  /** Too long for any correct member, or too many of one Lamport time. */
  userEventsRefused: number = 0;
  /** Lamport times of which user events were forgotten early because they were too many. */
  userEventTimesForgotten: number = 0;
  /** Messages with a Lamport time further ahead than any real cluster gets. */
  clockJumpsRefused: number = 0;
  statesReceived: number = 0;
  /** Entries of states that were passed over because they are beyond our limits. */
  stateEntriesPassedOver: number = 0;
  /** Messages that could not be read. */
  messagesUnreadable: number = 0;
  /** Messages of a type that is not known, or does not travel like that. */
  messagesUnknown: number = 0;
  /** Ping payloads that were refused. */
  coordinatesRefused: number = 0;
  membersReaped: number = 0;
  /** Members reaped before their time because too many had gone. */
  membersForgotten: number = 0;
  membersPruned: number = 0;
  reconnectAttempts: number = 0;
  nameConflicts: number = 0;
}

/** What the Serf layer has counted since it was made, and a few values of the moment. Serf's own are named as there. */
export interface SerfStats {
  /** Members of any status. */
  readonly members: number;
  readonly failed: number;
  readonly left: number;
  readonly memberTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
  /** User events before this Lamport time are not looked at. */
  readonly eventMinTime: number;
  /** The same for queries. */
  readonly queryMinTime: number;
  readonly intentQueue: number;
  readonly eventQueue: number;
  readonly queryQueue: number;
  /** Undefined when coordinates are off. */
  readonly coordinateResets: number | undefined;
  /** Intents about members that are not known yet. */
  readonly recentIntents: number;
  /** User events that are remembered, and their size. */
  readonly userEvents: number;
  readonly userEventBytes: number;
  /** Messages dropped from the queues because they were too many. */
  readonly broadcastsDropped: number;
  /** Messages that no packet can carry. */
  readonly broadcastsTooLong: number;
  /** Everything that was counted, by name. */
  readonly counters: Readonly<Record<string, number>>;
}
