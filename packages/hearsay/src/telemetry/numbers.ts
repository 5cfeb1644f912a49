import type { ByteReader, ByteWriter } from '../util/index.ts';
import { readVarint, writeVarint } from '../kv/index.ts';

const float = new Float64Array(1);
const halves = new Uint32Array(float.buffer);
const highIndex = isLittleEndian() ? 1 : 0;

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

const wholeMax = 2 ** 48;

/** Writes any finite number: small whole ones in few bytes, others as 64-bit floats. */
export function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isInteger(value) && Math.abs(value) < wholeMax && !Object.is(value, -0)) {
    // Even: not negative. Odd: negative. 1, which would be "negative nothing", says that a float follows.
    writeVarint(writer, value >= 0 ? 2 * value : -2 * value + 1);
    return;
  }
  writeVarint(writer, 1);
  float[0] = value;
  writer.u32(halves[highIndex]!);
  writer.u32(halves[1 - highIndex]!);
}

/** Reads what {@link writeNumber} writes; what is not finite is refused. */
export function readNumber(reader: ByteReader): number {
  const code = readVarint(reader);
  if (code !== 1) return code % 2 === 0 ? code / 2 : -(code - 1) / 2;
  halves[highIndex] = reader.u32();
  halves[1 - highIndex] = reader.u32();
  const value = float[0]!;
  if (Number.isFinite(value)) return value;
  reader.fail('number');
  return 0;
}

/** Writes the 32-bit float next to a number, in four bytes. */
export function writeSingle(writer: ByteWriter, value: number): void {
  single[0] = value;
  writer.u32(singleBits[0]!);
}

/** Reads what {@link writeSingle} writes, whatever it is. */
export function readSingle(reader: ByteReader): number {
  singleBits[0] = reader.u32();
  return single[0]!;
}

/** Writes a whole number of either sign. */
export function writeSigned(writer: ByteWriter, value: number): void {
  writeVarint(writer, value >= 0 ? 2 * value : -2 * value - 1);
}

/** Reads what {@link writeSigned} writes. */
export function readSigned(reader: ByteReader): number {
  const code = readVarint(reader);
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}
