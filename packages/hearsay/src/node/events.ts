import type { ClusterEvent as CoreEvent } from '../cluster/index.ts';
import type { MemberEventType, SerfMember } from '../serf/index.ts';
import { ClusterError } from '../util/index.ts';
import type { KvNewsEvent } from './kv/events.ts';

/**
 * News of members, by type. `member-join`: new, or came back; also this member itself, at start. `member-leave`: left of
 * its own will. `member-failed`: declared dead. `member-update`: other tags, metadata or address. `member-reap`: gone for
 * long, and forgotten.
 */
type MemberNews = {
  [Type in MemberEventType]: {
    readonly type: Type;
    /** The first of {@link members}: the only one, unless a Serf pool's events are coalesced. */
    readonly member: SerfMember;
    readonly members: readonly SerfMember[];
  };
}[MemberEventType];

/**
 * What a {@link Cluster} tells its user: a union over `type`.
 *
 * `error` is the one that does not come from the cluster: a listener threw, or its promise was rejected, or the cluster
 * had to stop (`isFatal`). The protocol goes on after a listener's error.
 */
export type ClusterEvent =
  | MemberNews
  /** Serf pools: a user event, see {@link Cluster.event}. Each is heard once, also by who sent it. */
  | Extract<CoreEvent, { readonly type: 'user' }>
  | QueryEvent
  | MembersChangedEvent
  /** Another node claims the name of a member from another address. */
  | { readonly type: 'name-conflict'; readonly member: SerfMember; readonly other: SerfMember }
  /**
   * Somebody sends what is not of this cluster, such as another cluster's node at an address that changed hands. It was
   * refused; at most once a minute for each kind.
   */
  | Extract<CoreEvent, { readonly type: 'foreign-traffic' }>
  /** Plain pools: an application message arrived, see {@link Cluster.send}. `payload` is the receiver's to keep. */
  | Extract<CoreEvent, { readonly type: 'user-message' }>
  | KvNewsEvent
  | ClusterErrorEvent;

/**
 * Members came and went, told as one: the change of the stable view, {@link Cluster.stableView}, by which an application
 * reloads once for a rack that fails. Each member is in one of the three lists.
 */
export interface MembersChangedEvent {
  readonly type: 'members-changed';
  /** Of the view as it is now: the same at all members that have the same names in theirs. */
  readonly id: string;
  /** How many such events this member has told, with this one. */
  readonly number: number;
  /** All that are in the view now, in no order. */
  readonly members: readonly SerfMember[];
  readonly joined: readonly SerfMember[];
  /** Of their own will. */
  readonly left: readonly SerfMember[];
  /** Declared dead, or accused by so many that they cannot be relied on: such a one may still have the status `alive`. */
  readonly failed: readonly SerfMember[];
  /** Told although some members were in doubt, because `capMs` were over. */
  readonly isCapped: boolean;
}

/** Serf pools: a member asks. */
export interface QueryEvent {
  readonly type: 'query';
  readonly name: string;
  /** Empty when the asker sent none. */
  readonly payload: Uint8Array;
  /** The asker's query clock. */
  readonly ltime: number;
  /** The asker's name; empty when it is older than Serf 0.9. */
  readonly from: string;
  /** From the event on. Later answers are refused. */
  readonly timeoutMs: number;
  /**
   * Answers, once: text becomes UTF-8.
   *
   * @throws {@link ClusterError} `ERR_RESPONSE_TOO_LARGE`, `ERR_QUERY_CLOSED`, `ERR_STATE`
   */
  readonly respond: (payload?: Uint8Array | string) => void;
}

/** Something went wrong in a listener, or in the cluster itself. */
export interface ClusterErrorEvent {
  readonly type: 'error';
  readonly error: unknown;
  /** The event whose listener threw; undefined when no listener is to blame. */
  readonly during: ClusterEventType | undefined;
  /** The listener's function name, empty when it has none. */
  readonly listenerName: string;
  /**
   * The cluster has stopped. Either one of its own invariants broke, and then this is thrown when nobody listens for
   * `error`; or it lost the vote over its name (`ERR_NAME`).
   */
  readonly isFatal: boolean;
}

/** The types of event one can listen for. */
export type ClusterEventType = ClusterEvent['type'];

/** The event of one type. */
export type ClusterEventOf<Type extends ClusterEventType> = Extract<ClusterEvent, { readonly type: Type }>;

/** Hears events of one type. It may be asynchronous; nothing waits for it. */
export type ClusterListener<Type extends ClusterEventType> = (event: ClusterEventOf<Type>) => unknown;

const eventTypes: Readonly<Record<ClusterEventType, true>> = {
  'member-join': true,
  'member-leave': true,
  'member-failed': true,
  'member-update': true,
  'member-reap': true,
  user: true,
  query: true,
  'members-changed': true,
  'name-conflict': true,
  'foreign-traffic': true,
  'user-message': true,
  'kv-overwritten': true,
  'kv-reissued': true,
  'kv-discarded': true,
  'kv-too-many-streams': true,
  'kv-filling': true,
  'kv-generation-opened': true,
  'kv-clock-skew': true,
  'kv-clock-right': true,
  'kv-backpressure': true,
  'kv-drained': true,
  'kv-limits-differ': true,
  'kv-store-torn': true,
  'kv-store-corrupt': true,
  'kv-store-lost': true,
  'kv-store-failed': true,
  'kv-store-recovered': true,
  'kv-store-lagging': true,
  'kv-store-taken': true,
  error: true,
};

/** @throws {@link ClusterError} `ERR_CONFIG` for what is no type of event: nobody would ever hear of it */
export function checkEventType(type: unknown): void {
  if (typeof type === 'string' && Object.hasOwn(eventTypes, type)) return;
  throw new ClusterError(
    'ERR_CONFIG',
    `"${String(type)}" is no type of event; there are ${Object.keys(eventTypes).join(', ')}`,
  );
}
