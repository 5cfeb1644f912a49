import type { Member } from '../swim/index.ts';
import type { Rng, StepClock, TimerQueue } from '../util/index.ts';

/** What inquiries need from the node that they are part of. */
export interface InquiryHost {
  /** This node's member name. */
  readonly name: string;
  /** The longest user message that fits into a packet of its own, in bytes. */
  readonly packetMaxBytes: number;
  /** Alive and suspect members; this node may be among them. */
  liveMembers(): readonly Member[];
  /** The record of a member that is known, dead or alive. */
  member(name: string): Member | undefined;
  /** Whether the member understands inquiries. Nothing is ever sent to another. */
  isCapable(member: Member): boolean;
  /** Sends one user message, by a packet of its own or over a stream. The bytes are the host's from then on. */
  send(to: Member, message: Uint8Array, channel: 'packet' | 'stream'): void;
}

/** What inquiries are born with; shared with membership. */
export interface InquiryEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
}
