import { utf8Length } from '../wire/index.ts';
import type { EntryBase } from './entry.ts';

/** What an entry takes beside key and value: dot, stamp, parent, flags, lengths. Chosen: a little above the usual. */
const overheadBytes = 48;

/** About as many bytes as the entry takes in a message. */
export function packedBytes({ key, value }: EntryBase): number {
  return overheadBytes + utf8Length(key) + value.length;
}

/** Lists of entries, one of each stream, within a budget. */
export interface Packed<E> {
  readonly entries: readonly E[];
  readonly isComplete: boolean;
}

/** What each list may send in its turn. Chosen: a small entry; a larger one waits until its list has saved for it. */
const quantumBytes = 64;

/**
 * As many bytes of each list in turn (deficit round robin, Shreedhar and Varghese 1995), so that a busy stream, or one of
 * large values, does not starve the others; begins with the list at `firstIndex`. At least the first entry of that one is
 * taken, else one that is larger than the budget would never be sent.
 */
export function packInTurn<E extends EntryBase>(
  lists: readonly (readonly E[])[],
  budgetBytes: number,
  firstIndex: number,
): Packed<E> {
  const entries: E[] = [];
  let leftBytes = budgetBytes;
  let isComplete = true;
  let open = lists.map((_, index) => new Turn(lists[(firstIndex + index) % lists.length]!));
  open[0]?.saveForNext();
  while (open.length > 0) {
    const following: Turn<E>[] = [];
    for (const turn of open) {
      turn.savedBytes += quantumBytes;
      while (turn.nextBytes <= turn.savedBytes && (turn.nextBytes <= leftBytes || entries.length === 0)) {
        leftBytes -= turn.nextBytes;
        entries.push(turn.take());
      }
      if (turn.isEmpty) continue;
      if (turn.nextBytes > leftBytes && entries.length > 0) isComplete = false;
      else following.push(turn);
    }
    open = following;
  }
  return { entries, isComplete };
}

/** One list, and what it has saved. */
class Turn<E extends EntryBase> {
  readonly #list: readonly E[];
  #index: number = 0;
  savedBytes: number = 0;
  /** Of its next entry; `Infinity` when there is none. */
  nextBytes: number;

  constructor(list: readonly E[]) {
    this.#list = list;
    this.nextBytes = this.#measure();
  }

  get isEmpty(): boolean {
    return this.#index >= this.#list.length;
  }

  saveForNext(): void {
    if (!this.isEmpty) this.savedBytes = this.nextBytes;
  }

  take(): E {
    const entry = this.#list[this.#index]!;
    this.savedBytes -= this.nextBytes;
    this.#index += 1;
    this.nextBytes = this.#measure();
    return entry;
  }

  #measure(): number {
    const next = this.#list[this.#index];
    return next === undefined ? Infinity : packedBytes(next);
  }
}
