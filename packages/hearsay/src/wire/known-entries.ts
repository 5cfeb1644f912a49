import { ByteWriter, type ByteReader } from '../util/index.ts';
import { Field, fieldNames } from './field.ts';
import { hashOf } from './intern.ts';
import { wireLimits } from './limits.ts';
import type { NodeEntry } from './messages.ts';
import { decodeNodeEntry } from './stream-message-codec.ts';

/**
 * Remembers what the entries of push/pulls said, with the bytes that they came in. Nodes that compare their lists mostly
 * agree, so the same bytes come again and again, and to look them up costs a fraction of reading them.
 *
 * All bytes stand in one arena: as an array each they would be scattered in memory, which takes longer than to compare
 * them. When it is full everything is forgotten: then each entry is read once more.
 */
export class KnownEntries {
  readonly #maxBytes: number;
  readonly #arena: ByteWriter = new ByteWriter(0);
  /** Where in the arena the bytes of an entry begin, and what they say: two arrays, because objects would be scattered too. */
  readonly #starts: number[] = [];
  readonly #entries: Readonly<NodeEntry>[] = [];
  /** By the hash of its bytes the place of an entry in both. Of two with the same hash the later one is remembered. */
  readonly #indexes: Map<number, number> = new Map();
  /** The place after that of the entry read last. Lists in the order in which one came before are read along the arena. */
  #next: number = 0;

  constructor(maxBytes: number = wireLimits.knownEntriesMaxBytes) {
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#entries.length;
  }

  get sizeBytes(): number {
    return this.#arena.length;
  }

  /** As {@link decodeNodeEntry}, but the same bytes are the same object while they are remembered: nobody may change it. */
  read(reader: ByteReader): Readonly<NodeEntry> {
    const following = this.#readFollowing(reader);
    if (following !== undefined) return following;
    const { bytes, position: start } = reader;
    const end = usualEntryEnd(bytes, start, start + reader.remaining);
    if (end < 0) return decodeNodeEntry(reader);
    const hash = hashOf(bytes, start, end);
    const index = this.#indexes.get(hash);
    if (index !== undefined && this.#isSame(this.#starts[index]!, bytes, start, end)) {
      reader.skip(end - start);
      this.#next = index + 1;
      return this.#entries[index]!;
    }
    const entry = decodeNodeEntry(reader);
    // What is usual in all but its keys may end elsewhere.
    if (reader.failure === undefined && reader.position === end) this.#remember(hash, bytes, start, end, entry);
    return entry;
  }

  /** The entry that followed last time on the one just read, if it does so again. No hash and no end has to be found. */
  #readFollowing(reader: ByteReader): Readonly<NodeEntry> | undefined {
    const index = this.#next;
    if (index >= this.#starts.length) return undefined;
    const knownStart = this.#starts[index]!;
    const sizeBytes = (this.#starts[index + 1] ?? this.#arena.length) - knownStart;
    const { bytes, position: start } = reader;
    if (sizeBytes > reader.remaining || !this.#isSame(knownStart, bytes, start, start + sizeBytes)) return undefined;
    reader.skip(sizeBytes);
    this.#next = index + 1;
    return this.#entries[index];
  }

  /** Whether the arena has the same bytes from `knownStart` on. Then that entry ends where this one does. */
  #isSame(knownStart: number, bytes: Uint8Array, start: number, end: number): boolean {
    const arena = this.#arena.bytes;
    const shift = knownStart - start;
    for (let index = start; index < end; index += 1) if (arena[index + shift] !== bytes[index]) return false;
    return true;
  }

  #remember(hash: number, bytes: Uint8Array, start: number, end: number, entry: NodeEntry): void {
    if (this.#arena.length + end - start > this.#maxBytes) {
      this.#arena.reset();
      this.#starts.length = 0;
      this.#entries.length = 0;
      this.#indexes.clear();
    }
    this.#indexes.set(hash, this.#entries.length);
    this.#next = this.#entries.length + 1;
    this.#starts.push(this.#arena.length);
    this.#entries.push(entry);
    this.#arena.write(bytes.subarray(start, end));
  }
}

const keyBytes: readonly number[] = [
  Field.addr,
  Field.incarnation,
  Field.meta,
  Field.name,
  Field.port,
  Field.state,
  Field.vsn,
].map((field) => 1 + fieldNames[field]!.length);

/**
 * Where the entry at `start` ends if it is written as everybody does it: a map of seven in the order of its keys. Only the
 * headers of values are looked at, so it may be another one in truth. -1 when it cannot be one.
 */
function usualEntryEnd(bytes: Uint8Array, start: number, limit: number): number {
  let position = start + 1;
  for (let index = 0; index < keyBytes.length; index += 1) {
    position += keyBytes[index]!;
    if (position >= limit) return -1;
    position = usualValueEnd(bytes, position);
    if (position < 0) return -1;
  }
  return position <= limit ? position : -1;
}

/** Where the value at `position` ends: nil, an unsigned integer, or a raw of less than 64 KiB. Anything else: -1. */
function usualValueEnd(bytes: Uint8Array, position: number): number {
  const header = bytes[position]!;
  if (header < 0x80 || header === 0xc0) return position + 1;
  if ((header & 0xe0) === 0xa0) return position + 1 + (header & 0x1f);
  switch (header) {
    case 0xcc:
      return position + 2;
    case 0xcd:
      return position + 3;
    case 0xce:
      return position + 5;
    case 0xda:
      return position + 3 + ((bytes[position + 1]! << 8) | bytes[position + 2]!);
    default:
      return -1;
  }
}
