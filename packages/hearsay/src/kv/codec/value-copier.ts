import { copyBytes, type ByteReader } from '../../util/index.ts';

/** Engines keep smaller arrays beside their object, where they are cheap (V8's `typed_array_max_size_in_heap`). */
const smallMaxBytes = 64;
/** Chosen: what longer ones cost alone is little beside their bytes. */
const mediumMaxBytes = 256;
/** Chosen: as long as one value of them lives the whole buffer does, so it is short. */
const bufferBytes = 1_024;

const emptyValue = new Uint8Array(0);

/**
 * Copies the values of one message. A buffer of its own costs a medium value three times the time and twice the memory,
 * so those share buffers with their neighbours: what comes in one message is mostly replaced at different times, yet
 * lasts long, and no value keeps more than a kibibyte alive.
 */
export class ValueCopier {
  #buffer: Uint8Array = emptyValue;
  #usedBytes: number = 0;

  /** A copy of the next `length` bytes; empty when there are not so many. */
  read(reader: ByteReader, length: number): Uint8Array {
    const start = reader.position;
    const remainingBytes = reader.remaining;
    reader.skip(length);
    if (reader.failure !== undefined) return emptyValue;
    const end = start + length;
    if (length <= smallMaxBytes || length > mediumMaxBytes) return copyBytes(reader.bytes, start, end);
    if (length > this.#buffer.length - this.#usedBytes) {
      this.#buffer = new Uint8Array(Math.min(bufferBytes, remainingBytes));
      this.#usedBytes = 0;
    }
    const value = this.#buffer.subarray(this.#usedBytes, this.#usedBytes + length);
    this.#usedBytes += length;
    value.set(reader.bytes.subarray(start, end));
    return value;
  }
}
