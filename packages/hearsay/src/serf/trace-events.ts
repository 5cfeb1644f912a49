import type { MemberEventType, SerfMember } from './events.ts';

/** What happens inside the Serf layer of a node, for logs and metrics. Nothing is built when nobody listens. */
export type SerfTraceEvent =
  /** News of a member, at the moment it is known: also when members' events are collected before they are told. */
  | { readonly type: 'member-news'; readonly news: MemberEventType; readonly member: SerfMember }
  /** A member is back within a minute after it failed. */
  | { readonly type: 'member-flapped'; readonly node: string }
  /** A message arrived, of whatever kind and quality. */
  | { readonly type: 'message-received'; readonly lengthBytes: number }
  /** A message went out with gossip, for the first time or again. */
  | { readonly type: 'message-gossiped'; readonly lengthBytes: number }
  /** The answer to a ping, after `rttMs`, moved this node's coordinate. */
  | { readonly type: 'coordinate-moved'; readonly rttMs: number; readonly distanceMs: number }
  /** A member that the snapshot knows is to be joined again. `address` is `ip:port`. */
  | { readonly type: 'rejoin-attempt'; readonly node: string; readonly address: string }
  | { readonly type: 'rejoined'; readonly node: string; readonly address: string }
  /** None of the members that the snapshot knows answered. */
  | { readonly type: 'rejoin-failed' }
  /** A member that failed is tried again. */
  | { readonly type: 'reconnect-attempt'; readonly node: string; readonly address: string };
