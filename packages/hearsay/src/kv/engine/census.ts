import { covers, emptyRow, isCoveredBy } from '../coverage.ts';
import type { Dot } from '../entry.ts';
import type { PeerRows } from '../exchange/index.ts';
import type { Rows } from '../messages.ts';

/**
 * Finds out whether everybody has what this node had at one moment, from the rows that peers tell in comparisons: then
 * deletions among it may be forgotten early. Costs a name for each peer, instead of the rows of each.
 */
export class Census {
  #target: Rows | undefined;
  readonly #seenBy = new Set<string>();

  get isRunning(): boolean {
    return this.#target !== undefined;
  }

  /** Begins anew, with what this node has now. */
  begin(rows: Rows): void {
    this.#target = rows;
    this.#seenBy.clear();
  }

  end(): void {
    this.#target = undefined;
    this.#seenBy.clear();
  }

  /** A peer's rows have become known. */
  receiveRows(peer: string, rows: PeerRows): void {
    if (this.#target === undefined || this.#seenBy.has(peer)) return;
    for (const [stream, row] of this.#target) {
      const theirs = rows(stream);
      if (theirs === undefined || !isCoveredBy(row, theirs)) return;
    }
    this.#seenBy.add(peer);
  }

  /** Whether all of these have what this node had. */
  isSeenBy(peers: Iterable<{ readonly name: string }>): boolean {
    for (const { name } of peers) if (!this.#seenBy.has(name)) return false;
    return this.#target !== undefined;
  }

  /** Whether the entry was among what is asked about. */
  covers({ stream, version }: Dot): boolean {
    return covers(this.#target?.get(stream) ?? emptyRow, version);
  }
}
