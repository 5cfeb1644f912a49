import { assert, type ByteWriter } from '../util/index.ts';
import { wireLimits } from './limits.ts';
import { MessageType } from './messages.ts';

/**
 * Writes `parts`, each a message with its type byte, as one compound. At most
 * {@link wireLimits.compoundSentPartsMax} parts; none empty, for that kills libraries before 0.2.4.
 */
export function packCompound(writer: ByteWriter, parts: readonly Uint8Array[]): void {
  assert(parts.length <= wireLimits.compoundSentPartsMax, 'a compound has at most 127 parts');
  writer.u8(MessageType.compound);
  writer.u8(parts.length);
  for (const part of parts) {
    assert(
      part.length > 0 && part.length <= wireLimits.compoundPartMaxBytes,
      'a part of a compound has 1 to 65,535 bytes',
    );
    writer.u16(part.length);
  }
  for (const part of parts) writer.write(part);
}

/** Walks over the parts of a compound, or over one message as if it were a part. Used again for every packet. */
export class PartCursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the current part starts and ends in {@link bytes}. */
  start: number = 0;
  end: number = 0;
  /** Parts after the current one, counting those that turn out to be cut off. */
  partsLeft: number = 0;
  #limit: number = 0;
  /** Where the length of the next part stands, or -1 for one message as it is. */
  #lengthAt: number = 0;

  /** One part: all of the bytes from `start` to `limit`. */
  openSingle(bytes: Uint8Array, start: number, limit: number): void {
    this.bytes = bytes;
    this.end = start;
    this.partsLeft = 1;
    this.#limit = limit;
    this.#lengthAt = -1;
  }

  /** The parts of the compound whose type byte is at `start - 1`. False when its table of lengths is cut off. */
  openCompound(bytes: Uint8Array, start: number, limit: number): boolean {
    const count = start < limit ? bytes[start]! : -1;
    this.bytes = bytes;
    this.end = start + 1 + 2 * count;
    this.partsLeft = Math.max(count, 0);
    this.#limit = limit;
    this.#lengthAt = start + 1;
    return count >= 0 && this.end <= limit;
  }

  /** Moves to the next part. False after the last one, and when the next one is longer than what is left. */
  next(): boolean {
    if (this.partsLeft === 0) return false;
    const start = this.end;
    let end = this.#limit;
    if (this.#lengthAt >= 0) {
      end = start + ((this.bytes[this.#lengthAt]! << 8) | this.bytes[this.#lengthAt + 1]!);
      if (end > this.#limit) return false;
      this.#lengthAt += 2;
    }
    this.start = start;
    this.end = end;
    this.partsLeft -= 1;
    return true;
  }
}
