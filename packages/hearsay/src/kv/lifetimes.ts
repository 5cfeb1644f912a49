import type { EntryBase } from './entry.ts';

/** Whether it was a deletion, or beyond its life, when it came here. */
export function isDeadOnArrival(entry: EntryBase): boolean {
  return entry.kind === 'del' || (entry.ttlMs > 0 && entry.ageMs >= entry.ttlMs);
}

/**
 * Which of the entries that are shown count no more, and since when, in the order in which they came.
 *
 * An entry beyond its life is treated as a deletion from then on: if it just vanished, an older value that it has
 * replaced could come back from a node that never saw it.
 */
export class Lifetimes<E extends EntryBase> {
  readonly #deadSinceMs = new Map<E, number>();
  readonly #mortalSinceMs = new Map<E, number>();
  #nextExpiryMs: number = Infinity;

  get deadCount(): number {
    return this.#deadSinceMs.size;
  }

  /** When {@link takeExpired} has something to take; `Infinity` for never. */
  get nextExpiryMs(): number {
    return this.#mortalSinceMs.size === 0 ? Infinity : this.#nextExpiryMs;
  }

  isDead(entry: E): boolean {
    return this.#deadSinceMs.has(entry);
  }

  add(entry: E, nowMs: number): void {
    if (isDeadOnArrival(entry)) this.#deadSinceMs.set(entry, nowMs);
    else if (entry.ttlMs > 0) {
      this.#mortalSinceMs.set(entry, nowMs);
      this.#nextExpiryMs = Math.min(this.#nextExpiryMs, nowMs + entry.ttlMs - entry.ageMs);
    }
  }

  remove(entry: E): void {
    this.#deadSinceMs.delete(entry);
    this.#mortalSinceMs.delete(entry);
  }

  /** The dead ones, the longest dead first, each with the instant since when. */
  dead(): IterableIterator<[E, number]> {
    return this.#deadSinceMs.entries();
  }

  /** Entries beyond their life; they are no longer known here. */
  takeExpired(nowMs: number): E[] {
    if (nowMs < this.nextExpiryMs) return [];
    const expired: E[] = [];
    this.#nextExpiryMs = Infinity;
    for (const [entry, sinceMs] of this.#mortalSinceMs) {
      const expiryMs = sinceMs + entry.ttlMs - entry.ageMs;
      if (expiryMs <= nowMs) expired.push(entry);
      else this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiryMs);
    }
    for (const entry of expired) this.#mortalSinceMs.delete(entry);
    return expired;
  }

  /** The entry as it is sent on: older by the time it was held here. */
  aged(entry: E, nowMs: number): E {
    const sinceMs = this.#mortalSinceMs.get(entry);
    if (sinceMs === undefined) return entry;
    return { ...entry, ageMs: Math.min(entry.ttlMs, Math.floor(entry.ageMs + nowMs - sinceMs)) };
  }
}
