/**
 * Every memberlist message as plain data. Field names are those on the wire in camel case; sizes are unsigned unless
 * said. `null` byte strings are Go's nil and travel as msgpack nil; an empty one travels as an empty raw. Receivers
 * must treat both alike. Source: memberlist `net.go`.
 */

/** The first byte of a message (or of a packet, for `label`). */
export const MessageType = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  checksum: 12,
  error: 13,
  label: 244,
} as const;

export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** "Are you there?" An empty `node` means whoever gets this. */
export interface Ping {
  seqNo: number;
  node: string;
  sourceAddr: Uint8Array | null;
  sourcePort: number;
  sourceNode: string;
}

/** "Ping `node` for me, and tell me with `seqNo`." */
export interface IndirectPing {
  seqNo: number;
  target: Uint8Array | null;
  /** 0 means the receiver's own bind port. */
  port: number;
  node: string;
  /** The requester wants a nack when the target does not answer in time. */
  nack: boolean;
  sourceAddr: Uint8Array | null;
  sourcePort: number;
  sourceNode: string;
}

/** "I am here", to the ping with the same number. */
export interface Ack {
  seqNo: number;
  payload: Uint8Array | null;
}

/** A relay's "I am well, but your target did not answer me". */
export interface Nack {
  seqNo: number;
}

/** Why a stream was refused, as free text for people. */
export interface ErrorReply {
  error: string;
}

/** "`from` got no answer from `node`", in the incarnation it knows. */
export interface Suspect {
  incarnation: number;
  node: string;
  from: string;
}

/** With `from` equal to `node` it is a voluntary leave. */
export interface Dead {
  incarnation: number;
  node: string;
  from: string;
}

/** "`node` is here", about oneself or passed on; a higher incarnation overrules an accusation. */
export interface Alive {
  incarnation: number;
  node: string;
  /** 4 or 16 bytes from a correct sender; kept and compared as received. */
  addr: Uint8Array | null;
  /** 0 means the receiver's own bind port. */
  port: number;
  meta: Uint8Array | null;
  /** Six bytes from a correct sender: protocol min, max, current, delegate min, max, current. */
  vsn: Uint8Array | null;
}

/** Precedes the node entries of a push/pull. The counts are signed on the wire. */
export interface PushPullHeader {
  nodes: number;
  userStateLen: number;
  join: boolean;
}

/** What a push/pull says of one node. */
export interface NodeEntry {
  name: string;
  addr: Uint8Array | null;
  port: number;
  meta: Uint8Array | null;
  incarnation: number;
  /** 0 alive, 1 suspect, 2 dead, 3 left; anything else is ignored. Signed on the wire. */
  state: number;
  vsn: Uint8Array | null;
}

/** Precedes a user message on a stream. Signed on the wire. */
export interface UserMessageHeader {
  userMsgLen: number;
}

/** The envelope of a compressed message. */
export interface Compressed {
  /** 0 is LZW; nothing else exists. */
  algo: number;
  buf: Uint8Array | null;
}
