/** First byte of every Serf message (Serf `messages.go`). 10 and above are not Serf's. */
export const SerfMessageType = {
  leave: 0,
  join: 1,
  pushPull: 2,
  userEvent: 3,
  query: 4,
  queryResponse: 5,
  conflictResponse: 6,
  keyRequest: 7,
  keyResponse: 8,
  relay: 9,
} as const;

/** A Lamport time: 0 to 2^53 - 1. Larger ones on the wire are refused. */
export type LamportTime = number;

/** A member says that it leaves, or somebody says so of it. */
export interface LeaveIntent {
  ltime: LamportTime;
  node: string;
  /** Forget the member entirely. */
  prune: boolean;
}

/** A member says that it has joined. */
export interface JoinIntent {
  ltime: LamportTime;
  node: string;
}

/** The user state of a push/pull. */
export interface SerfPushPull {
  ltime: LamportTime;
  eventLtime: LamportTime;
  queryLtime: LamportTime;
  /** Status time of every member, whatever its status. */
  statusLtimes: ReadonlyMap<string, LamportTime>;
  /** Names whose status is left. */
  leftMembers: readonly string[];
  /** Without the empty slots of the reference's ring. */
  events: readonly UserEventSlot[];
}

/** All user events of one Lamport time. */
export interface UserEventSlot {
  ltime: LamportTime;
  events: readonly { readonly name: string; readonly payload: Uint8Array | null }[];
}

/** Something happened, says a user of the pool. */
export interface UserEventMessage {
  ltime: LamportTime;
  name: string;
  payload: Uint8Array | null;
  coalesce: boolean;
}

/** Bits of {@link QueryMessage.flags}. */
export const QueryFlag = { ack: 1, noForward: 2 } as const;

/** A member asks; whoever passes the filters answers straight back. */
export interface QueryMessage {
  ltime: LamportTime;
  id: number;
  /** Where answers go: the asker's IP, 4 or 16 bytes from a correct member. */
  addr: Uint8Array | null;
  port: number;
  /** Empty from Serf before 0.9. */
  sourceNode: string;
  filters: readonly Uint8Array[];
  flags: number;
  relayFactor: number;
  /** Between receipt and answer. As it came: it may be negative, or centuries. */
  timeoutMs: number;
  name: string;
  payload: Uint8Array | null;
}

/** Bits of {@link QueryResponseMessage.flags}. */
export const ResponseFlag = { ack: 1 } as const;

/** An acknowledgement of a query, or an answer to it. */
export interface QueryResponseMessage {
  ltime: LamportTime;
  id: number;
  from: string;
  flags: number;
  payload: Uint8Array | null;
}

/** What a member knows of a contested name; the payload of a query response. */
export interface ConflictResponse {
  name: string;
  addr: Uint8Array;
  port: number;
  tags: Readonly<Record<string, string>>;
  /** 0 none, 1 alive, 2 leaving, 3 left, 4 failed. */
  status: number;
  protocolMin: number;
  protocolMax: number;
  protocolCurrent: number;
  delegateMin: number;
  delegateMax: number;
  delegateCurrent: number;
}

/** The payload of a key query. `key` is empty for list-keys. */
export interface KeyRequest {
  key: Uint8Array;
}

/** The payload of an answer to a key query. */
export interface KeyResponse {
  result: boolean;
  message: string;
  /** Base64; only for list-keys. */
  keys: readonly string[] | null;
  /** Base64; only for list-keys. */
  primaryKey: string;
}

/** Header of a relay; a complete Serf message follows. */
export interface RelayHeader {
  addr: Uint8Array | null;
  port: number;
  /** Empty from Serf before 0.9. */
  name: string;
}
