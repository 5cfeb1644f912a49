import type { Dot, EntryBase, SharedEntry } from './entry.ts';

/** Who has an entry, among the live members that take part, this node included. */
export interface ReceiptCounts {
  readonly seen: number;
  /** Names, sorted. A member that failed or left is not missing. */
  readonly missing: readonly string[];
}

/** What became of a write, as far as this node knows. A partition may still change it. */
export type WriteOutcome = 'kept' | { readonly overwrittenBy: string | undefined };

/** Follows one entry through the cluster, for a minute: its bits are gathered from the summaries of others. */
export interface Receipt {
  readonly dot: Dot;
  counts(): ReceiptCounts;
  outcome(): WriteOutcome;
  /** No answer comes any more: closed, or its minute is over. */
  readonly isOver: boolean;
  /** Called in the step in which one of the above changes; a second callback replaces the first. */
  onChange(callback: () => void): void;
  close(): void;
}

/** A write that was made here. */
export interface KvWrite<Entry extends EntryBase = EntryBase> {
  readonly entry: Entry;
  /** With `track`, unless as many entries are followed as may be (8). */
  readonly receipt: Receipt | undefined;
}

/** Who has what a key shows here. */
export interface KvWhere {
  readonly key: string;
  readonly entry: SharedEntry;
  /** The node that wrote it, when that is known. */
  readonly author: string | undefined;
  /** Fills over the next seconds. Undefined when as many entries are followed as may be (8). */
  readonly receipt: Receipt | undefined;
}
