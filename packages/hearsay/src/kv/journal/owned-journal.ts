import type { OwnedStream } from '../owned-stream.ts';
import type { StreamOwner } from '../stream.ts';
import type { KvRecordSink, OwnedStreamRecord } from './record.ts';

/** What a step has touched in the owned lane, until it is told as one record. */
export class OwnedJournal {
  readonly #persist: KvRecordSink;
  /** By node: the keys that were touched in its stream. */
  readonly #touched = new Map<string, Set<string>>();

  constructor(persist: KvRecordSink) {
    this.#persist = persist;
  }

  /** The node's stream is new, gone, or covers more than before. */
  touch(node: string): void {
    if (!this.#touched.has(node)) this.#touched.set(node, new Set());
  }

  /** The key of the node has something else. */
  touchKey(node: string, key: string): void {
    this.touch(node);
    this.#touched.get(node)!.add(key);
  }

  /** What was touched until now is known to whoever reads the records. */
  reset(): void {
    this.#touched.clear();
  }

  /** The step is over: what it has touched is told, if anything. */
  tell(nodes: ReadonlyMap<string, OwnedStream>, own: StreamOwner): void {
    if (this.#touched.size === 0) return;
    const streams: OwnedStreamRecord[] = [];
    const gone = [];
    for (const [node, keys] of this.#touched) {
      const stream = nodes.get(node);
      if (stream === undefined) gone.push(node);
      else streams.push(recordOf(stream, keys));
    }
    this.reset();
    this.#persist({ lane: 1, own, streams, gone });
  }
}

function recordOf(stream: OwnedStream, keys: ReadonlySet<string>): OwnedStreamRecord {
  const entries = [];
  const absent = [];
  for (const key of keys) {
    const entry = stream.get(key);
    if (entry === undefined) absent.push(key);
    else entries.push(entry);
  }
  return { owner: stream.owner, row: stream.row, entries, absent };
}
