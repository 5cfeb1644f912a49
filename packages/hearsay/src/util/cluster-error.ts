/** Every code a {@link ClusterError} can carry. Codes are stable: programs match on them, people read the message. */
export type ClusterErrorCode =
  /** An option is missing, out of range, or unsafe together with another; the message names both. */
  | 'ERR_CONFIG'
  /** The method was called before `start` or after `leave` or `close`. */
  | 'ERR_STATE'
  /** Metadata is longer than the protocol carries (512 bytes). */
  | 'ERR_META_TOO_LARGE'
  /** A user message is longer than the channel carries. */
  | 'ERR_MESSAGE_TOO_LARGE'
  /** An encryption key is not 16, 24 or 32 bytes long. */
  | 'ERR_KEY_LENGTH'
  /** The key is not in the keyring, or is the primary one and cannot be removed. */
  | 'ERR_KEY'
  /** No member of that name is known. */
  | 'ERR_UNKNOWN_MEMBER'
  /** Not one of the given addresses could be joined; `cause` lists why for each. */
  | 'ERR_JOIN'
  /** The operation was not finished within its time. */
  | 'ERR_TIMEOUT'
  /** An address cannot be parsed or resolved. */
  | 'ERR_ADDRESS'
  /** A socket could not be opened: the port is taken, or binding is not permitted. */
  | 'ERR_BIND'
  /** A queue with a stated bound is full. */
  | 'ERR_QUEUE_FULL'
  /** Encoded tags are longer than metadata may be (512 bytes). */
  | 'ERR_TAGS_TOO_LARGE'
  /** A user event is longer than the configured limit, or than 9,216 bytes. */
  | 'ERR_EVENT_TOO_LARGE'
  /** A query is longer than the configured limit. */
  | 'ERR_QUERY_TOO_LARGE'
  /** An answer to a query is longer than the configured limit. */
  | 'ERR_RESPONSE_TOO_LARGE'
  /** A query was answered before, is over, or was never asked. */
  | 'ERR_QUERY_CLOSED'
  /** The name is reserved, or not allowed. */
  | 'ERR_NAME'
  /** The pool's protocol version, or the kind of pool, does not have that feature. */
  | 'ERR_UNSUPPORTED'
  /** A cluster-wide key operation did not succeed everywhere; `cause` is its result. */
  | 'ERR_KEYS_INCOMPLETE'
  /** An agent could not be reached, or the connection to it broke. */
  | 'ERR_RPC_CONNECTION'
  /** An agent answered with an error; the message is its text. */
  | 'ERR_RPC'
  /** A file is unreadable, or holds what it must not; the message names the file, the key and the remedy. */
  | 'ERR_FILE'
  /** A key of the state layer is empty, too long, or has control characters. */
  | 'ERR_KV_KEY'
  /** A value of the state layer is longer than the configured limit. */
  | 'ERR_KV_VALUE_TOO_LARGE'
  /** A value of the state layer cannot be encoded. */
  | 'ERR_KV_VALUE'
  /** A value of the state layer does not fit the schema that its key is defined with; `cause` lists the issues. */
  | 'ERR_KV_SCHEMA'
  /** A schema of the state layer answers with a promise. */
  | 'ERR_KV_SCHEMA_ASYNC'
  /** The shared map holds as much as it may; the message says what is full, and where most of it is. */
  | 'ERR_KV_FULL'
  /** This node owns as much as it may. */
  | 'ERR_KV_OWNED_FULL'
  /** This node's telemetry is as large as it may be. */
  | 'ERR_KV_TELEMETRY_FULL'
  /** This node writes to the shared map more often than it may. */
  | 'ERR_KV_RATE'
  /** Stamps of the shared map are too far ahead of this node's clock; the message says by how much. */
  | 'ERR_KV_CLOCK_AHEAD'
  /** Writes are not passed on as fast as they are made, and the caller asked to be told. */
  | 'ERR_KV_BACKPRESSURE';

/** The one error class for wrong use: a stable {@link ClusterErrorCode} and a message with the number and the limit. */
export class ClusterError extends Error {
  override readonly name: string = 'ClusterError';
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
