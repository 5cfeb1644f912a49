import { ByteWriter } from '../util/index.ts';
import type { WireFailure } from './wire-failure.ts';

// LZW as Go's `compress/lzw` in LSB order with 8-bit literals: GIF's variant, codes of 9 to 12 bits.

const CLEAR = 256;
const END = 257;
const MIN_WIDTH = 9;
const MAX_WIDTH = 12;
const MAX_CODE = (1 << MAX_WIDTH) - 1;

/** After so many codes the codes run out, and everything starts again without strings. */
const BLOCK_CODES = MAX_CODE - END;

/** Where in the output the string of each string code stands, and how long it is. In use only during one decode. */
const stringStarts = new Uint32Array(MAX_CODE + 1);
const stringLengths = new Uint16Array(MAX_CODE + 1);

/** Up to here a loop is faster than the call that `copyWithin` costs. */
const LOOP_COPY_MAX_BYTES = 48;

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
    // Written to directly: a call for each byte would take half as long again.
    let bytes = output.reserve(Math.min(2 * input.length, outputMaxBytes));
    let length = 0;
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
      if (code === END) {
        output.advance(length - output.length);
        return output.view();
      }
      if (code > next) return 'compression-data';
      if (lastLength > 0) {
        stringStarts[next] = lastStart;
        stringLengths[next] = lastLength + 1;
      }
      lastStart = length;
      lastLength = code < CLEAR ? 1 : stringLengths[code]!;
      length += lastLength;
      if (length > outputMaxBytes) return 'compression-too-large';
      if (length > bytes.length) {
        output.advance(lastStart - output.length);
        bytes = output.reserve(lastLength);
      }
      if (code < CLEAR) bytes[lastStart] = code;
      else repeat(bytes, stringStarts[code]!, lastStart, lastLength);
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

/** Writes `count` bytes again that stand at `start`. They may run into what is being written: then they repeat. */
function repeat(bytes: Uint8Array, start: number, at: number, count: number): void {
  if (count > LOOP_COPY_MAX_BYTES && start + count <= at) bytes.copyWithin(at, start, start + count);
  else for (let index = 0; index < count; index += 1) bytes[at + index] = bytes[start + index]!;
}

/** Slots of the encoder's hash table at most and at least; twice as many as the strings that there can be, or more. */
const SLOT_COUNT_MAX = 1 << 13;
const SLOT_COUNT_MIN = 1 << 8;

/** Writes what Go's encoder (since Go 1.17) writes. */
export class LzwEncoder {
  /** By slot a string and its code, 0 when empty: the code of all but the last byte (12 bits), that byte, the code (12). */
  readonly #table: Int32Array = new Int32Array(SLOT_COUNT_MAX);
  /**
   * By code the string found last of those that are one byte longer: that byte and its code (12 bits), -1 for none. What
   * comes again and again mostly goes on as before, and one look here is cheaper than one into the table.
   */
  readonly #likely: Int32Array = new Int32Array(MAX_CODE + 1);
  /** The codes of one block: between two clear codes, or up to the end. */
  readonly #codes: Uint16Array = new Uint16Array(BLOCK_CODES);
  #codeCount: number = 0;
  #width: number = MIN_WIDTH;
  #bits: number = 0;
  #bitCount: number = 0;

  /**
   * Appends the LZW form of `input` to `writer`. Returns false when that is more than `outputMaxBytes`; what was written
   * is then of no use.
   */
  encode(input: Uint8Array, writer: ByteWriter, outputMaxBytes: number = Number.POSITIVE_INFINITY): boolean {
    const limit = writer.length + outputMaxBytes;
    this.#width = MIN_WIDTH;
    this.#bits = 0;
    this.#bitCount = 0;
    this.#writeCode(writer, CLEAR);
    for (let position = 0; position < input.length;) {
      position = this.#findCodes(input, position);
      this.#writeCodes(writer);
      if (writer.length > limit) return false;
      if (this.#codeCount < BLOCK_CODES) continue;
      this.#writeCode(writer, CLEAR);
      this.#width = MIN_WIDTH;
    }
    this.#writeCode(writer, END);
    if (this.#bitCount > 0) writer.u8(this.#bits);
    return writer.length <= limit;
  }

  /** Finds the codes of the block that begins at `start`. Returns where the next one begins. */
  #findCodes(input: Uint8Array, start: number): number {
    // Local, because as fields they would take half as long again.
    const table = this.#table;
    const likely = this.#likely;
    const codes = this.#codes;
    const slotBits = 32 - Math.clz32(Math.min(Math.max(2 * input.length, SLOT_COUNT_MIN), SLOT_COUNT_MAX) - 1);
    const mask = (1 << slotBits) - 1;
    table.fill(0, 0, mask + 1);
    likely.fill(-1, 0, END + 1 + input.length);
    let count = 0;
    let code = input[start]!;
    let position = start + 1;
    for (; position < input.length; position += 1) {
      const byte = input[position]!;
      const guess = likely[code]!;
      if (guess >> 12 === byte) {
        code = guess & MAX_CODE;
        continue;
      }
      const key = (code << 8) | byte;
      let slot = Math.imul(key, 0x9e3779b1) >>> (32 - slotBits);
      let found = table[slot]!;
      while (found >>> 12 !== key && found !== 0) {
        slot = (slot + 1) & mask;
        found = table[slot]!;
      }
      if (found !== 0) {
        code = found & MAX_CODE;
        continue;
      }
      codes[count] = code;
      count += 1;
      if (count === BLOCK_CODES) {
        this.#codeCount = count;
        return position;
      }
      table[slot] = (key << 12) | (END + count);
      likely[code] = (byte << 12) | (END + count);
      code = byte;
    }
    codes[count] = code;
    this.#codeCount = count + 1;
    return position;
  }

  /** Each code is followed by a string that gets the next one, so they become wider. */
  #writeCodes(writer: ByteWriter): void {
    const codes = this.#codes;
    const count = this.#codeCount;
    const bytes = writer.reserve(2 * count + 2);
    let at = writer.length;
    let width = MIN_WIDTH;
    let widerAt = (1 << MIN_WIDTH) - END;
    let bits = this.#bits;
    let bitCount = this.#bitCount;
    for (let index = 0; index < count; index += 1) {
      bits |= codes[index]! << bitCount;
      bitCount += width;
      while (bitCount >= 8) {
        bytes[at] = bits;
        at += 1;
        bits >>>= 8;
        bitCount -= 8;
      }
      if (index + 1 < widerAt) continue;
      width += 1;
      widerAt = (1 << width) - END;
    }
    writer.advance(at - writer.length);
    this.#width = width;
    this.#bits = bits;
    this.#bitCount = bitCount;
  }

  #writeCode(writer: ByteWriter, code: number): void {
    this.#bits |= code << this.#bitCount;
    this.#bitCount += this.#width;
    while (this.#bitCount >= 8) {
      writer.u8(this.#bits);
      this.#bits >>>= 8;
      this.#bitCount -= 8;
    }
  }
}
