import type { StepClock } from '../../util/index.ts';
import { kvWireLimits } from '../codec/index.ts';
import { DeltaIntake } from '../delta-intake.ts';
import type { SharedEntry } from '../entry.ts';
import type { ApplyResult, Owners, Rows } from '../messages.ts';
import { packedBytes } from '../pack.ts';
import type { DeltaPiece, ResyncPiece } from '../protocol.ts';
import type { SharedLane } from '../shared-lane.ts';
import type { StreamKey, StreamOwner } from '../stream.ts';
import type { HeldBytes } from './limits.ts';
import type { KvTransfer } from './parts.ts';
import type { Staged, StageSlot } from './stage-slot.ts';

/** A piece of what a peer sends of the shared lane. */
export type SharedPiece = DeltaPiece | ResyncPiece;

/** What a {@link SharedIntake} needs. */
export interface SharedIntakeParts {
  readonly lane: SharedLane;
  readonly clock: StepClock;
  readonly peer: string;
  readonly held: HeldBytes;
  readonly slot: StageSlot;
  /** Only a resync is taken, also when this node does not seem to be behind. */
  readonly isForced: () => boolean;
  /** Something was applied; `entries` are those of which it may have refused some. */
  readonly onResult: (result: ApplyResult, entries: readonly SharedEntry[], owners: Owners) => void;
  readonly onTransfer: (transfer: KvTransfer) => void;
}

/** What became of a piece. `done`: nothing more is taken. */
export type PieceOutcome = 'taken' | 'again' | 'done' | 'invalid' | 'busy' | 'too much';

/**
 * One answer of the shared lane, from the first of its pieces until it is applied.
 *
 * Pieces in packets are merged one by one, as soon as it is known what they are an answer to (R6) and what the sender
 * covers (R1). Frames of a transfer wait for one another and are applied in one step, so that nobody sees a half of it.
 */
export class SharedIntake implements Staged {
  readonly #parts: SharedIntakeParts;
  readonly #waiting = new Map<number, SharedPiece>();
  readonly #arrived = new Set<number>();
  #first: SharedPiece | undefined;
  #known: { readonly basis: Rows; readonly rows: Rows } | undefined;
  #delta: DeltaIntake | undefined;
  #heldBytes: number = 0;
  #isDone: boolean = false;

