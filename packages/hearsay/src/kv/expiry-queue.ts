import type { EntryBase } from './entry.ts';

/** Where the entries of an {@link ExpiryQueue} live: it says which of them still matter. */
export interface MortalEntries<E extends EntryBase> {
  /** Whether the entry is still shown, and its life not over. */
  isMortal(entry: E): boolean;
  /** Its life is over. */
  remove(entry: E): void;
}

interface Expiry<E extends EntryBase> {
  readonly atMs: number;
  readonly entry: E;
  readonly home: MortalEntries<E>;
}

/** Fewer are not worth sorting anew. Chosen. */
const smallCount = 64;

/**
 * When entries reach the end of their lives, of one or of many streams, the next to do so first. What was replaced before
 * stays in it until its time comes, or until there is more of that than of the rest.
 */
export class ExpiryQueue<E extends EntryBase> {
  /** A binary heap. */
  #heap: Expiry<E>[] = [];
  #mortalCount: number = 0;

  /** When the next entry expires; `Infinity` for never. */
  get nextMs(): number {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return Infinity;
      if (top.home.isMortal(top.entry)) return top.atMs;
      this.#pop();
    }
  }

  /** How many it holds, those among them that were replaced. */
  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, entry: E, home: MortalEntries<E>): void {
    this.#mortalCount += 1;
    this.#push({ atMs, entry, home });
    if (this.#heap.length > smallCount && this.#heap.length > 2 * this.#mortalCount) this.#clean();
  }

  /** An entry that was added matters no more. */
  countRemoved(): void {
    this.#mortalCount -= 1;
  }

  /** Entries whose time has come by `nowMs`, the first first; they are removed from where they live. */
  takeDue(nowMs: number): E[] {
    const due: E[] = [];
    while (this.nextMs <= nowMs) {
      const { entry, home } = this.#heap[0]!;
      home.remove(entry);
      due.push(entry);
    }
    return due;
  }

  #clean(): void {
    const left = this.#heap.filter(({ entry, home }) => home.isMortal(entry));
    this.#heap = [];
    for (const expiry of left) this.#push(expiry);
  }

  #push(expiry: Expiry<E>): void {
    const heap = this.#heap;
    let index = heap.push(expiry) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (parent.atMs <= expiry.atMs) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = expiry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= heap.length) break;
      if (childIndex + 1 < heap.length && heap[childIndex + 1]!.atMs < heap[childIndex]!.atMs) childIndex += 1;
      if (heap[childIndex]!.atMs >= last.atMs) break;
      heap[index] = heap[childIndex]!;
      index = childIndex;
    }
    heap[index] = last;
  }
}
