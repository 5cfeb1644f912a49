import { assert, Timer } from '../../util/index.ts';
import { encodeKvMessage } from '../codec/index.ts';
import type { KvMessage } from '../protocol.ts';
import type { ExchangeParts, KvPeer, KvTransfer } from './parts.ts';

/** How soon to try again when the budget, or the receiver's state, says no. Chosen: some frames a second still go out. */
const retryMs = 50;
/**
 * Up to this much of what was lost by waking late is made up for, in milliseconds: a busy process that is some milliseconds
 * late for each of a hundred frames would be seconds late in the end. Chosen: within what the budget saves.
 */
const catchUpMs = 500;

/** Frames for one peer. */
export interface OutgoingTransfer {
  readonly to: KvPeer;
  readonly kind: KvTransfer['kind'];
  readonly entryCount: number;
  readonly frames: readonly KvMessage[];
  /** After each frame; the last time with `true`. Not when it is cancelled. */
  readonly onFrame: (isEnd: boolean) => void;
}

/** What {@link Transfers} need. */
export interface TransfersParts extends Pick<
  ExchangeParts,
  'clock' | 'isOpenTo' | 'onTransfer' | 'send' | 'takeBytes' | 'timers' | 'transferBytesPerSecond'
> {
  readonly transfersMax: number;
  /** For a guess of how long they take. */
  readonly frameMaxBytes: number;
}

/** Frames that go out over streams: a few transfers at once, one frame of each in turn, all at one pace. */
export class Transfers {
  readonly #parts: TransfersParts;
  readonly #timer: Timer = new Timer('state frames', () => this.#sendNext());
  readonly #running: { readonly transfer: OutgoingTransfer; sentCount: number }[] = [];
  /** The pace allows no frame before this instant. */
  #freeAtMs: number = 0;

  constructor(parts: TransfersParts) {
    this.#parts = parts;
  }

  /** When a place will probably be free, from now on. */
  get retryMs(): number {
    const { frameMaxBytes, transferBytesPerSecond } = this.#parts;
    const leftCounts = this.#running.map(({ transfer, sentCount }) => transfer.frames.length - sentCount);
    const leftBytes = Math.min(...leftCounts) * this.#running.length * frameMaxBytes;
    return Math.ceil(Math.min(30_000, Math.max(500, (leftBytes / transferBytesPerSecond) * 1_000)));
  }

  get hasRoom(): boolean {
    return this.#running.length < this.#parts.transfersMax;
  }

  /** Begins to send. To be asked before: {@link hasRoom}. */
  start(transfer: OutgoingTransfer): void {
    assert(this.hasRoom, 'no more transfers run than may');
    if (this.#running.length === 0) this.#freeAtMs = Math.max(this.#freeAtMs, this.#parts.clock.nowMs);
    this.#running.push({ transfer, sentCount: 0 });
    this.#arm(this.#freeAtMs);
    this.#tell(transfer, 'started');
  }

  /** Sends no more of it, if it is running. */
  cancel(transfer: OutgoingTransfer): void {
    const index = this.#running.findIndex((running) => running.transfer === transfer);
    if (index < 0) return;
    this.#running.splice(index, 1);
    if (this.#running.length === 0) this.#parts.timers.cancel(this.#timer);
    this.#tell(transfer, 'dropped');
  }

  /** Cancels all. */
  stop(): void {
    this.#running.length = 0;
    this.#parts.timers.cancel(this.#timer);
  }

  #sendNext(): void {
    const { clock, isOpenTo, send, takeBytes, transferBytesPerSecond } = this.#parts;
    const next = this.#running.shift();
    if (next === undefined) return;
    const { transfer } = next;
    const bytes = encodeKvMessage(transfer.frames[next.sentCount]!);
    // A receiver that is suspect may only be slow, and with one frame missing all others would be in vain.
    if (!isOpenTo(transfer.to) || !takeBytes('transfer', bytes.length)) {
      this.#running.push(next);
      this.#arm(clock.nowMs + retryMs);
      return;
    }
    next.sentCount += 1;
    this.#freeAtMs =
      Math.max(this.#freeAtMs, clock.nowMs - catchUpMs) + (bytes.length / transferBytesPerSecond) * 1_000;
    const isEnd = next.sentCount === transfer.frames.length;
    if (!isEnd) this.#running.push(next);
    if (this.#running.length > 0) this.#arm(this.#freeAtMs);
    send(transfer.to, bytes, 'stream');
    if (isEnd) this.#tell(transfer, 'done');
    transfer.onFrame(isEnd);
  }

  #tell({ to, kind, entryCount }: OutgoingTransfer, state: KvTransfer['state']): void {
    this.#parts.onTransfer({ peer: to.name, direction: 'out', kind, state, entryCount });
  }

  #arm(atMs: number): void {
    const { clock, timers } = this.#parts;
    if (!this.#timer.isArmed) timers.arm(this.#timer, Math.max(clock.nowMs, atMs));
  }
}
