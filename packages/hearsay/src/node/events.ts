import type { ClusterEvent as CoreEvent, RequestId } from '../cluster/index.ts';

/**
 * What a {@link Cluster} tells its user: a union over `type`.
 *
 * `error` is the one that does not come from the cluster: a listener threw, or its promise was rejected, or the cluster
 * had to stop because of a fault of its own (`isFatal`). The protocol goes on after a listener's error.
 */
export type ClusterEvent = Exclude<CoreEvent, { readonly request: RequestId }> | ClusterErrorEvent;

/** Something went wrong in a listener, or in the cluster itself. */
export interface ClusterErrorEvent {
  readonly type: 'error';
  readonly error: unknown;
  /** The event whose listener threw; undefined when no listener is to blame. */
  readonly during: ClusterEventType | undefined;
  /** The listener's function name, empty when it has none. */
  readonly listenerName: string;
  /** The cluster has stopped: one of its own invariants broke. Without a listener for `error` this is thrown. */
  readonly isFatal: boolean;
}

/** The types of event one can listen for. */
export type ClusterEventType = ClusterEvent['type'];

/** The event of one type. */
export type ClusterEventOf<Type extends ClusterEventType> = Extract<ClusterEvent, { readonly type: Type }>;

/** Hears events of one type. It may be asynchronous; nothing waits for it. */
export type ClusterListener<Type extends ClusterEventType> = (event: ClusterEventOf<Type>) => unknown;
