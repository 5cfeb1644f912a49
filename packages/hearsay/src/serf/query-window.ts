import { queryLimits } from './query-limits.ts';
import type { QueryStats } from './query-stats.ts';

interface Slot {
  ltime: number;
  readonly ids: Set<number>;
}

/** Which queries were seen already: the ids of the latest Lamport times, each time in the slot of its remainder. */
export class QueryWindow {
  readonly #slots: (Slot | undefined)[];
  readonly #minTime: number;
  readonly #stats: QueryStats;

  /** `size`: for how many Lamport times ids are kept. Queries before `minTime` are refused. */
  constructor(size: number, minTime: number, stats: QueryStats) {
    this.#slots = Array.from({ length: size });
    this.#minTime = minTime;
    this.#stats = stats;
  }

  /**
   * True the first time. `clockTime` is the query clock's, after it has witnessed `ltime`. While it is no larger than
   * the window, nothing is too old.
   */
  take(ltime: number, id: number, clockTime: number): boolean {
    const size = this.#slots.length;
    if (ltime < this.#minTime || (clockTime > size && ltime < clockTime - size)) {
      this.#stats.queriesTooOld += 1;
      return false;
    }
    const { ids } = this.#slotOf(ltime);
    if (ids.has(id)) {
      this.#stats.queriesDuplicate += 1;
      return false;
    }
    if (ids.size >= queryLimits.idsPerTimeMax) {
      this.#stats.queriesOverflowed += 1;
      return false;
    }
    ids.add(id);
    return true;
  }

  #slotOf(ltime: number): Slot {
    const index = ltime % this.#slots.length;
    const slot = (this.#slots[index] ??= { ltime, ids: new Set() });
    if (slot.ltime !== ltime) {
      slot.ltime = ltime;
      slot.ids.clear();
    }
    return slot;
  }
}
