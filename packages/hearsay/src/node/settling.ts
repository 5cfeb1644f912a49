import type { CallOptions } from './calls.ts';

/** What a {@link Cluster.waitFor} waits for. */
export interface WaitForOptions extends CallOptions {
  /** At least so many members, this one included, must be there. @defaultValue 1 */
  readonly members?: number;
  /**
   * For so long nobody may have come or gone, in milliseconds, counted from the call at the earliest. Longer than a
   * failure takes to be found, if what is begun then must not see one at once.
   *
   * @defaultValue 0: do not wait for that
   */
  readonly settledForMs?: number;
}

/** @internal What a {@link Settling} looks at. */
export interface SettlingParts {
  /** The names of the members that are there. */
  readonly names: () => readonly string[];
  readonly minMembers: number;
  readonly settledForMs: number;
}

/**
 * @internal Waits until enough members are there and have been the same for a while. Told of changes; but as a pool may
 * tell of them late, it also compares the members themselves when the time is up.
 */
export class Settling {
  readonly done: Promise<void>;
  readonly #parts: SettlingParts;
  #resolve!: () => void;
  #timer: NodeJS.Timeout | undefined;
  #seen: string = '';

  constructor(parts: SettlingParts) {
    this.#parts = parts;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    this.changed();
  }

  /** Somebody came or went: the time begins anew. */
  changed(): void {
    clearTimeout(this.#timer);
    const { names, minMembers, settledForMs } = this.#parts;
    const present = names().toSorted();
    if (present.length < minMembers) return;
    this.#seen = JSON.stringify(present);
    if (settledForMs === 0) return this.#resolve();
    this.#timer = setTimeout(() => this.#onQuiet(), settledForMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #onQuiet(): void {
    if (JSON.stringify(this.#parts.names().toSorted()) === this.#seen) this.#resolve();
    else this.changed();
  }
}
