import type { EntryBase } from './entry.ts';
import { ExpiryQueue, type MortalEntries } from './expiry-queue.ts';

/** Whether it was a deletion, or beyond its life, when it came here. */
export function isDeadOnArrival(entry: EntryBase): boolean {
  return entry.kind === 'del' || (entry.ttlMs > 0 && entry.ageMs >= entry.ttlMs);
}

/**
 * Which of the entries that are shown count no more, and since when, in the order in which they came.
 *
 * An entry beyond its life is treated as a deletion from then on, kept as long and forgotten as safely. Its own end needs
 * none: it costs no message and no agreement of clocks, all who have it come to it by themselves. But what it had replaced
 * needs one: a node that never saw it still shows the older value, and would do so for ever if the others covered the
 * entry and had nothing to send. One deletion for each key, however often it is written; its value is let go.
 */
export class Lifetimes<E extends EntryBase> implements MortalEntries<E> {
  readonly #expiries: ExpiryQueue<E>;
  readonly #deadSinceMs = new Map<E, number>();
  readonly #mortalSinceMs = new Map<E, number>();

  /** `expiries` may be shared with others: then it is its owner that asks for what has expired. */
  constructor(expiries: ExpiryQueue<E> = new ExpiryQueue()) {
    this.#expiries = expiries;
  }

  get deadCount(): number {
    return this.#deadSinceMs.size;
  }

  /** When {@link takeExpired} has something to take; `Infinity` for never. */
  get nextExpiryMs(): number {
    return this.#expiries.nextMs;
  }

  isDead(entry: E): boolean {
    return this.#deadSinceMs.has(entry);
  }

  isMortal(entry: E): boolean {
    return this.#mortalSinceMs.has(entry);
  }

  add(entry: E, nowMs: number): void {
    if (isDeadOnArrival(entry)) this.#deadSinceMs.set(entry, nowMs);
    else if (entry.ttlMs > 0) {
      this.#mortalSinceMs.set(entry, nowMs);
      this.#expiries.add(nowMs + entry.ttlMs - entry.ageMs, entry, this);
    }
  }

  remove(entry: E): void {
    this.#deadSinceMs.delete(entry);
    if (this.#mortalSinceMs.delete(entry)) this.#expiries.countRemoved();
  }

  /** The dead ones, the longest dead first, each with the instant since when. */
  dead(): IterableIterator<[E, number]> {
    return this.#deadSinceMs.entries();
  }

  /** Entries beyond their life; they are no longer known here. Not when the queue is shared. */
  takeExpired(nowMs: number): E[] {
    return this.#expiries.takeDue(nowMs);
  }

  /** Nothing that is in it will be taken. */
  forgetExpiries(): void {
    for (const entry of [...this.#mortalSinceMs.keys()]) this.remove(entry);
  }

  /** The entry as it is sent on: older by the time it was held here. */
  aged(entry: E, nowMs: number): E {
    const sinceMs = this.#mortalSinceMs.get(entry);
    if (sinceMs === undefined) return entry;
    return { ...entry, ageMs: Math.min(entry.ttlMs, Math.floor(entry.ageMs + nowMs - sinceMs)) };
  }
}
