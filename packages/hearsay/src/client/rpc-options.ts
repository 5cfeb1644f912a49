import type { RpcStreamOptions } from './rpc-stream.ts';
import type { SignedForm } from './rpc-values.ts';

/** Where an agent is and how to speak to it. */
export interface RpcConnectOptions {
  /**
   * `host:port`, `[ipv6]:port`, or the path of a Unix socket.
   *
   * @defaultValue `127.0.0.1:7373`
   */
  readonly address?: string;
  /** The agent's RPC auth key, if it has one. Without it every command is refused: "Authentication required". */
  readonly authKey?: string;
  /**
   * How long connecting, and then each answer, may take. The agent takes one request after the other, so a slow one
   * makes the next wait.
   *
   * @defaultValue 10,000; 60,000 for join, leave, force-leave, tags and keys, which wait for the pool
   */
  readonly timeoutMs?: number;
  /** Ends the attempt to connect; without effect once connected. */
  readonly signal?: AbortSignal;
  /**
   * How positive numbers in signed fields are written.
   *
   * @defaultValue `unsigned`, which every generation of Serf reads
   */
  readonly signedForm?: SignedForm;
}

/** For one call. */
export interface RpcCallOptions {
  /** How long its answer may take, instead of {@link RpcConnectOptions.timeoutMs}. */
  readonly timeoutMs?: number;
  /** Stops waiting: the call rejects with `signal.reason`. The agent may still carry the command out. */
  readonly signal?: AbortSignal;
}

/** Which members to list. Each text is a regular expression (RE2) for all of the value; all must match. */
export interface RpcMembersFilter {
  readonly name?: string;
  readonly status?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** How to join. */
export interface RpcJoinOptions extends RpcCallOptions {
  /**
   * Deliver the pool's recent user events from before the join too.
   *
   * @defaultValue false
   */
  readonly replay?: boolean;
}

/** How to force a member out. */
export interface RpcForceLeaveOptions extends RpcCallOptions {
  /**
   * Forget the member entirely.
   *
   * @defaultValue false
   */
  readonly prune?: boolean;
}

/** How to fire an event. */
export interface RpcEventOptions extends RpcCallOptions {
  /**
   * Let receivers join several events of this name into the latest.
   *
   * @defaultValue true, as the command does
   */
  readonly coalesce?: boolean;
}

/** Which tags to change: first `delete`, then `set`. */
export interface RpcTagChanges {
  readonly set?: Readonly<Record<string, string>>;
  readonly delete?: readonly string[];
}

/** How much of an agent's status to read. */
export interface RpcStatusOptions extends RpcCallOptions {
  /** Of how many members to tell, the worst first. @defaultValue 0: of none, only how many there are */
  readonly membersMax?: number;
}

/** Whom and how to ask. */
export interface RpcQueryOptions extends RpcStreamOptions {
  /** Only these members answer. Default: all. */
  readonly nodes?: readonly string[];
  /** Only members whose tags match these regular expressions answer, in any part of the value. */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Ask every member to say that the query has arrived.
   *
   * @defaultValue false
   */
  readonly requestAck?: boolean;
  /**
   * How many other members carry each answer a second time, 0 to 255.
   *
   * @defaultValue 0
   */
  readonly relayFactor?: number;
  /** How long the query is open; it always takes that long. Default: the agent's, by the size of its pool. */
  readonly timeoutMs?: number;
}

/** One answer to a query. */
export interface RpcQueryItem {
  readonly type: 'ack' | 'response';
  readonly from: string;
  readonly payload: Uint8Array | null;
}
