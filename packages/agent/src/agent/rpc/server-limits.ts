/** Bounds of the RPC server. Serf has none of them but the first. */
export const serverLimits = {
  /** Records that wait in one stream or monitor for a client that reads too slowly; more are dropped, as in Serf. */
  queuedRecords: 512,
  /** The same for one query: an acknowledgement and an answer from each of 2,000 members. */
  queuedQueryRecords: 4_096,
  /** Streams and open queries of one connection. */
  streams: 64,
  /** Queries of one connection that may still be answered; the oldest is forgotten. */
  answerableQueries: 1_024,
  connections: 256,
  /** How long a connection may be open without a handshake, and with a key set without its key. */
  handshakeTimeoutMs: 30_000,
} as const;
