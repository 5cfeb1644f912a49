import type { MemberView } from '../swim/index.ts';
import type { LamportTime } from './messages.ts';

/**
 * What Serf believes of a member. `leaving`: it announced a leave and is still reachable; `left`: it is gone after
 * that; `failed`: it is gone without.
 */
export type MemberStatus = 'alive' | 'leaving' | 'left' | 'failed';

/** A member of a Serf pool as it was when it was looked at. */
export interface SerfMember extends MemberView {
  readonly tags: Readonly<Record<string, string>>;
  readonly status: MemberStatus;
}

/** What came of a query, when its time is up. */
export interface QuerySummary {
  /** Live members when the query was asked, that matched its node filter. Tag filters are judged by each member alone. */
  readonly asked: readonly string[];
  /** Who acknowledged, if that was asked for. */
  readonly acked: readonly string[];
  readonly responded: readonly string[];
  /** Those of `asked` from whom nothing came. */
  readonly silent: readonly string[];
  /** Answers that came twice, or that there was no room for. */
  readonly droppedCount: number;
}

/** Result of a cluster-wide key operation (Serf `KeyResponse`). */
export interface KeysResult {
  /** Live members when the operation began. */
  readonly nodeCount: number;
  readonly responseCount: number;
  readonly errorCount: number;
  /** Errors and notes, by member. */
  readonly messages: Readonly<Record<string, string>>;
  /** `list` only: base64 key to how many members have it. */
  readonly keys: Readonly<Record<string, number>> | undefined;
  /** `list` only: base64 key to how many members have it as primary. */
  readonly primaryKeys: Readonly<Record<string, number>> | undefined;
  /** By member: what each said, for procedures that need to know exactly who has what. */
  readonly byMember: ReadonlyMap<
    string,
    { readonly ok: boolean; readonly keys: readonly string[]; readonly primaryKey: string }
  >;
  /** Serf's text when not all members reported success; undefined when all did. */
  readonly error: string | undefined;
}

/** What can happen to a member, as Serf names it. */
export type MemberEventType = 'member-join' | 'member-leave' | 'member-failed' | 'member-update' | 'member-reap';

/** What the Serf layer tells its user. */
export type SerfEvent =
  /** One member, or several when events are coalesced. */
  | { readonly type: MemberEventType; readonly members: readonly SerfMember[] }
  | {
      readonly type: 'user';
      readonly name: string;
      readonly payload: Uint8Array;
      readonly ltime: LamportTime;
      readonly coalesce: boolean;
    }
  /** A member asks; answer with `respond(id, payload)` within `timeoutMs` of this event. */
  | {
      readonly type: 'query';
      readonly id: number;
      readonly name: string;
      readonly payload: Uint8Array;
      /** False when the asker sent none at all (nil), which `_serf_ping` tells apart. */
      readonly hasPayload: boolean;
      readonly ltime: LamportTime;
      /** The asker's name; empty when it is older than Serf 0.9. */
      readonly from: string;
      readonly timeoutMs: number;
    }
  | { readonly type: 'query-ack'; readonly request: number; readonly from: string }
  | { readonly type: 'query-response'; readonly request: number; readonly from: string; readonly payload: Uint8Array }
  | { readonly type: 'query-done'; readonly request: number; readonly summary: QuerySummary }
  | { readonly type: 'keys-done'; readonly request: number; readonly result: KeysResult }
  | { readonly type: 'force-leave-done'; readonly request: number; readonly spread: boolean }
  /** The vote over this node's name is lost: it must stop at once, without leaving. */
  | { readonly type: 'name-lost'; readonly matchingCount: number; readonly responseCount: number };
