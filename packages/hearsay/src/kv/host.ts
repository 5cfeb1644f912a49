import type { Member } from '../swim/index.ts';
import type { Rng, StepClock, TimerQueue } from '../util/index.ts';
import type { KvConfig } from './config.ts';
import type { Dot } from './entry.ts';
import type { KvEventSink } from './events.ts';
import type { KvGossipConfig } from './gossip-config.ts';
import type { KvRecordSink } from './journal/record.ts';
import type { SavedState } from './kv-state.ts';

/** Hears of entries of the shared map on their way, so that somebody can ask afterwards how they went. */
export interface WriteWatcher {
  /** What is merged next was pulled from that member, or is what a comparison with it brought. */
  comesBy(via: 'pull' | 'anti-entropy', from: string): void;
  /** An entry of another node is taken. */
  heard(dot: Dot): void;
  /** Another copy of one came. */
  repeated(dot: Dot): void;
  /** An entry is about to wait for its turn to be passed on; the result hears of every time, and when that is over. */
  passing(dot: Dot): { onSent(): void; onGone(): void };
  /** Something could not be passed on because the bytes for it are used up. */
  unpaid(): void;
}

/** What the state layer needs from the node it is part of. The cluster layer provides it; tests make their own. */
export interface KvHost {
  /** This node's member name. */
  readonly name: string;
  /** The longest user message that fits into a packet of its own, in bytes. */
  readonly packetMaxBytes: number;
  /** Members that are alive or suspect; this node may be among them. Asked at the start, later changes come as events. */
  liveMembers(): readonly Member[];
  /** All members that were not reaped, also failed ones and those that cannot take part in the state. */
  knownNames(): ReadonlySet<string>;
  /** The record of a member that is known, dead or alive. */
  member(name: string): Member | undefined;
  /** Whether the member announces that it takes part. Nothing is ever sent to another. */
  isCapable(member: Member): boolean;
  /** Sends one user message, by a packet of its own or over a stream. The bytes are the host's from then on. */
  send(to: Member, message: Uint8Array, channel: 'packet' | 'stream'): void;
  /** Something waits in {@link Kv.takeBroadcasts}. */
  wakeGossip(): void;
  /** Receives events at the end of the step that they belong to. */
  readonly emit: KvEventSink;
  readonly watcher?: WriteWatcher | undefined;
}

/** What the state layer is born with. Clock and timers are shared with membership. */
export interface KvEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
  /** Wall time in milliseconds since 1970: for stamps and generations, nothing else. It may jump. */
  readonly wallMs: () => number;
  /** Receives what each step has changed, for a disk. @defaultValue nobody does */
  readonly persist?: KvRecordSink;
}

/** How a {@link Kv} is set up. */
export interface KvOptions {
  /** What is stored. @defaultValue {@link kvDefaults} */
  readonly config?: Partial<KvConfig>;
  /** How it spreads. @defaultValue {@link kvGossipDefaults} */
  readonly gossip?: Partial<KvGossipConfig>;
  /** What a former life has stored. */
  readonly saved?: SavedKv;
}

/** What a node remembers of its life before a restart; nothing of it after a first start. */
export interface SavedKv {
  readonly state?: SavedState;
  /**
   * Whether it is all that the process before has written, and nobody has begun with it since. Else this node goes on in
   * new streams. @defaultValue false
   */
  readonly isCleanStop?: boolean;
  /** When the state was last stored, in wall milliseconds: a node that was away for a week must resync. */
  readonly atMs?: number;
}
