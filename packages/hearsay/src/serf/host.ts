import type { JoinResult, Keyring, Member } from '../swim/index.ts';
import type { Address, Rng, StepClock, TimerQueue, Trace } from '../util/index.ts';
import type { SerfEvent } from './events.ts';
import type { UserEventMessage } from './messages.ts';
import type { SerfTraceEvent } from './trace-events.ts';

/** Hears of user events on their way, so that somebody can ask afterwards how they went. */
export interface EventWatcher {
  /** An event came for the first time, or was fired here. */
  heard(event: UserEventMessage, isOwn: boolean): void;
  /** Another copy came. */
  repeated(event: UserEventMessage): void;
  /** The event is about to wait for its turn to be passed on; the result hears of every time, and when that is over. */
  passing(event: UserEventMessage): { onSent(): void; onGone(): void };
}

/** What the Serf layer needs from the node it is part of. The cluster layer provides it; tests make their own. */
export interface SerfHost {
  readonly name: string;
  /** This node's own record. */
  self(): Member;
  /** Live members by membership's own judgement (alive and suspect), this node included. */
  liveCount(): number;
  /** Sends `message` (type byte and body) to `to` at once, in a packet of its own. */
  sendMessage(to: Address, message: Uint8Array): void;
  /** Something new waits in {@link Delegate.takeBroadcasts}. */
  pushGossip(): void;
  /** A push/pull for a join with `addresses`. */
  join(addresses: readonly Address[], onDone: (result: JoinResult) => void): void;
  /** Membership's leave. */
  leave(timeoutMs: number, onDone: (spread: boolean) => void): void;
  /** Announces what `nodeMeta` says now. */
  updateMeta(timeoutMs: number, onDone: (spread: boolean) => void): void;
  readonly keyring: Keyring;
  /** Queues; delivered after the step. */
  emit(event: SerfEvent): void;
  readonly eventWatcher?: EventWatcher | undefined;
}

/** What the Serf layer is born with. Clock and timers are shared with membership. */
export interface SerfEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
  /** Where the snapshot goes; undefined when there is none. */
  readonly persist: ((record: SnapshotRecord) => void) | undefined;
  /**
   * Stores the keys after a change, the primary one first. Returns an error text when that failed, which is told to
   * whoever asked for the change. Undefined when keys are kept in memory alone.
   */
  readonly saveKeys: ((keys: readonly Uint8Array[]) => string | undefined) | undefined;
  readonly trace?: Trace<SerfTraceEvent> | undefined;
}

/** A change of the snapshot file. */
export type SnapshotRecord =
  /** Whole lines, each with its line end, to be appended. */
  | { readonly kind: 'append'; readonly text: string }
  /** The whole new content, to be written beside the file and renamed over it. */
  | { readonly kind: 'replace'; readonly text: string }
  /** Everything so far must reach the disk before the step's effects are told to anybody. */
  | { readonly kind: 'sync' };
