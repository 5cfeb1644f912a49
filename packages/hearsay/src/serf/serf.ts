import type { Delegate, Member, MemberEvent } from '../swim/index.ts';
import type { Address } from '../util/index.ts';
import type { SerfConfig } from './config.ts';
import type { SerfMember } from './events.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { SerfStats } from './stats.ts';

/** What a snapshot file says, as far as it matters at start. */
export interface SerfSnapshot {
  /** Name to `ip:port` of the members that were alive. */
  readonly aliveNodes: ReadonlyMap<string, string>;
  readonly clock: number;
  readonly eventClock: number;
  readonly queryClock: number;
}

/** Where a member is in the space of round trips. All in seconds but `error`. */
export interface SerfCoordinate {
  readonly vec: readonly number[];
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
}

/** Who a member of a Serf pool is, and how it takes part. */
export interface SerfOptions {
  /** The same as membership's. */
  readonly name: string;
  /** @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Given values replace the defaults. */
  readonly config?: Partial<SerfConfig>;
  /** What the snapshot said; undefined without one. */
  readonly snapshot?: SerfSnapshot;
  /** Membership's: how often a message is repeated grows with it. */
  readonly retransmitMult: number;
  /** Membership's: query timeouts are multiples of it. */
  readonly gossipIntervalMs: number;
  /** Longer messages do not ride on gossip and are left to push/pull. @defaultValue Infinity */
  readonly gossipMessageMaxBytes?: number;
}

/** Whom to ask, and how. */
export interface QueryParams {
  /** Only these members. @defaultValue all */
  readonly nodes?: readonly string[];
  /** Only members whose tag matches the expression (RE2 syntax, unanchored). @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** 0 is the default: grows with the pool. @defaultValue 0 */
  readonly timeoutMs?: number;
  /** @defaultValue false */
  readonly requestAck?: boolean;
  /** Through how many other members answers come as well, 0 to 255. @defaultValue 0 */
  readonly relayFactor?: number;
}

/** Key changes all over the pool. Each ends with `keys-done`. */
export interface SerfKeys {
  install(request: number, key: Uint8Array): void;
  use(request: number, key: Uint8Array): void;
  remove(request: number, key: Uint8Array): void;
  list(request: number): void;
}

/**
 * The Serf layer of one node: intents, user events, queries, tags, keys and coordinates above membership. Without I/O,
 * like it; everything happens inside a step of the node.
 */
export class Serf implements Delegate {
  readonly config: SerfConfig;
  readonly keys: SerfKeys;

  /** @throws `ClusterError` `ERR_CONFIG`, `ERR_NAME` or `ERR_TAGS_TOO_LARGE` */
  constructor(options: SerfOptions, host: SerfHost, env: SerfEnv) {
    throw new Error(`${options.name} ${host.name} ${env.clock.nowMs}`);
  }

  /** All members, whatever their status. */
  get members(): readonly SerfMember[] {
    throw new Error('todo');
  }

  get tags(): Readonly<Record<string, string>> {
    throw new Error('todo');
  }

  get stats(): SerfStats {
    throw new Error('todo');
  }

  member(name: string): SerfMember | undefined {
    throw new Error(name);
  }

  /** Begins to take part; also again, after {@link leave} or {@link stop}. To be called before membership starts. */
  start(): void {}

  /** Hands on what is still being collected, ends every timer and wait, and closes the snapshot. */
  stop(): void {}

  /**
   * A join with `addresses` begins. Until {@link endJoin}, `ignoreOldEvents` keeps out user events that were sent before.
   */
  beginJoin(ignoreOldEvents: boolean): void {
    throw new Error(String(ignoreOldEvents));
  }

  /** The join is over; with `joinedCount` above 0 this node announces itself. */
  endJoin(joinedCount: number): void {
    throw new Error(String(joinedCount));
  }

  /** Says goodbye with an intent, leaves membership and stays for a moment. `onDone` hears whether both were spread. */
  leave(timeoutMs: number, onDone: (spread: boolean) => void): void {
    throw new Error(`${timeoutMs} ${onDone.length}`);
  }

  /** @throws `ClusterError` `ERR_TAGS_TOO_LARGE`, and nothing has changed */
  setTags(tags: Readonly<Record<string, string>>, timeoutMs: number, onDone: (spread: boolean) => void): void {
    throw new Error(`${JSON.stringify(tags)} ${timeoutMs} ${onDone.length}`);
  }

  /** @throws `ClusterError` `ERR_EVENT_TOO_LARGE` */
  fireEvent(name: string, payload: Uint8Array, coalesce: boolean): void {
    throw new Error(`${name} ${payload.length} ${coalesce}`);
  }

  /** Says of a member that it has left, and with `prune` that it is to be forgotten. Ends with `force-leave-done`. */
  forceLeave(request: number, name: string, prune: boolean, timeoutMs: number): void {
    throw new Error(`${request} ${name} ${prune} ${timeoutMs}`);
  }

  /**
   * Asks the pool. Ends with `query-done`; `query-ack` and `query-response` before it carry `request` too.
   *
   * @throws `ClusterError` `ERR_QUERY_TOO_LARGE`, `ERR_UNSUPPORTED` or `ERR_NAME`
   */
  query(request: number, name: string, payload: Uint8Array | null, params: QueryParams = {}): void {
    throw new Error(`${request} ${name} ${payload?.length} ${params.timeoutMs}`);
  }

  /**
   * Answers the `query` event with that id, once.
   *
   * @throws `ClusterError` `ERR_RESPONSE_TOO_LARGE` or `ERR_QUERY_CLOSED`
   */
  respond(id: number, payload: Uint8Array | null): void {
    throw new Error(`${id} ${payload?.length}`);
  }

  /** Nobody waits for the result of that query, key change or forced leave any more: no event follows. */
  abandon(request: number): void {
    throw new Error(String(request));
  }

  /** This node's own coordinate, or the one it knows of a member. Undefined when it knows none, or they are off. */
  coordinate(name?: string): SerfCoordinate | undefined {
    throw new Error(name);
  }

  /** Takes members for alive without telling anybody: for a node that begins in a pool formed before. */
  adopt(members: readonly Member[]): void {
    throw new Error(String(members.length));
  }

  // What membership calls.

  nodeMeta(limitBytes: number): Uint8Array {
    throw new Error(String(limitBytes));
  }

  ackPayload(): Uint8Array {
    throw new Error('todo');
  }

  localState(isJoin: boolean): Uint8Array {
    throw new Error(String(isJoin));
  }

  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    throw new Error(`${to?.name} ${overheadBytes} ${limitBytes} ${out.length}`);
  }

  hasBroadcasts(): boolean {
    return false;
  }

  onUserMessage(message: Uint8Array, from: Address): void {
    throw new Error(`${message.length} ${from.host}`);
  }

  onRemoteState(state: Uint8Array, isJoin: boolean): void {
    throw new Error(`${state.length} ${isJoin}`);
  }

  onPingComplete(member: Member, rttMs: number, ackPayload: Uint8Array): void {
    throw new Error(`${member.name} ${rttMs} ${ackPayload.length}`);
  }

  onMemberEvent(event: MemberEvent): void {
    throw new Error(event.type);
  }

  onConflict(existing: Member, other: Member): void {
    throw new Error(`${existing.name} ${other.name}`);
  }
}
