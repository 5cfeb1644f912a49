import { expect, test } from 'vitest';
import { ByteWriter } from '../util/index.ts';
import { packCompound, PartCursor } from './compound.ts';

/** The parts in `bytes`, as far as they are whole. */
function parts(bytes: Uint8Array): Uint8Array[] {
  const cursor = new PartCursor();
  const found: Uint8Array[] = [];
  if (!cursor.openCompound(bytes, 1, bytes.length)) return found;
  while (cursor.next()) found.push(cursor.bytes.subarray(cursor.start, cursor.end));
  return found;
}

test('a part may be as long as its length field can say, and no longer', () => {
  const writer = new ByteWriter();
  packCompound(writer, [Uint8Array.of(8), new Uint8Array(65_535).fill(8)]);
  expect(parts(writer.copy()).map((part) => part.length)).toEqual([1, 65_535]);
  expect(() => packCompound(writer, [new Uint8Array(65_536)])).toThrow('1 to 65,535 bytes');
  expect(() => packCompound(writer, [new Uint8Array(0)])).toThrow('1 to 65,535 bytes');
});

test('127 parts are packed, and not one more', () => {
  const part = Uint8Array.of(8, 1);
  const writer = new ByteWriter();
  packCompound(
    writer,
    Array.from({ length: 127 }, () => part),
  );
  expect(parts(writer.copy())).toHaveLength(127);
  expect(() =>
    packCompound(
      writer,
      Array.from({ length: 128 }, () => part),
    ),
  ).toThrow('at most 127 parts');
});
