import type { KvEvent } from '../kv/index.ts';
import type { MemberEventType, SerfEvent, SerfMember } from '../serf/index.ts';
import type { MemberView, Stranger } from '../swim/index.ts';
import type { ClusterViews, ViewsDiff } from '../views/index.ts';
import type { TraceReport } from '../trace/index.ts';
import type { TelemetryPollResult } from './telemetry-layer.ts';
import type { WhyReport } from './why/report.ts';

/** Names a command whose result comes later as an event. */
export type RequestId = number;

/**
 * News of members, by type. `member-join`: new, or came back; also this node itself, at start. `member-leave`: left of
 * its own will. `member-failed`: declared dead. `member-update`: other metadata, tags or address. `member-reap`: gone for
 * long, and forgotten.
 */
type MemberNews = {
  [Type in MemberEventType]: {
    readonly type: Type;
    /** The first of {@link members}. In a Serf pool with tags and status. */
    readonly member: MemberView | SerfMember;
    /** One, or several when a Serf pool's events are coalesced. */
    readonly members: readonly (MemberView | SerfMember)[];
  };
}[MemberEventType];

/** What the state layer tells, each type with `kv-` before it. */
export type KvClusterEvent = {
  [Type in KvEvent['type']]: Omit<Extract<KvEvent, { readonly type: Type }>, 'type'> & { readonly type: `kv-${Type}` };
}[KvEvent['type']];

/** What a node tells its user. A union over `type`. */
export type ClusterEvent =
  | MemberNews
  | KvClusterEvent
  /** Serf pools only. */
  | Exclude<SerfEvent, { readonly type: MemberEventType }>
  /**
   * Members came and went, told together and only when no other is in doubt: see {@link ClusterOptions.stableView}. Each
   * member is in one of the three lists; one that failed may be alive as far as membership knows, but cannot be relied on.
   */
  | {
      readonly type: 'members-changed';
      /** Of the view as it is now: the same at all members that have the same names in theirs. */
      readonly id: string;
      /** How many such events there were here, with this one. */
      readonly number: number;
      readonly memberCount: number;
      readonly joined: readonly (MemberView | SerfMember)[];
      readonly left: readonly (MemberView | SerfMember)[];
      readonly failed: readonly (MemberView | SerfMember)[];
      /** Told although some members were in doubt, because the time was up. */
      readonly isCapped: boolean;
    }
  /** Another node claims the name of a member from another address. */
  | { readonly type: 'name-conflict'; readonly member: MemberView; readonly other: MemberView }
  /** Somebody sends what is not of this cluster, and was refused. At most once a minute for each kind. */
  | ({ readonly type: 'foreign-traffic' } & Stranger)
  /** Plain pools only: an application message arrived. `payload` is the receiver's to keep. */
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
  /** The `converged` of that request is over; `views` is undefined when this node left or was stopped before. */
  | { readonly type: 'converged-done'; readonly request: RequestId; readonly views: ClusterViews | undefined }
  /** The `diff` of that request is over. */
  | { readonly type: 'diff-done'; readonly request: RequestId; readonly diff: ViewsDiff }
  /** The `pollTelemetry` of that request is over. */
  | { readonly type: 'telemetry-polled'; readonly request: RequestId; readonly result: TelemetryPollResult }
  /** The `why` of that request is over. */
  | { readonly type: 'why-done'; readonly request: RequestId; readonly report: WhyReport }
  /** The trace of that request is over. */
  | { readonly type: 'trace-done'; readonly request: RequestId; readonly report: TraceReport }
  /** The `updateMeta` or `setTags` of that request is over. `spread` is false when the time ran out first. */
  | { readonly type: 'update-done'; readonly request: RequestId; readonly spread: boolean };
