import type { MemberView } from '../swim/index.ts';

/** Names a command whose result comes later as an event. */
export type RequestId = number;

/** What a node tells its user. A union over `type`. */
export type ClusterEvent =
  /** A member is new, or came back. Also for this node itself, at start. */
  | { readonly type: 'member-join'; readonly member: MemberView }
  /** A member left of its own will. */
  | { readonly type: 'member-leave'; readonly member: MemberView }
  /** A member was declared dead. */
  | { readonly type: 'member-failed'; readonly member: MemberView }
  /** A member's metadata or address changed. */
  | { readonly type: 'member-update'; readonly member: MemberView }
  /** A dead or left member was forgotten. */
  | { readonly type: 'member-reap'; readonly member: MemberView }
  /** Another node claims the name of a member from another address. */
  | { readonly type: 'name-conflict'; readonly member: MemberView; readonly other: MemberView }
  /** An application message arrived. `payload` is the receiver's to keep. */
  | { readonly type: 'user-message'; readonly payload: Uint8Array; readonly from: string }
  /** The `join` of that request is over: how many addresses answered, and why the others did not. */
  | {
      readonly type: 'join-done';
      readonly request: RequestId;
      readonly joinedCount: number;
      readonly failures: readonly { readonly address: string; readonly reason: string }[];
    }
  /** The `leave` of that request is over. `spread` is false when the time ran out first. */
  | { readonly type: 'leave-done'; readonly request: RequestId; readonly spread: boolean }
  /** The `updateMeta` of that request is over. `spread` is false when the time ran out first. */
  | { readonly type: 'update-done'; readonly request: RequestId; readonly spread: boolean };
