import { compareEntries, type SharedEntry } from '../../packages/hearsay/src/kv/entry.ts';

/** A write that somebody made, whatever copies there are of it. Sets of writes are bits of a number. */
export interface Operation {
  readonly bit: number;
  readonly key: string;
  readonly entry: SharedEntry;
  /** What its author saw and replaced, and all that this had replaced. */
  readonly replaced: number;
}

/** What the ghost in the explorer knows of a node: which operations have had their effect on it. */
export interface Ghost {
  seen: number;
  /** What those have replaced: it must never be shown again. */
  dead: number;
}

/** Bits of a number; the last ones are for writes that nodes issue again. */
const operationsMax = 31;
const writesMax = 20;

/** All that was written in a world. */
export class Operations {
  readonly #operations: Operation[] = [];
  readonly #byDot = new Map<string, Operation>();
  /** What was made of a key, copies included: to tell whether a lost write was beaten. */
  readonly #made: SharedEntry[] = [];

  /** No more may be written, to leave room for what nodes issue again. */
  get isFull(): boolean {
    return this.#operations.length >= writesMax;
  }

  /** More was written than can be told apart. */
  get isOverfull(): boolean {
    return this.#operations.length > operationsMax;
  }

  /** A write that replaced what its author saw. */
  register(entry: SharedEntry, replacedEntry: SharedEntry | undefined): Operation {
    const before = replacedEntry === undefined ? undefined : this.of(replacedEntry);
    const replaced = before === undefined ? 0 : before.bit | before.replaced;
    const operation = { bit: 1 << this.#operations.length, key: entry.key, entry, replaced };
    this.#operations.push(operation);
    this.#byDot.set(dotText(entry), operation);
    this.#made.push(entry);
    return operation;
  }

  /** The write that an entry is, or is a copy of. */
  of(entry: SharedEntry): Operation {
    const known = this.#byDot.get(dotText(entry));
    if (known !== undefined) return known;
    // Taken over from a dead stream: the parent is the original or another copy.
    const { parent } = entry;
    const original = parent === undefined ? undefined : this.#byDot.get(`${parent.stream}/${parent.version}`);
    if (original === undefined) throw new Error('a copy of something that nobody wrote');
    this.#byDot.set(dotText(entry), original);
    this.#made.push(entry);
    return original;
  }

  /** Whether a write that a live node has had is neither shown, nor replaced by one who saw it, nor beaten. */
  isAnyLost({ seen, dead }: Ghost, shownOf: (key: string) => SharedEntry | undefined): boolean {
    return this.#operations.some(({ bit, key, entry }) => {
      if (entry.kind === 'del' || entry.ttlMs > 0 || (seen & bit) === 0 || (dead & bit) !== 0) return false;
      const shown = shownOf(key);
      if (shown !== undefined && (this.of(shown).bit === bit || compareEntries(shown, entry) > 0)) return false;
      return !this.#made.some(
        (made) =>
          made.key === key &&
          (this.of(made).bit & seen) !== 0 &&
          made !== entry &&
          compareEntries(made, entry) > 0 &&
          this.of(made).bit !== bit,
      );
    });
  }
}

function dotText({ stream, version }: SharedEntry): string {
  return `${stream}/${version}`;
}
