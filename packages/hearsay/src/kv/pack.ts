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

/**
 * One entry of each list in turn, so that a busy stream does not starve the others; begins with the list at `firstIndex`.
 * At least one entry is taken, else a large one would never be sent.
 */
export function packInTurn<E extends EntryBase>(
  lists: readonly (readonly E[])[],
  budgetBytes: number,
  firstIndex: number,
): Packed<E> {
  const entries: E[] = [];
  let bytes = 0;
  let isComplete = true;
  let open = lists.map((_, index) => lists[(firstIndex + index) % lists.length]!);
  for (let round = 0; open.length > 0; round += 1) {
    const following: (readonly E[])[] = [];
    for (const list of open) {
      const entry = list[round];
      if (entry === undefined) continue;
      const size = packedBytes(entry);
      if (entries.length > 0 && bytes + size > budgetBytes) {
        isComplete = false;
        continue;
      }
      bytes += size;
      entries.push(entry);
      following.push(list);
    }
    open = following;
  }
  return { entries, isComplete };
}
