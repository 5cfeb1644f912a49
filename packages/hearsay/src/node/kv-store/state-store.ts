/** What a store gives back at a start. */
export interface StoredRecords {
  /** The records of the last snapshot; `undefined` when there is none, or none that is whole. */
  readonly snapshot: Iterable<Uint8Array> | undefined;
  /** The records that were appended since, in their order, up to the first that cannot be read. */
  readonly log: Iterable<Uint8Array>;
  /** Records that can be read but stand behind one that cannot: for a report of what was lost, and nothing else. */
  readonly discarded: Iterable<Uint8Array>;
  /** False when something was damaged: then what is appended counts only behind a new snapshot. */
  readonly isIntact: boolean;
  /** {@link StateStore.medium} of what was read. */
  readonly medium: string;
}

/**
 * Where gossiped state is kept. Records are bytes, whose meaning is this library's (docs/state-on-disk.md); a store keeps
 * them apart, whole and in order. {@link FileStore} is the default; a database can be another.
 *
 * Calls take effect in the order in which they are made, whether or not the ones before have resolved. Every method but
 * `close` may reject: then the store is asked for a snapshot until one succeeds, and nothing that was appended after a
 * rejected call needs to be kept.
 */
export interface StateStore {
  /**
   * Tells this place from a copy of it: when it differs from what it was at a clean stop, a copy was started, and the
   * streams do not go on. Not empty once something was appended. A store that cannot tell gives a constant.
   */
  readonly medium: string;
  /** All that is kept. Called once, first. */
  load(): Promise<StoredRecords>;
  /**
   * Adds records behind all others. With `isDurable` it resolves when these and all before outlive a power failure; calls
   * that follow should not wait for that.
   */
  append(records: readonly Uint8Array[], isDurable: boolean): Promise<void>;
  /**
   * Replaces all that was appended before, and the last snapshot, by `records`; what is appended afterwards comes behind
   * them. Old or new must be whole at every moment. The records are made while they are taken, which may last.
   */
  snapshot(records: Iterable<Uint8Array>): Promise<void>;
  /** Never rejects. No call comes after it. */
  close(): Promise<void>;
}
