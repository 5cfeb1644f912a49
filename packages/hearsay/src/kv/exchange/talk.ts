import type { DeltaPiece, DigestPart, OwnedParts, ResyncPiece } from '../protocol.ts';
import type { ExchangeLimits, HeldBytes } from './limits.ts';
import type { LaneSnapshots } from './lane-snapshot.ts';
import type { Outbox } from './outbox.ts';
import type { ExchangeParts, ExchangeStats, KvPeer } from './parts.ts';
import type { StageSlot } from './stage-slot.ts';
import type { Transfers } from './transfers.ts';

/** What all sessions of a node share. */
export interface Shop {
  readonly parts: ExchangeParts;
  readonly limits: ExchangeLimits;
  readonly outbox: Outbox;
  readonly transfers: Transfers;
  readonly snapshots: LaneSnapshots;
  readonly held: HeldBytes;
  readonly slot: StageSlot;
  readonly stats: ExchangeStats;
  /** The peer is not asked about the shared lane for so long. */
  readonly passOver: (peer: KvPeer, durationMs: number) => void;
}

/** A session: two nodes, one of which has asked. */
export interface Session {
  readonly peer: KvPeer;
  readonly session: number;
  /** What this node is in it. */
  readonly role: 'asker' | 'answerer';
  /** A transfer goes on, or has ended: without a message that would tell. */
  readonly onProgress: () => void;
}

/** What a message has led to; `used` and `again` (it came before) are normal. */
export type Reception = 'used' | 'again' | 'invalid' | 'too much';

/** One lane of a session. */
export interface Talk {
  /** Nothing more comes, and nothing more is to be sent. */
  readonly isDone: boolean;
  /** A transfer is on its way here or there, which takes longer. */
  readonly isTransferring: boolean;
  receiveDigest(part: DigestPart): Reception;
  receivePiece(piece: DeltaPiece | ResyncPiece | OwnedParts): Reception;
  /** The peer cannot give, or cannot take, what is so much that it goes over streams. */
  receiveBusy(): void;
  /** Forgets everything. */
  close(): void;
}

/** The fields that every message of a session has. */
export function headOf(
  { parts }: Shop,
  { session }: Pick<Session, 'session'>,
): { readonly session: number; readonly from: string } {
  return { session, from: parts.ownName };
}
