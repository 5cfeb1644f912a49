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
  /** By slot: the key and, beside it to share its cache line, the code of that string. */
  readonly #table: Int32Array = new Int32Array(2 * SLOT_COUNT);
  /** Clearing the table is taking a new epoch: entries of older ones no longer match. */
  #epoch: number = 0;
  #bits: number = 0;
  #bitCount: number = 0;

  /**
   * Appends the LZW form of `input` to `writer`. Stops and returns false as soon as more than `outputMaxBytes` would
   * be written; what was written is then of no use.
   */
  encode(input: Uint8Array, writer: ByteWriter, outputMaxBytes: number = Number.POSITIVE_INFINITY): boolean {
    const limit = writer.length + outputMaxBytes;
    // Local, because as fields they would take half as long again.
    const table = this.#table;
    let epoch = this.#nextEpoch();
    let width = MIN_WIDTH;
    let last = END; // the string code given out last
    let code = -1;
    this.#bits = 0;
    this.#bitCount = 0;
    this.#emit(writer, CLEAR, width);
    for (let index = 0; index < input.length; index += 1) {
      const byte = input[index]!;
      if (code >= 0) {
        const key = (epoch << 20) | (code << 8) | byte;
        let slot = (Math.imul(key, 0x9e3779b1) >>> 18) << 1;
        while (table[slot] !== key && table[slot]! >>> 20 === epoch) slot = (slot + 2) & (2 * SLOT_COUNT - 1);
        if (table[slot] === key) {
          code = table[slot + 1]!;
          continue;
        }
        this.#emit(writer, code, width);
        if (writer.length > limit) return false;
        last += 1;
        if (last >>> width > 0) width += 1;
        if (last < MAX_CODE) {
          table[slot] = key;
          table[slot + 1] = last;
        } else {
          // The codes ran out: everything starts again without strings.
          this.#emit(writer, CLEAR, width);
          epoch = this.#nextEpoch();
          width = MIN_WIDTH;
          last = END;
        }
      }
      code = byte;
    }
    if (code >= 0) {
      this.#emit(writer, code, width);
      last += 1;
      if (last >>> width > 0) width += 1;
      if (last === MAX_CODE) {
        this.#emit(writer, CLEAR, width);
        width = MIN_WIDTH;
      }
    }
    this.#emit(writer, END, width);
    if (this.#bitCount > 0) writer.u8(this.#bits);
    return writer.length <= limit;
  }

  #emit(writer: ByteWriter, code: number, width: number): void {
    let bits = this.#bits | (code << this.#bitCount);
    let bitCount = this.#bitCount + width;
    while (bitCount >= 8) {
      writer.u8(bits & 0xff);
      bits >>>= 8;
      bitCount -= 8;
    }
    this.#bits = bits;
    this.#bitCount = bitCount;
  }

  #nextEpoch(): number {
    this.#epoch += 1;
    if (this.#epoch > EPOCH_MAX) {
      this.#table.fill(0);
      this.#epoch = 1;
    }
    return this.#epoch;
  }
}
