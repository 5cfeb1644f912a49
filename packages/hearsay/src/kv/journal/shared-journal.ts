import { withFading } from '../coverage.ts';
import type { SharedMap, SharedStream } from '../shared-map.ts';
import { zeroStamp, type Stamp } from '../stamp.ts';
import type { StreamKey, StreamOwner } from '../stream.ts';
import type { KvRecordSink, SharedStreamRecord } from './record.ts';

/** What a step has touched in the shared map, until it is told as one record. */
export class SharedJournal {
  /** Touched keys. */
  readonly keys: Set<string> = new Set();
  /** Touched streams. */
  readonly streams: Set<StreamKey> = new Set();
  readonly #persist: KvRecordSink;
  #floor: Stamp = zeroStamp;
  #lastStamp: Stamp = zeroStamp;

  constructor(persist: KvRecordSink) {
    this.#persist = persist;
  }

  /** What was touched until now is known to whoever reads the records. */
  reset(floor: Stamp, lastStamp: Stamp): void {
    this.keys.clear();
    this.streams.clear();
    this.#floor = floor;
    this.#lastStamp = lastStamp;
  }

  /** The step is over: what it has touched is told, if anything. */
  tell(map: SharedMap, own: StreamOwner, floor: Stamp, lastStamp: Stamp): void {
    // The own stream never changes alone.
    const isUntouched = this.keys.size === 0 && this.streams.size === 0;
    if (isUntouched && floor === this.#floor && lastStamp === this.#lastStamp) return;
    const entries = [];
    const absent = [];
    for (const key of this.keys) {
      const entry = map.get(key);
      if (entry === undefined) absent.push(key);
      else entries.push(entry);
    }
    const streams: SharedStreamRecord[] = [];
    const forgotten = [];
    for (const key of this.streams) {
      const stream = map.streams.get(key);
      if (stream === undefined) forgotten.push(key);
      else streams.push(recordOf(stream));
    }
    this.reset(floor, lastStamp);
    this.#persist({ lane: 0, own, entries, absent, streams, forgotten, floor, lastStamp });
  }
}

/** That it fades is not kept: its time as a retired stream begins anew with the process. */
function recordOf({ key, row, owner, retiredAtMs }: SharedStream): SharedStreamRecord {
  return { key, row: withFading(row, false), owner, isRetired: retiredAtMs !== undefined };
}
