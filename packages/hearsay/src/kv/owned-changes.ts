import type { OwnedEntry } from './entry.ts';
import type { ChangeSource, KvChange } from './events.ts';
import { isDeadOnArrival } from './lifetimes.ts';
import type { OnOwnedChange } from './owned-exchange.ts';
import type { OwnedStream } from './owned-stream.ts';
import type { OwnedLaneNumber } from './stream.ts';
import type { ChangeFeed } from './watch.ts';

/** Tells readers what is shown of an owned lane, when that is something else than before. */
export class OwnedChanges {
  readonly #lane: OwnedLaneNumber;
  readonly #feed: ChangeFeed;

  constructor(lane: OwnedLaneNumber, feed: ChangeFeed) {
    this.#lane = lane;
    this.#feed = feed;
  }

  /** For what is merged into a stream; `older` is the generation in whose place it comes. */
  of(stream: OwnedStream, older: OwnedStream | undefined, source: ChangeSource): OnOwnedChange {
    return (entry, shown, isLeft) => {
      const previous = shown ?? older?.getShown(entry.key);
      if (isLeft) this.record('delete', stream, entry, previous, source);
      else if (!isDeadOnArrival(entry)) this.record('put', stream, entry, previous, source);
      // What an older generation had is told when that is hidden.
      else if (shown !== undefined) {
        this.record(entry.kind === 'del' ? 'delete' : 'expire', stream, entry, shown, source);
      }
    };
  }

  /** What only an older generation had is gone. */
  hide(older: OwnedStream | undefined, newer: OwnedStream, source: ChangeSource): void {
    if (older === undefined) return;
    for (const entry of older.entries()) {
      if (older.lifetimes.isDead(entry) || newer.getShown(entry.key) !== undefined) continue;
      this.record('delete', newer, entry, entry, source);
    }
  }

  /** When `entry` is what was shown before, nothing is left of it. */
  record(
    type: KvChange['type'],
    { owner: { node } }: OwnedStream,
    entry: OwnedEntry,
    previous: OwnedEntry | undefined,
    source: ChangeSource,
  ): void {
    if (this.#feed.isIdle) return;
    this.#feed.record({
      type,
      lane: this.#lane,
      key: entry.key,
      owner: node,
      author: node,
      entry: entry === previous ? undefined : entry,
      previous,
      isConcurrent: false,
      source,
    });
  }
}
