import type { Rng, StepClock, TimerQueue } from '../../util/index.ts';
import type { StreamRow } from '../coverage.ts';
import type { Dot } from '../entry.ts';
import type { KvState } from '../kv-state.ts';
import type { NackReason, ReceiptRow } from '../protocol.ts';
import type { Generation, Lane, StreamKey } from '../stream.ts';
import type { ExchangeLimits } from './limits.ts';

/** A member to exchange with: it takes part in the state. */
export interface KvPeer {
  readonly name: string;
}

/** How a message goes out: as a packet of its own, or as one user message on a stream of its own. */
export type KvChannel = 'packet' | 'stream';

/** Whose part of the byte budget pays. `transfer` is the separate one of streams. */
export type KvShare = 'shared' | 'owned' | 'telemetry' | 'transfer';

/** What a peer covers of the streams that are known of it; `undefined` when that is not known. */
export type PeerRows = (stream: StreamKey) => StreamRow | undefined;

/** An entry that was not taken, for the one who sent it and the one who wrote it. */
export interface KvRefusal extends Dot {
  readonly lane: Lane;
  /** Empty when it is a whole stream that was not taken. */
  readonly key: string;
  /** Who wrote it, as far as known. */
  readonly author: string | undefined;
  readonly reason: NackReason;
  /** How far its stamp is ahead of our clock, in milliseconds; 0 for other reasons. */
  readonly aheadMs: number;
}

/** A delta above 8 KB, or a resync, on its way over streams. */
export interface KvTransfer {
  readonly peer: string;
  readonly direction: 'in' | 'out';
  readonly kind: 'delta' | 'resync' | 'owned';
  /** `dropped`: something did not come, was too much or came too late; it will be asked for again. */
  readonly state: 'started' | 'done' | 'dropped';
  readonly entryCount: number;
}

/** What an {@link Exchange} needs. */
export interface ExchangeParts {
  readonly ownName: string;
  readonly state: Pick<KvState, 'shared' | 'owned' | 'telemetry'>;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
  /** Wall time in milliseconds since 1970, for summaries and refusals. */
  readonly wallMs: () => number;
  /** 32 bits, for summaries. */
  readonly limitsHash: number;
  /** Bytes a second over streams. */
  readonly transferBytesPerSecond: number;
  /** The longest user message that fits into a packet. */
  readonly packetMaxBytes: number;
  /** Sends one encoded message. The bytes are the receiver's from then on. */
  readonly send: (to: KvPeer, message: Uint8Array, channel: KvChannel) => void;
  /** Whether the peer may be sent state now. What is sent all the same is lost. */
  readonly isOpenTo: (peer: KvPeer) => boolean;
  /** Takes bytes from the budget; false, and nothing is taken, when there are not enough. */
  readonly takeBytes: (share: KvShare, bytes: number) => boolean;
  /** What to tell of receipts now, in at most so many bytes. */
  readonly receipts: (maxBytes: number) => readonly ReceiptRow[];
  readonly onReceipts: (peer: KvPeer, rows: readonly ReceiptRow[]) => void;
  /** A peer has introduced itself with a summary. */
  readonly onSummary: (peer: KvPeer, limitsHash: number, clockMs: number) => void;
  /** The peer's rows have become known. Valid for ever: whatever a peer covers, it has seen. */
  readonly onPeerRows: (peer: KvPeer, lane: Lane, rows: PeerRows) => void;
  /** Entries of the peer were not taken. They are not covered, so that they will be offered again. */
  readonly onRefusals: (peer: KvPeer, refusals: readonly KvRefusal[]) => void;
  /** Among what was refused of the peer were stamps of this epoch, too far beyond those that we know. @defaultValue nothing */
  readonly onLateEpoch?: (peer: KvPeer, epoch: number) => void;
  /**
   * Peers know of writes in our own stream that we never made, or of a later generation of ours, which is `known`: open a new
   * one.
   */
  readonly onOwnStreamAhead: (lane: Lane, known?: Generation) => void;
  readonly onTransfer: (transfer: KvTransfer) => void;
  /**
   * Whether this node was away for so long that others may have forgotten the deletions that it has not seen: it then
   * takes nothing of the shared lane but a resync, and gives nothing. @defaultValue never
   */
  readonly mustResync?: () => boolean;
  /** What {@link mustResync} asked for has come, or was not needed. */
  readonly onResynced?: () => void;
  /** Other bounds, for tests. @defaultValue {@link exchangeLimits} */
  readonly limits?: Partial<ExchangeLimits>;
}

/** What an {@link Exchange} has counted since it was made. */
export interface ExchangeStats {
  /** Exchanges begun by us, and by others. */
  asked: number;
  answered: number;
  /** Of those begun by us: the peer had the same. */
  equal: number;
  /** The shared map was found equal to a peer's, or all of the peer's became ours. */
  sharedSynced: number;
  /** Streams of owned lanes of which all that a peer had became ours. */
  ownedSynced: number;
  /** Exchanges forgotten before they were done. */
  expired: number;
  /** Told by a peer that it is busy, and told peers so. */
  busyHeard: number;
  busySaid: number;
  /** Not sent because the budget was used up. */
  unpaid: number;
  /** Messages dropped: of no open exchange; against the protocol; beyond what memory is given to them. */
  stray: number;
  invalid: number;
  tooMuch: number;
}

/** All zero. */
export function newExchangeStats(): ExchangeStats {
  return {
    asked: 0,
    answered: 0,
    equal: 0,
    sharedSynced: 0,
    ownedSynced: 0,
    expired: 0,
    busyHeard: 0,
    busySaid: 0,
    unpaid: 0,
    stray: 0,
    invalid: 0,
    tooMuch: 0,
  };
}
