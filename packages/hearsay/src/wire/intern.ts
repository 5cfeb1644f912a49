import { copyBytes } from '../util/index.ts';
import { wireLimits } from './limits.ts';
import { decodeUtf8 } from './utf8.ts';

/** A byte string met before, and what was made of it. */
export interface InternEntry<Value> {
  /** A copy that nobody may change. */
  readonly bytes: Uint8Array;
  value: Value | undefined;
}

/**
 * Remembers short byte strings, so that a name or an address which comes a thousand times is one object.
 *
 * Two generations bound it: when the young one is full it becomes the old one, and the old one is forgotten. Whatever
 * is used is carried over, so a working set below the bound stays shared for ever, and a flood of names made up by an
 * attacker only turns the generations. Of two byte strings with the same hash the later one is remembered.
 */
export class InternTable<Value> {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #young: Map<number, InternEntry<Value>> = new Map();
  #old: Map<number, InternEntry<Value>> = new Map();
  #youngBytes: number = 0;
  #oldBytes: number = 0;

  constructor(
    maxEntries: number = wireLimits.internedMaxEntries,
    maxBytes: number = wireLimits.internedGenerationMaxBytes,
  ) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** Entries in both generations: at most twice the bound. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Bytes in both generations: at most twice the bound. */
  get sizeBytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  entryOf(source: Uint8Array, start: number, end: number): InternEntry<Value> {
    const hash = hashOf(source, start, end);
    const young = this.#young.get(hash);
    if (young !== undefined && isSame(young.bytes, source, start, end)) return young;
    const old = this.#old.get(hash);
    const entry =
      old !== undefined && isSame(old.bytes, source, start, end)
        ? old
        : { bytes: copyBytes(source, start, end), value: undefined };
    this.#remember(hash, entry);
    return entry;
  }

  #remember(hash: number, entry: InternEntry<Value>): void {
    if (this.#young.size >= this.#maxEntries || this.#youngBytes + entry.bytes.length > this.#maxBytes) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(hash, entry);
    this.#youngBytes += entry.bytes.length;
  }
}

const texts = new InternTable<string>();
const byteStrings = new InternTable<never>();

/** The text of a byte run, shared when it is short. */
export function internText(source: Uint8Array, start: number, end: number): string {
  if (start === end) return '';
  if (end - start > wireLimits.internedMaxBytes) return decodeUtf8(source, start, end);
  const entry = texts.entryOf(source, start, end);
  return (entry.value ??= decodeUtf8(entry.bytes));
}

/** A copy of a byte run, shared when it is short. Nobody may change it. */
export function internBytes(source: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start > wireLimits.internedMaxBytes) return copyBytes(source, start, end);
  return byteStrings.entryOf(source, start, end).bytes;
}

/** Like FNV-1a, but four bytes at a time and with the high half folded in each time. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = -2128831035;
  let index = start;
  for (; index + 4 <= end; index += 4) {
    const low = bytes[index]! | (bytes[index + 1]! << 8);
    const high = bytes[index + 2]! | (bytes[index + 3]! << 8);
    hash = Math.imul(hash ^ low ^ (high << 16), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; index < end; index += 1) hash = Math.imul(hash ^ bytes[index]!, 16777619);
  return hash ^ (hash >>> 15);
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let index = 0; index < known.length; index += 1) {
    if (known[index] !== bytes[start + index]) return false;
  }
  return true;
}