  constructor(parts: SharedIntakeParts) {
    this.#parts = parts;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether a transfer has begun to come in. */
  get isStaged(): boolean {
    return this.#first !== undefined && isStaged(this.#first);
  }

  /** What we said that we have, and what the sender has: pieces that wait can be applied. */
  learn(basis: Rows, rows: Rows): void {
    this.#known = { basis, rows };
    this.#apply();
  }

  receive(piece: SharedPiece): PieceOutcome {
    if (this.#isDone) return 'done';
    if (!this.#fits(piece)) return 'invalid';
    if (this.#arrived.has(piece.piece)) return 'again';
    const { clock, held, onTransfer, slot } = this.#parts;
    if (isStaged(piece) && !slot.tryHold(this, clock.nowMs)) return this.#refuse('busy');
    const bytes = bytesOf(piece);
    if (!held.tryTake(bytes)) return this.#refuse('too much');
    this.#heldBytes += bytes;
    if (this.#first === undefined && isStaged(piece)) onTransfer(this.#transfer(piece, 'started'));
    this.#first ??= piece;
    this.#arrived.add(piece.piece);
    this.#waiting.set(piece.piece, piece);
    this.#apply();
    return 'taken';
  }

  /** Forgets what waits. */
  giveUp(): void {
    if (this.#isDone) return;
    const first = this.#first;
    if (first !== undefined && isStaged(first)) this.#parts.onTransfer(this.#transfer(first, 'dropped'));
    this.#end();
  }

  #refuse(outcome: 'busy' | 'too much'): PieceOutcome {
    this.giveUp();
    return outcome;
  }

  #fits(piece: SharedPiece): boolean {
    const first = this.#first;
    if (piece.piece >= piece.pieceCount || piece.pieceCount > kvWireLimits.piecesMax) return false;
    if (first === undefined) return piece.type === 'resync' || !this.#parts.isForced();
    return piece.type === first.type && piece.pieceCount === first.pieceCount && isStaged(piece) === isStaged(first);
  }

  #apply(): void {
    const first = this.#first;
    if (first === undefined) return;
    if (first.type === 'resync') this.#applyResync(first);
    else if (first.isStaged) this.#applyStaged(first);
    else this.#applyPieces(first);
  }

  /** A resync says itself what its sender has, and binds to no question: what both sides cover decides (R3). */
  #applyResync(first: ResyncPiece): void {
    if (this.#arrived.size < first.pieceCount) return;
    const { entries, owners, pieces } = this.#takeAll();
    const rows: Rows = new Map(pieces.flatMap((piece) => (piece.type === 'resync' ? [...piece.rows] : [])));
    const { isForced, lane, peer, onResult, onTransfer } = this.#parts;
    const resync = { kind: 'resync', rows, floor: first.floor, entries, owners } as const;
    const result = lane.applyResync(resync, peer, isForced());
    const isTaken = result.outcome === 'committed';
    onTransfer({ ...this.#transfer(first, isTaken ? 'done' : 'dropped'), entryCount: entries.length });
    onResult(result, entries, owners);
  }

  #applyStaged(first: DeltaPiece): void {
    if (this.#known === undefined || this.#arrived.size < first.pieceCount) return;
    const { entries, owners } = this.#takeAll();
    const { lane, onResult, onTransfer } = this.#parts;
    const result = lane.applyDelta({ kind: 'delta', ...this.#known, entries, owners, isComplete: true });
    const isTaken = result.outcome === 'committed';
    onTransfer({ ...this.#transfer(first, isTaken ? 'done' : 'dropped'), entryCount: entries.length });
    onResult(result, entries, owners);
  }

  #applyPieces(first: DeltaPiece): void {
    if (this.#known === undefined) return;
    this.#delta ??= new DeltaIntake(this.#parts.lane, this.#known, first.pieceCount);
    for (const [index, piece] of [...this.#waiting]) {
      this.#waiting.delete(index);
      this.#release(bytesOf(piece));
      const result = this.#delta.receive(index, piece.entries, piece.owners);
      const isOver = this.#delta.missingCount === 0 || (result !== undefined && !isMerged(result));
      if (isOver) this.#end();
      if (result !== undefined) this.#parts.onResult(result, piece.entries, piece.owners);
      if (isOver) return;
    }
  }

  /** Everything that came, in the order of the pieces; nothing more is taken. */
  #takeAll(): { readonly pieces: readonly SharedPiece[]; readonly entries: SharedEntry[]; readonly owners: Owners } {
    const pieces = [...this.#waiting.values()].toSorted((a, b) => a.piece - b.piece);
    const owners = new Map<StreamKey, StreamOwner>();
    for (const piece of pieces) for (const [stream, owner] of piece.owners) owners.set(stream, owner);
    this.#end();
    return { pieces, entries: pieces.flatMap(({ entries }) => entries), owners };
  }

  #end(): void {
    this.#isDone = true;
    this.#waiting.clear();
    this.#release(this.#heldBytes);
    this.#parts.slot.leave(this);
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#parts.held.release(bytes);
  }

  #transfer({ type }: SharedPiece, state: KvTransfer['state']): KvTransfer {
    return { peer: this.#parts.peer, direction: 'in', kind: type, state, entryCount: 0 };
  }
}

function isStaged(piece: SharedPiece): boolean {
  return piece.type === 'resync' || piece.isStaged;
}

function isMerged({ outcome }: ApplyResult): boolean {
  return outcome === 'merged' || outcome === 'committed';
}

/** About what a piece takes in memory. */
function bytesOf(piece: SharedPiece): number {
  let bytes = piece.owners.size * 64;
  for (const entry of piece.entries) bytes += packedBytes(entry);
  if (piece.type === 'resync') for (const { extras } of piece.rows.values()) bytes += 128 + extras.length * 8;
  return bytes;
}
