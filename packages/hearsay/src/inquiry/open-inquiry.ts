import { Timer } from '../util/index.ts';
import type { Answer } from './codec.ts';
import { inquiryLimits } from './limits.ts';

/** An answer of which pieces are missing. */
interface PartialAnswer {
  readonly pieces: (Uint8Array | undefined)[];
  missingCount: number;
  heldBytes: number;
}

/** One inquiry that waits for answers: whom it was sent to, who has answered, and what of the others is here. */
export class OpenInquiry {
  readonly id: number;
  /** Question, topic and all, as it goes to everybody. */
  readonly message: Uint8Array;
  readonly timer: Timer;
  readonly batchTimer: Timer;
  /** When those that have not answered are asked again, the next one first; the last is when the time is up. */
  readonly deadlinesMs: number[];
  /** Of this round, not asked yet. */
  toAsk: string[] = [];
  round: number = 0;
  readonly #waiting: Set<string>;
  readonly #partial: Map<string, PartialAnswer> = new Map();
  /** When each of those that have not answered was asked. */
  readonly #askedAtMs: Map<string, number[]> = new Map();
  readonly #onAnswer: (name: string, payload: Uint8Array, askedAtMs: readonly number[]) => void;
  readonly #onDone: (missing: string[]) => void;
  #heldBytes: number = 0;

  constructor(parts: {
    readonly id: number;
    readonly message: Uint8Array;
    readonly names: readonly string[];
    readonly deadlinesMs: number[];
    readonly onTimer: () => void;
    readonly onBatch: () => void;
    readonly onAnswer: (name: string, payload: Uint8Array, askedAtMs: readonly number[]) => void;
    readonly onDone: (missing: string[]) => void;
  }) {
    this.id = parts.id;
    this.message = parts.message;
    this.deadlinesMs = parts.deadlinesMs;
    this.timer = new Timer('inquiry', parts.onTimer);
    this.batchTimer = new Timer('inquiry batch', parts.onBatch);
    this.#waiting = new Set(parts.names);
    this.#onAnswer = parts.onAnswer;
    this.#onDone = parts.onDone;
  }

  /** Who has not answered. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  /** Bytes of answers that are not complete. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The question goes to that member now. */
  noteAsked(name: string, atMs: number): void {
    const known = this.#askedAtMs.get(name);
    if (known === undefined) this.#askedAtMs.set(name, [atMs]);
    else known.push(atMs);
  }

  /** False when nobody waits for it, it came before, or it would hold more than `roomBytes`. */
  receive({ from, piece, pieceCount, payload }: Answer, roomBytes: number): boolean {
    if (!this.#waiting.has(from) || payload.length > inquiryLimits.answerMaxBytes) return false;
    if (pieceCount === 1) {
      this.#complete(from, payload);
      return true;
    }
    const mostPieces = Math.ceil(inquiryLimits.answerMaxBytes / inquiryLimits.pieceMaxBytes) + 1;
    if (pieceCount > mostPieces || payload.length > roomBytes) return false;
    const known = this.#partial.get(from);
    // Asked twice, a member may have answered twice, and differently: the later answer counts.
    const partial = known?.pieces.length === pieceCount ? known : this.#begin(from, pieceCount);
    if (partial.pieces[piece] !== undefined) return false;
    partial.pieces[piece] = payload;
    partial.missingCount -= 1;
    partial.heldBytes += payload.length;
    this.#heldBytes += payload.length;
    if (partial.missingCount === 0) this.#complete(from, join(partial));
    return true;
  }

  finish(): void {
    this.#onDone([...this.#waiting]);
  }

  #begin(from: string, pieceCount: number): PartialAnswer {
    this.#drop(from);
    const partial = {
      pieces: Array.from<Uint8Array | undefined>({ length: pieceCount }),
      missingCount: pieceCount,
      heldBytes: 0,
    };
    this.#partial.set(from, partial);
    return partial;
  }

  #drop(from: string): void {
    this.#heldBytes -= this.#partial.get(from)?.heldBytes ?? 0;
    this.#partial.delete(from);
  }

  #complete(from: string, payload: Uint8Array): void {
    this.#drop(from);
    this.#waiting.delete(from);
    const askedAtMs = this.#askedAtMs.get(from) ?? [];
    this.#askedAtMs.delete(from);
    this.#onAnswer(from, payload, askedAtMs);
  }
}

function join({ pieces, heldBytes }: PartialAnswer): Uint8Array {
  const whole = new Uint8Array(heldBytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece!, at);
    at += piece!.length;
  }
  return whole;
}
