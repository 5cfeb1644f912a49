import type { ByteReader, ByteWriter } from '../util/index.ts';
import { hashText, readVarint, writeVarint } from '../kv/index.ts';
import type { Sketch } from './sketch.ts';

/** Bits of the hash that choose a register. */
const precision = 10;
const registerCount = 1 << precision;
/** Bits of the hash after those: 22 of its first half, 32 of its second. */
const restBits = 32 - precision + 32;
const rankMax = restBits + 1;
const denseBytes = (registerCount * 6) / 8;

/**
 * How many different texts there were, in 1 KiB however many: within 3.3 % two times out of three, within 6.5 % nineteen
 * times out of twenty (HyperLogLog, Flajolet et al. 2007, with the estimate of Ertl 2017, which has no bias at either end).
 */
export class Distinct implements Sketch<Distinct> {
  readonly kind = 'distinct' as const;
  readonly #registers: Uint8Array = new Uint8Array(registerCount);

  get isEmpty(): boolean {
    return this.#registers.every((rank) => rank === 0);
  }

  /** One standard deviation, as a part of the estimate. */
  get standardError(): number {
    return 1.04 / Math.sqrt(registerCount);
  }

  add(text: string): void {
    const first = hashText(text, 0x2545f491);
    const index = first >>> (32 - precision);
    const high = (first << precision) >>> 0;
    const inHigh = Math.clz32(high);
    const isInHigh = inHigh < 32 - precision;
    const rank = (isInHigh ? inHigh : 32 - precision + Math.clz32(hashText(text, 0x6c078965))) + 1;
    if (rank > this.#registers[index]!) this.#registers[index] = rank;
  }

  /** About how many different ones there were. */
  estimate(): number {
    const countByRank = new Float64Array(rankMax + 1);
    for (const rank of this.#registers) countByRank[rank]! += 1;
    let z = registerCount * tau(1 - countByRank[rankMax]! / registerCount);
    for (let rank = restBits; rank >= 1; rank -= 1) z = 0.5 * (z + countByRank[rank]!);
    z += registerCount * sigma(countByRank[0]! / registerCount);
    return registerCount ** 2 / (2 * Math.LN2 * z);
  }

  merge(other: Distinct): void {
    for (let index = 0; index < registerCount; index += 1) this.#raise(index, other.#registers[index]!);
  }

  /** Few registers as pairs of gap and rank, many in six bits each: at most 769 bytes. */
  encode(writer: ByteWriter): void {
    const start = writer.length;
    const used = this.#registers.reduce((count, rank) => count + (rank > 0 ? 1 : 0), 0);
    writeVarint(writer, used + 1);
    let last = -1;
    for (let index = 0; index < registerCount; index += 1) {
      const rank = this.#registers[index]!;
      if (rank === 0) continue;
      writeVarint(writer, index - last - 1);
      writer.u8(rank);
      last = index;
    }
    if (writer.length - start <= denseBytes + 1) return;
    writer.truncate(start);
    writer.u8(0);
    for (let index = 0; index < registerCount; index += 4) {
      const [a, b, c, d] = this.#registers.subarray(index, index + 4);
      writer.u8((a! << 2) | (b! >>> 4));
      writer.u8(((b! & 15) << 4) | (c! >>> 2));
      writer.u8(((c! & 3) << 6) | d!);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const mode = readVarint(reader);
    const read = mode === 0 ? readDense(reader) : readSparse(reader, mode - 1);
    if (read.some((rank) => rank > rankMax)) reader.fail('distinct');
    if (reader.failure !== undefined) return;
    for (let index = 0; index < registerCount; index += 1) this.#raise(index, read[index]!);
  }

  #raise(index: number, rank: number): void {
    if (rank > this.#registers[index]!) this.#registers[index] = rank;
  }
}

function readSparse(reader: ByteReader, count: number): Uint8Array {
  const registers = new Uint8Array(registerCount);
  let index = -1;
  for (let number = 0; number < count && reader.failure === undefined; number += 1) {
    index += readVarint(reader) + 1;
    if (index >= registerCount) reader.fail('distinct');
    else registers[index] = reader.u8();
  }
  return registers;
}

function readDense(reader: ByteReader): Uint8Array {
  const registers = new Uint8Array(registerCount);
  const packed = reader.view(denseBytes);
  if (reader.failure !== undefined) return registers;
  for (let index = 0, at = 0; index < registerCount; index += 4, at += 3) {
    const [a, b, c] = [packed[at]!, packed[at + 1]!, packed[at + 2]!];
    registers[index] = a >>> 2;
    registers[index + 1] = ((a & 3) << 4) | (b >>> 4);
    registers[index + 2] = ((b & 15) << 2) | (c >>> 6);
    registers[index + 3] = c & 63;
  }
  return registers;
}

/** What the registers that are still zero say (Ertl 2017, algorithm 6). */
function sigma(part: number): number {
  if (part === 1) return Infinity;
  let [x, y, z] = [part, 1, part];
  for (;;) {
    x *= x;
    const before = z;
    z += x * y;
    y += y;
    if (z === before) return z;
  }
}

/** What the registers that are full say. */
function tau(part: number): number {
  if (part === 0 || part === 1) return 0;
  let [x, y, z] = [part, 1, 1 - part];
  for (;;) {
    x = Math.sqrt(x);
    const before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
    if (z === before) return z / 3;
  }
}
