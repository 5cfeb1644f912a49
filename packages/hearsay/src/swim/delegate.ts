import type { Address } from '../util/index.ts';
import type { Member } from './member.ts';

/** A change the layer above hears about. Suspicion is no event: a suspect counts as alive until it is declared dead. */
export interface MemberEvent {
  readonly type: 'join' | 'leave' | 'failed' | 'update' | 'reap';
  readonly member: Member;
}

/** Hears of suspicion, which is no {@link MemberEvent}. */
export interface SuspicionWatcher {
  /** `accuser` says that the member does not answer; it has said so itself, and for the first time or again. */
  onAccused(member: Member, accuser: string): void;
  /** A suspect has denied it. */
  onCleared(member: Member): void;
}

/**
 * What a layer above may hook into: memberlist's six delegates in one. All calls come from inside a step, so an
 * implementation must not call back into the node; it records, and acts in a later step.
 */
export interface Delegate {
  /** This node's metadata, at most `limitBytes` long. */
  nodeMeta(limitBytes: number): Uint8Array;
  /** Rides in every packet ack. Empty means none. */
  ackPayload(): Uint8Array;
  /** Travels with a push/pull. Empty means none. */
  localState(isJoin: boolean): Uint8Array;
  /**
   * Appends user messages that may ride along to `to` (undefined when the receiver's record is not known). The sum of
   * each one's length plus `overheadBytes` stays within `limitBytes`.
   */
  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void;
  /** Whether user messages wait to ride along; while true, membership rumors leave them their share of a packet. */
  hasBroadcasts(): boolean;
  /** `message` is valid only during the call. */
  onUserMessage(message: Uint8Array, from: Address): void;
  /** `from` is where the peer was reached, or for an exchange that it began, where its stream came from. */
  onRemoteState(state: Uint8Array, isJoin: boolean, from: Address): void;
  onPingComplete(member: Member, rttMs: number, ackPayload: Uint8Array): void;
  onMemberEvent(event: MemberEvent): void;
  /** False refuses an alive message before it is applied. With this hook, messages without versions are refused too. */
  acceptAlive?(member: Member): boolean;
  /** False refuses a join exchange as a whole. */
  acceptMerge?(members: readonly Member[]): boolean;
  /** Another node claims the name of `existing` from another address. */
  onConflict(existing: Member, other: Member): void;
}

const nothing = new Uint8Array(0);

/** A {@link Delegate} that has nothing to say and does not listen. */
export const silentDelegate: Delegate = {
  nodeMeta: () => nothing,
  ackPayload: () => nothing,
  localState: () => nothing,
  takeBroadcasts: () => undefined,
  hasBroadcasts: () => false,
  onUserMessage: () => undefined,
  onRemoteState: () => undefined,
  onPingComplete: () => undefined,
  onMemberEvent: () => undefined,
  onConflict: () => undefined,
};
