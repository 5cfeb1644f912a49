/** Eight tables: entry `i` of table `k` is the checksum of byte `i` followed by `k` zero bytes. */
const tables = buildTables();

/**
 * CRC-32 as in zlib (IEEE 802.3, reflected polynomial edb88320; of "123456789" it is cbf43926). Takes eight bytes a
 * step ("slicing by 8", Kounavis and Berry 2005), about three times as fast as one by one.
 */
export function crc32(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
  let crc = -1;
  let position = start;
  for (; position + 8 <= end; position += 8) {
    crc ^= bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24);
    crc =
      tables[0x700 | (crc & 0xff)]! ^
      tables[0x600 | ((crc >>> 8) & 0xff)]! ^
      tables[0x500 | ((crc >>> 16) & 0xff)]! ^
      tables[0x400 | (crc >>> 24)]! ^
      tables[0x300 | bytes[position + 4]!]! ^
      tables[0x200 | bytes[position + 5]!]! ^
      tables[0x100 | bytes[position + 6]!]! ^
      tables[bytes[position + 7]!]!;
  }
  for (; position < end; position += 1) crc = tables[(crc ^ bytes[position]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function buildTables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    all[byte] = crc;
  }
  for (let index = 256; index < all.length; index += 1) {
    const shorter = all[index - 256]!;
    all[index] = all[shorter & 0xff]! ^ (shorter >>> 8);
  }
  return all;
}
