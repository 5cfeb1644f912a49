import { emptyRow, type StreamRow } from '../coverage.ts';
import type { OwnedEntry, SharedEntry } from '../entry.ts';
import type { SavedState } from '../kv-state.ts';
import { zeroStamp } from '../stamp.ts';
import type { StreamKey, StreamOwner } from '../stream.ts';
import type { KvRecord, OwnedRecord, OwnedStreamRecord, SharedRecord, SharedStreamRecord } from './record.ts';

/** An owned stream that is being put together. */
interface OwnedDraft {
  readonly owner: StreamOwner;
  row: StreamRow;
  readonly entries: Map<string, OwnedEntry>;
}

/** Puts a state together again: what was saved, and then the records of the steps since, in their order. */
export class StateReplay {
  #own: StreamOwner | undefined;
  readonly #entries = new Map<string, SharedEntry>();
  readonly #streams = new Map<StreamKey, SharedStreamRecord>();
  readonly #owned = new Map<string, OwnedDraft>();
  #floor = zeroStamp;
  #lastStamp = zeroStamp;

  constructor(saved?: SavedState) {
    if (saved !== undefined) for (const record of recordsOf(saved)) this.apply(record);
  }

  /** The step that `record` tells of has happened. */
  apply(record: KvRecord): void {
    this.#own = record.own;
    if (record.lane === 0) this.#applyShared(record);
    else this.#applyOwned(record);
  }

  /** As {@link KvState.save} gave it, but for ages: those are what they were at the time of the record. */
  state(): SavedState | undefined {
    if (this.#own === undefined) return undefined;
    const streams = [...this.#streams.values()];
    return {
      own: this.#own,
      shared: {
        rows: new Map(streams.map(({ key, row }) => [key, row])),
        owners: new Map(streams.flatMap(({ key, owner }) => (owner === undefined ? [] : [[key, owner]]))),
        retired: streams.filter(({ isRetired }) => isRetired).map(({ key }) => key),
        floor: this.#floor,
        lastStamp: this.#lastStamp,
        entries: [...this.#entries.values()],
      },
      owned: {
        streams: [...this.#owned.values()].map(({ owner, row, entries }) => ({
          owner,
          row,
          entries: [...entries.values()],
        })),
      },
    };
  }

  #applyShared({ entries, absent, streams, forgotten, floor, lastStamp }: SharedRecord): void {
    for (const key of absent) this.#entries.delete(key);
    for (const entry of entries) this.#entries.set(entry.key, entry);
    for (const key of forgotten) this.#streams.delete(key);
    for (const stream of streams) this.#streams.set(stream.key, stream);
    this.#floor = floor;
    this.#lastStamp = lastStamp;
  }

  #applyOwned({ streams, gone }: OwnedRecord): void {
    for (const node of gone) this.#owned.delete(node);
    for (const { owner, row, entries, absent } of streams) {
      const draft = this.#draftOf(owner);
      draft.row = row;
      for (const key of absent) draft.entries.delete(key);
      for (const entry of entries) draft.entries.set(entry.key, entry);
    }
  }

  #draftOf(owner: StreamOwner): Pick<OwnedDraft, 'row' | 'entries'> {
    const known = this.#owned.get(owner.node);
    if (known !== undefined && known.owner.generation === owner.generation) return known;
    const draft = { owner, row: emptyRow, entries: new Map() };
    this.#owned.set(owner.node, draft);
    return draft;
  }
}

/** What was saved, and then the records of the steps since; `undefined` when there is neither. */
export function replayRecords(saved: SavedState | undefined, records: Iterable<KvRecord>): SavedState | undefined {
  const replay = new StateReplay(saved);
  for (const record of records) replay.apply(record);
  return replay.state();
}

/** Entries and streams of one record, so that none becomes very large. */
const chunkMax = 256;

/** A whole state as records, none very large: what a snapshot is made of. They are all needed, not some of them. */
export function* recordsOf(saved: SavedState): Generator<KvRecord> {
  const { own, shared, owned } = saved;
  const { floor, lastStamp } = shared;
  const retired = new Set(shared.retired);
  const empty = { lane: 0, own, entries: [], absent: [], streams: [], forgotten: [], floor, lastStamp } as const;
  yield empty;
  for (const entries of chunksOf(shared.entries)) yield { ...empty, entries };
  for (const rows of chunksOf([...shared.rows])) {
    const streams = rows.map(([key, row]) => ({
      key,
      row,
      owner: shared.owners.get(key),
      isRetired: retired.has(key),
    }));
    yield { ...empty, streams };
  }
  const streams: OwnedStreamRecord[] = owned.streams.map((stream) => ({ ...stream, absent: [] }));
  for (const stream of streams) yield { lane: 1, own, streams: [stream], gone: [] };
}

function* chunksOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let index = 0; index < items.length; index += chunkMax) yield items.slice(index, index + chunkMax);
}
