/** Counters of queries, answers and relays of one node since its start. */
export class QueryStats {
  queriesAsked: number = 0;
  /** Queries met for the first time, matching or not. */
  queriesReceived: number = 0;
  /** Those of them whose filters match this node. */
  queriesMatched: number = 0;
  queriesDuplicate: number = 0;
  /** Older than the window, or than the snapshot. */
  queriesTooOld: number = 0;
  /** Their Lamport time is further ahead than any real cluster gets. */
  queriesImplausible: number = 0;
  /** Refused because too many queries carried one Lamport time. */
  queriesOverflowed: number = 0;
  /** Queries whose answer goes to no unicast address: handed on, but not answered. */
  queriesUnanswerable: number = 0;
  /** Queries forgotten before their time was over because too many waited for an answer. */
  queriesForgotten: number = 0;
  /** `_serf_…` queries of a kind that is not known here. */
  internalQueriesUnknown: number = 0;
  /** Key requests, key responses and conflict responses that could not be read. */
  internalPayloadsBad: number = 0;
  /** Votes over the own name that could not be asked for. */
  votesNotHeld: number = 0;

  acksSent: number = 0;
  responsesSent: number = 0;
  acksReceived: number = 0;
  responsesReceived: number = 0;
  duplicateAcks: number = 0;
  duplicateResponses: number = 0;
  /** Answers to no query that is still open. */
  responsesUnexpected: number = 0;
  /** Answers without a sender, or beyond what a query may collect. */
  responsesRefused: number = 0;

  relaysSent: number = 0;
  /** Relays not sent because they are longer than an answer may be. */
  relaysTooLong: number = 0;
  /** Relays of others passed on. */
  relaysForwarded: number = 0;
  /** Relays of others that hold no answer, are too long, or lead to nobody we know. */
  relaysRefused: number = 0;
}
