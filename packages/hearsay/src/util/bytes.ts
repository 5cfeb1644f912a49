/** Why a read failed. The first failure stays; everything read after it is zero or empty. */
export type ReadFailure = string;

const EMPTY = new Uint8Array(0);

/** Up to here a loop is faster than the call that `set` costs. */
const LOOP_COPY_MAX_BYTES = 48;

/** From here on two views more cost less than they save. */
const WORD_COMPARE_MIN_BYTES = 1_024;

/** A copy of `bytes` from `start` to `end`. Unlike `slice` it also copies when `bytes` is a Node.js `Buffer`. */
export function copyBytes(bytes: Uint8Array, start: number = 0, end: number = bytes.length): Uint8Array {
  const copy = new Uint8Array(end - start);
  if (copy.length > LOOP_COPY_MAX_BYTES) {
    copy.set(bytes.subarray(start, end));
  } else {
    for (let index = 0; index < copy.length; index += 1) copy[index] = bytes[start + index]!;
  }
  return copy;
}

/** Whether both hold the same bytes. Null and empty are the same. */
export function isSameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === b) return true;
  const length = a === null ? 0 : a.length;
  if (length !== (b === null ? 0 : b.length)) return false;
  let index = 0;
  if (length >= WORD_COMPARE_MIN_BYTES && a!.byteOffset % 4 === 0 && b!.byteOffset % 4 === 0) {
    index = sameWordsEnd(a!, b!);
  }
  for (; index < length; index += 1) if (a![index] !== b![index]) return false;
  return true;
}

/** How many bytes are the same as far as four at a time tell. Both are as long and begin at a multiple of four. */
function sameWordsEnd(a: Uint8Array, b: Uint8Array): number {
  const wordCount = a.length >>> 2;
  const wordsA = new Uint32Array(a.buffer, a.byteOffset, wordCount);
  const wordsB = new Uint32Array(b.buffer, b.byteOffset, wordCount);
  let index = 0;
  while (index < wordCount && wordsA[index] === wordsB[index]) index += 1;
  return 4 * index;
}

/**
 * Reads big-endian numbers and byte runs from a buffer it does not own. It never throws: the first failure is
 * remembered, later reads yield zeros, and the caller checks {@link failure} once at the end. Throwing on what anybody
 * on the network can send would cost about ninety times as much.
 */
export class ByteReader {
  #bytes: Uint8Array = EMPTY;
  #position: number = 0;
  #end: number = 0;
  #failure: ReadFailure | undefined;

  constructor(bytes?: Uint8Array) {
    if (bytes !== undefined) this.reset(bytes);
  }

  /** Starts again on other bytes, so that one reader serves every packet. */
  reset(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#failure = undefined;
  }

  get failure(): ReadFailure | undefined {
    return this.#failure;
  }

  /** Remembers `reason` unless something failed before, and stops reading. */
  fail(reason: ReadFailure): void {
    if (this.#failure === undefined) this.#failure = reason;
    this.#position = this.#end;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Offset of the next byte in {@link bytes}. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  u8(): number {
    if (this.#position >= this.#end) return this.#failShort();
    return this.#bytes[this.#position++]!;
  }

  /** The next byte without moving on; -1 at the end. */
  peek(): number {
    return this.#position < this.#end ? this.#bytes[this.#position]! : -1;
  }

  u16(): number {
    if (this.remaining < 2) return this.#failShort();
    const at = this.#position;
    this.#position = at + 2;
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  u32(): number {
    if (this.remaining < 4) return this.#failShort();
    const bytes = this.#bytes;
    const at = this.#position;
    this.#position = at + 4;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  /** A view of the next `length` bytes, valid as long as the buffer is; whoever keeps it copies it. */
  view(length: number): Uint8Array {
    if (length > this.remaining) {
      this.#failShort();
      return EMPTY;
    }
    const at = this.#position;
    this.#position = at + length;
    return this.#bytes.subarray(at, at + length);
  }

  skip(length: number): void {
    if (length > this.remaining) this.#failShort();
    else this.#position += length;
  }

  #failShort(): number {
    this.fail('truncated');
    return 0;
  }
}

/** Writes big-endian numbers and byte runs into a buffer that grows as needed and is used again after {@link reset}. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length: number = 0;
  /** The view given out last: the next one is often as long, and a view costs more than a short message's bytes. */
  #view: Uint8Array;

  constructor(capacityBytes: number = 2 * 1024) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** The buffer written to; another one after it has grown. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  reset(): void {
    this.#length = 0;
  }

  /** Cuts what was written after `length`. */
  truncate(length: number): void {
    this.#length = Math.min(length, this.#length);
  }

  /** A view of what was written, valid until the next write or reset. */
  view(): Uint8Array {
    if (this.#view.length !== this.#length) this.#view = this.#bytes.subarray(0, this.#length);
    return this.#view;
  }

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  u8(value: number): void {
    this.reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#bytes[this.#length++] = value >>> 24;
    this.#bytes[this.#length++] = value >>> 16;
    this.#bytes[this.#length++] = value >>> 8;
    this.#bytes[this.#length++] = value;
  }

  /** Overwrites two bytes written before: for lengths that are known only afterwards. */
  u16At(offset: number, value: number): void {
    this.#bytes[offset] = value >>> 8;
    this.#bytes[offset + 1] = value;
  }

  write(bytes: Uint8Array): void {
    const count = bytes.length;
    const target = this.reserve(count);
    const start = this.#length;
    if (count > LOOP_COPY_MAX_BYTES) {
      target.set(bytes, start);
    } else {
      for (let index = 0; index < count; index += 1) target[start + index] = bytes[index]!;
    }
    this.#length = start + count;
  }

  /**
   * Makes room for `count` bytes more, for loops that write them into {@link bytes} themselves from {@link length} on.
   * Returns the buffer; {@link advance} says how many were written.
   */
  reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) this.#grow(needed);
    return this.#bytes;
  }

  /** So many bytes were written into what {@link reserve} returned. */
  advance(count: number): void {
    this.#length += count;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = grown;
  }
}
