import type { StreamRow } from '../coverage.ts';
import type { KvEvent } from '../events.ts';
import type { KvEnv } from '../host.ts';
import type { Lane } from '../stream.ts';
import { OwnWrites } from './own-writes.ts';

/** What a {@link Pressure} needs. */
export interface PressureParts {
  readonly env: Pick<KvEnv, 'clock'>;
  readonly lagWarnMs: number;
  readonly queueMax: number;
  /** Rumors that wait. */
  readonly queuedCount: () => number;
  /** Others that are live and take part. */
  readonly peerCount: () => number;
  readonly emit: (event: KvEvent) => void;
}

/**
 * Whether this node writes faster than others take it: too many rumors wait, or its oldest write is not known to be with
 * anybody else. It is over when half of either is left.
 */
export class Pressure {
  readonly #parts: PressureParts;
  /** Of lanes 0 and 1; telemetry may be late. */
  readonly #writes: readonly [OwnWrites, OwnWrites] = [new OwnWrites(), new OwnWrites()];
  /** Since when there is somebody who could take what is written. */
  #peersSinceMs: number | undefined;
  #isHigh: boolean = false;
  #waiting: (() => void)[] = [];

  constructor(parts: PressureParts) {
    this.#parts = parts;
  }

  /** For how long the oldest own write has been with nobody else, while there was somebody. */
  get lagMs(): number {
    if (this.#peersSinceMs === undefined) return 0;
    let oldestMs = Infinity;
    for (const { oldestAtMs } of this.#writes) oldestMs = Math.min(oldestMs, oldestAtMs ?? Infinity);
    return oldestMs === Infinity ? 0 : this.#parts.env.clock.nowMs - Math.max(oldestMs, this.#peersSinceMs);
  }

  /** As of now; users hear of a change at the next {@link check}. */
  get isReady(): boolean {
    return this.#isHigh ? this.#share <= 0.5 : this.#share < 1;
  }

  /** This node has written. */
  recordWrite(lane: Lane, version: number): void {
    if (lane !== 2) this.#writes[lane].record(version, this.#parts.env.clock.nowMs);
  }

  /** Another node has this of our stream in the lane. */
  receiveRow(lane: Lane, row: StreamRow): void {
    if (lane !== 2) this.#writes[lane].markSeen(row);
  }

  /** Our streams are new ones. */
  forgetWrites(): void {
    for (const writes of this.#writes) writes.clear();
  }

  /** Calls back when the pressure is over; at once when there is none. */
  whenDrained(callback: () => void): void {
    if (this.isReady) callback();
    else this.#waiting.push(callback);
  }

  /** To be called once in a while, and when peers come or go. */
  check(): void {
    const { env, queuedCount, peerCount, emit } = this.#parts;
    if (peerCount() === 0) this.#peersSinceMs = undefined;
    else this.#peersSinceMs ??= env.clock.nowMs;
    const wasHigh = this.#isHigh;
    this.#isHigh = !this.isReady;
    if (this.#isHigh && !wasHigh) emit({ type: 'backpressure', lagMs: this.lagMs, queuedCount: queuedCount() });
    if (!this.#isHigh && wasHigh) emit({ type: 'drained' });
    if (!this.#isHigh) for (const callback of this.#waiting.splice(0)) callback();
  }

  /** How much of what may wait does. */
  get #share(): number {
    const { lagWarnMs, queueMax, queuedCount } = this.#parts;
    return Math.max(this.lagMs / lagWarnMs, queuedCount() / queueMax);
  }
}
