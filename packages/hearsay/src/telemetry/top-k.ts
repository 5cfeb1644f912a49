import { ClusterError, type ByteReader, type ByteWriter } from '../util/index.ts';
import { readVarint, writeVarint } from '../kv/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../wire/index.ts';
import { telemetryLimits } from './limits.ts';
import type { Sketch } from './sketch.ts';

const { topKeysMax, topKeyMaxBytes } = telemetryLimits;

/** A frequent key. It was counted at least `count - overcount` times, and at most `count` times. */
export interface TopKey {
  readonly key: string;
  readonly count: number;
  readonly overcount: number;
}

interface Slot {
  count: number;
  overcount: number;
}

/**
 * Which keys are the most frequent, and how often they were counted, with an error that is known for each
 * (Space-Saving, Metwally et al. 2005, with 64 places). Merged ones hold the keys of all, until they are listed.
 */
export class TopK implements Sketch<TopK> {
  readonly kind = 'topK' as const;
  readonly #slots: Map<string, Slot> = new Map();
  /** A key that is not here was counted at most so often. */
  #unseen: number = 0;
  /** What is to be added to the counts of all slots: merging a thousand touches only the keys of each. */
  #lift: number = 0;

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** A key that is not listed was counted at most so often. */
  get unseenMax(): number {
    return this.#unseen;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` for a key of more than 128 bytes, and a count that is not above 0 */
  add(key: string, count: number = 1): void {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new ClusterError('ERR_CONFIG', `keys are counted by whole numbers of at least 1, not by ${count}`);
    }
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      slot.count += count;
      return;
    }
    // Three bytes for each UTF-16 unit at most.
    if (3 * key.length > topKeyMaxBytes && utf8Length(key) > topKeyMaxBytes) {
      throw new ClusterError('ERR_CONFIG', `a key is ${utf8Length(key)} bytes, the limit is ${topKeyMaxBytes}`);
    }
    if (this.#slots.size >= topKeysMax) this.#evict();
    this.#put(key, this.#unseen + count, this.#unseen);
  }

  /** The most frequent keys, the most frequent first. */
  top(count: number): TopKey[] {
    const lift = this.#lift;
    const keys = [...this.#slots].map(([key, slot]): TopKey => {
      return { key, count: slot.count + lift, overcount: slot.overcount + lift };
    });
    return keys.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)).slice(0, count);
  }

  merge(other: TopK): void {
    const before = this.#unseen;
    const unseen = other.#unseen;
    this.#unseen += unseen;
    // Whoever is not in the other may have been counted there as often as any that is not.
    this.#lift += unseen;
    for (const [key, slot] of other.#slots) {
      const [count, overcount] = [slot.count + other.#lift, slot.overcount + other.#lift];
      const own = this.#slots.get(key);
      if (own === undefined) this.#put(key, count + before, overcount + before);
      else {
        own.count += count - unseen;
        own.overcount += overcount - unseen;
      }
    }
  }

  /** The most frequent ones, as many as fit. */
  encode(writer: ByteWriter, maxBytes: number): void {
    const all = this.top(topKeysMax + 1);
    const fitting: TopKey[] = [];
    // The numbers at the head take at most 18 bytes.
    let bytes = 18;
    for (const top of all.slice(0, topKeysMax)) {
      bytes += utf8Length(top.key) + 18;
      if (bytes > maxBytes) break;
      fitting.push(top);
    }
    const unseen = Math.max(this.#unseen, all[fitting.length]?.count ?? 0);
    writeVarint(writer, unseen);
    writeVarint(writer, fitting.length);
    for (const { key, count, overcount } of fitting) {
      writeVarint(writer, utf8Length(key));
      writeUtf8(writer, key);
      writeVarint(writer, count - overcount);
      writeVarint(writer, overcount);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const read = new TopK();
    read.#unseen = readVarint(reader);
    const count = readVarint(reader);
    if (count > topKeysMax) reader.fail('topK');
    for (let index = 0; index < count && reader.failure === undefined; index += 1) {
      const length = readVarint(reader);
      if (length > topKeyMaxBytes) reader.fail('topK');
      const key = decodeUtf8(reader.view(length));
      const atLeast = readVarint(reader);
      const overcount = readVarint(reader);
      read.#put(key, atLeast + overcount, overcount);
    }
    if (reader.failure === undefined) this.merge(read);
  }

  /** The rarest one makes room: whoever takes its place may have been counted as often before. */
  #evict(): void {
    let rarest: string | undefined;
    let least = Infinity;
    for (const [key, { count }] of this.#slots) {
      if (count >= least) continue;
      [rarest, least] = [key, count];
    }
    if (rarest !== undefined) this.#slots.delete(rarest);
    this.#unseen = Math.max(this.#unseen, least + this.#lift);
  }

  #put(key: string, count: number, overcount: number): void {
    this.#slots.set(key, { count: count - this.#lift, overcount: overcount - this.#lift });
  }
}
