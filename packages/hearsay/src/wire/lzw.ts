import { ByteWriter } from '../util/index.ts';
import type { WireFailure } from './wire-failure.ts';

// LZW as Go's `compress/lzw` in LSB order with 8-bit literals: GIF's variant, codes of 9 to 12 bits.

const CLEAR = 256;
const END = 257;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;
const MAX_CODE = (1 << MAX_WIDTH) - 1;

/** Where in the output the string of each string code stands, and how long it is. In use only during one decode. */
const stringStarts = new Uint32Array(MAX_CODE + 1);
const stringLengths = new Uint16Array(MAX_CODE + 1);

/**
 * Decompresses into a buffer of its own that is used again for the next input. The buffer grows with what is written
 * to it, never beyond the caller's bound, whatever the input claims.
 */
export class LzwDecoder {
  readonly #output: ByteWriter = new ByteWriter(0);

  /** The decompressed bytes, valid until the next call; or why there are none. Bytes after the end code are ignored. */
  decode(input: Uint8Array, outputMaxBytes: number): Uint8Array | WireFailure {
    const output = this.#output;
    output.reset();
    let width = MIN_WIDTH;
    let overflow = 1 << MIN_WIDTH;
    // The code that gets its string when the next one is read: what was written last and one byte more, which is
    // just what will stand there in the output. So a string is a place in the output, and a code that is used before
    // its string is complete (the one case special to LZW) needs no care.
    let next = END;
    let lastStart = 0;
    let lastLength = 0; // 0 when there is nothing to define
    let bits = 0;
    let bitCount = 0;
    let position = 0;
    for (;;) {
      while (bitCount < width) {
        if (position >= input.length) return 'compression-data';
        bits |= input[position]! << bitCount;
        position += 1;
        bitCount += 8;
      }
      const code = bits & ((1 << width) - 1);
      bits >>>= width;
      bitCount -= width;

      if (code === CLEAR) {
        width = MIN_WIDTH;
        overflow = 1 << MIN_WIDTH;
        next = END;
        lastLength = 0;
        continue;
      }
      if (code === END) return output.view();
      if (code > next) return 'compression-data';
      if (lastLength > 0) {
        stringStarts[next] = lastStart;
        stringLengths[next] = lastLength + 1;
      }
      lastLength = code < CLEAR ? 1 : stringLengths[code]!;
      if (output.length + lastLength > outputMaxBytes) return 'compression-too-large';
      if (code < CLEAR) {
        lastStart = output.length;
        output.u8(code);
      } else {
        lastStart = output.repeat(stringStarts[code]!, lastLength);
      }
      next += 1;
      if (next < overflow) continue;
      if (width < MAX_WIDTH) {
        width += 1;
        overflow *= 2;
      } else {
        // The table is full: no more strings until it is cleared.
        next -= 1;
        lastLength = 0;
      }
    }
  }
}

/** Slots of the encoder's hash table: four times the strings it holds at most. */
const SLOT_COUNT = 1 << 14;
/** A slot's key is the table's epoch (12 bits), a prefix code (12 bits) and a byte. */
const EPOCH_MAX = (1 << 12) - 1;

/** Writes what Go's encoder (since Go 1.17) writes. */
export class LzwEncoder {
  readonly #keys: Uint32Array = new Uint32Array(SLOT_COUNT);
  readonly #codes: Uint16Array = new Uint16Array(SLOT_COUNT);
  /** Clearing the table is taking a new epoch: entries of older ones no longer match. */
  #epoch: number = 0;

  #bits: number = 0;
  #bitCount: number = 0;
  #width: number = MIN_WIDTH;
  /** The string code given out last. */
  #last: number = END;
  /** When `#last` reaches it, codes become one bit wider. */
  #overflow: number = 1 << MIN_WIDTH;

  /**
   * Appends the LZW form of `input` to `writer`. Stops and returns false as soon as more than `outputMaxBytes` would
   * be written; what was written is then of no use.
   */
  encode(input: Uint8Array, writer: ByteWriter, outputMaxBytes: number = Number.POSITIVE_INFINITY): boolean {
    const limit = writer.length + outputMaxBytes;
    this.#bits = 0;
    this.#bitCount = 0;
    this.#restart();
    this.#emit(writer, CLEAR);
    if (input.length > 0) {
      let code = input[0]!;
      for (let index = 1; index < input.length; index += 1) {
        const byte = input[index]!;
        const tag = ((this.#epoch << 20) | (code << 8) | byte) >>> 0;
        const slot = this.#slotOf(tag);
        if (this.#keys[slot] === tag) {
          code = this.#codes[slot]!;
          continue;
        }
        this.#emit(writer, code);
        if (writer.length > limit) return false;
        code = byte;
        if (!this.#advance(writer)) continue;
        this.#keys[slot] = tag;
        this.#codes[slot] = this.#last;
      }
      this.#emit(writer, code);
      this.#advance(writer);
    }
    this.#emit(writer, END);
    if (this.#bitCount > 0) writer.u8(this.#bits);
    return writer.length <= limit;
  }

  #emit(writer: ByteWriter, code: number): void {
    this.#bits |= code << this.#bitCount;
    this.#bitCount += this.#width;
    while (this.#bitCount >= 8) {
      writer.u8(this.#bits & 0xff);
      this.#bits >>>= 8;
      this.#bitCount -= 8;
    }
  }

  /** Gives out the next code. False when the codes ran out, and everything starts again without strings. */
  #advance(writer: ByteWriter): boolean {
    this.#last += 1;
    if (this.#last === this.#overflow) {
      this.#width += 1;
      this.#overflow *= 2;
    }
    if (this.#last < MAX_CODE) return true;
    this.#emit(writer, CLEAR);
    this.#restart();
    return false;
  }

  #restart(): void {
    this.#width = MIN_WIDTH;
    this.#last = END;
    this.#overflow = 1 << MIN_WIDTH;
    this.#epoch += 1;
    if (this.#epoch <= EPOCH_MAX) return;
    this.#keys.fill(0);
    this.#epoch = 1;
  }

  /** The slot that holds `tag`, or the free one where it belongs. */
  #slotOf(tag: number): number {
    let slot = Math.imul(tag, 0x9e3779b1) >>> 18;
    while (this.#keys[slot] !== tag && this.#keys[slot]! >>> 20 === this.#epoch) slot = (slot + 1) & (SLOT_COUNT - 1);
    return slot;
  }
}
