/**
 * The tags that a Serf agent keeps in its metadata: byte 255, then a msgpack map from text to text. In the order of
 * the wire; undefined when the metadata is something else. The wire's own readers know memberlist's structs only.
 */
export function decodeSerfTags(meta: Uint8Array): (readonly [key: string, value: string])[] | undefined {
  const [magic, header] = meta;
  if (magic !== 0xff || header === undefined) return undefined;
  if (header === 0xc0) return meta.length === 2 ? [] : undefined;
  const cursor: Cursor = { bytes: meta, at: 2 };
  const count = (header & 0xf0) === 0x80 ? header & 0x0f : header === 0xde ? takeNumber(cursor, 2) : undefined;
  if (count === undefined) return undefined;
  const tags: (readonly [string, string])[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = takeText(cursor);
    const value = takeText(cursor);
    if (key === undefined || value === undefined) return undefined;
    tags.push([key, value]);
  }
  return cursor.at === meta.length ? tags : undefined;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function takeText(cursor: Cursor): string | undefined {
  const header = cursor.bytes[cursor.at];
  if (header === undefined) return undefined;
  cursor.at += 1;
  const length = (header & 0xe0) === 0xa0 ? header & 0x1f : takeNumber(cursor, LENGTH_BYTES[header] ?? 0);
  if (length === undefined || cursor.at + length > cursor.bytes.length) return undefined;
  cursor.at += length;
  return Buffer.from(cursor.bytes.subarray(cursor.at - length, cursor.at)).toString();
}

/** How many bytes of length follow each header of a raw, str or bin. */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 0xd9: 1, 0xc4: 1, 0xda: 2, 0xc5: 2 };

/** Undefined for 0 bytes, which is what an unknown header has, and at the end. */
function takeNumber(cursor: Cursor, lengthBytes: number): number | undefined {
  if (lengthBytes === 0 || cursor.at + lengthBytes > cursor.bytes.length) return undefined;
  let value = 0;
  for (let index = 0; index < lengthBytes; index += 1) value = value * 256 + cursor.bytes[cursor.at + index]!;
  cursor.at += lengthBytes;
  return value;
}
