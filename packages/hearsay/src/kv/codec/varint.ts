import { assert, type ByteReader, type ByteWriter } from '../../util/index.ts';

/** Seven bits in each byte: 2^53 - 1 takes eight of them. */
const maxBytes = 8;

/** Writes a whole number from 0 to 2^53 - 1 as LEB128: seven bits a byte, lowest first, the high bit says "goes on". */
export function writeVarint(writer: ByteWriter, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a whole number that a double holds');
  let rest = value;
  while (rest >= 0x80) {
    writer.u8((rest % 0x80) | 0x80);
    rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  writer.u8(rest);
}

/** Reads what {@link writeVarint} writes; there is one way to write a number, and others are refused. */
export function readVarint(reader: ByteReader): number {
  let byte = reader.u8();
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  for (let index = 1, scale = 0x80; index < maxBytes; index += 1, scale *= 0x80) {
    byte = reader.u8();
    value += (byte & 0x7f) * scale;
    if (byte >= 0x80) continue;
    if (byte === 0 || value > Number.MAX_SAFE_INTEGER) break;
    return value;
  }
  reader.fail('number');
  return 0;
}
