import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { KnownEntries } from './known-entries.ts';
import type { NodeEntry } from './messages.ts';
import { decodeNodeEntry, encodeNodeEntry } from './stream-message-codec.ts';

function entryOf(index: number, incarnation: number = 1): NodeEntry {
  return {
    name: `node-${index}`,
    addr: Uint8Array.of(10, 0, index >>> 8, index & 0xff),
    port: 7946,
    meta: null,
    incarnation,
    state: 0,
    vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
  };
}

function encoded(entry: NodeEntry): Uint8Array {
  const writer = new ByteWriter();
  encodeNodeEntry(writer, entry);
  return writer.copy();
}

const anyEntry: fc.Arbitrary<NodeEntry> = fc.record({
  name: fc.string({ maxLength: 40 }),
  addr: fc.option(fc.uint8Array({ maxLength: 17 })),
  port: fc.integer({ min: 0, max: 65_535 }),
  meta: fc.option(fc.oneof(fc.uint8Array({ maxLength: 10 }), fc.uint8Array({ minLength: 30, maxLength: 512 }))),
  incarnation: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff })),
  state: fc.integer({ min: -1, max: 4 }),
  vsn: fc.option(fc.uint8Array({ maxLength: 7 })),
});

test('an entry that comes again in the same bytes is the same object', () => {
  const known = new KnownEntries();
  const list = Buffer.concat([encoded(entryOf(1)), encoded(entryOf(2))]);
  const reader = new ByteReader(list);
  const first = [known.read(reader), known.read(reader)];
  expect(first).toEqual([entryOf(1), entryOf(2)]);
  expect(reader.remaining).toBe(0);
  const again = new ByteReader(Buffer.concat([encoded(entryOf(2)), encoded(entryOf(1))]));
  expect(known.read(again) === first[1] && known.read(again) === first[0]).toBe(true);
  expect(again.remaining).toBe(0);
  list.fill(0);
  expect(first).toEqual([entryOf(1), entryOf(2)]);
});

test('a list in the order of one before is read as without a memory, whatever was read in between', () => {
  const lists = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 6 }), { maxLength: 8 });
  fc.assert(
    fc.property(lists, (orders) => {
      const known = new KnownEntries(400);
      for (const order of orders) {
        const entries = order.map((index) => entryOf(index, index % 2 === 0 ? 1 : 0x1_0000));
        const reader = new ByteReader(Buffer.concat(entries.map(encoded)));
        expect(entries.map(() => known.read(reader))).toEqual(entries);
        expect(reader.remaining).toBe(0);
      }
    }),
  );
});

test('an entry of which anything has changed is another one', () => {
  const known = new KnownEntries();
  known.read(new ByteReader(encoded(entryOf(1))));
  expect(known.read(new ByteReader(encoded(entryOf(1, 2))))).toEqual(entryOf(1, 2));
  expect(known.count).toBe(2);
});

test('any bytes are read as without a memory, also when they come again', () => {
  const known = new KnownEntries();
  const changes = fc.array(fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) }), { maxLength: 2 });
  const read = (bytes: Uint8Array, how: (reader: ByteReader) => unknown): unknown[] => {
    const reader = new ByteReader(bytes);
    const entry = how(reader);
    return [reader.failure, reader.position, reader.failure === undefined ? entry : undefined];
  };
  fc.assert(
    fc.property(anyEntry, anyEntry, changes, fc.nat(40), (entry, next, changed, cutBytes) => {
      const bytes = Buffer.concat([encoded(entry), encoded(next)]);
      for (const { at, to } of changed) bytes[at % bytes.length] = to;
      const cut = bytes.subarray(0, Math.max(1, bytes.length - cutBytes));
      const plainly = read(cut, (reader) => decodeNodeEntry(reader));
      expect(read(cut, (reader) => known.read(reader))).toEqual(plainly);
      expect(read(cut, (reader) => known.read(reader))).toEqual(plainly);
    }),
    { numRuns: 3_000 },
  );
});

test('what is written in another way is read, and not remembered', () => {
  const known = new KnownEntries();
  // One key less; an array of the values.
  for (const hex of ['81a44e616d65a161', '97a161c0cd1f0ac00100c0']) {
    expect(known.read(new ByteReader(Buffer.from(hex, 'hex'))).name).toBe('a');
  }
  expect(known.count).toBe(0);
});

test('no more bytes are held than there may be, and a flood ends with everything read anew', () => {
  const known = new KnownEntries(10_000);
  let mostBytes = 0;
  for (let index = 0; index < 5_000; index += 1) {
    expect(known.read(new ByteReader(encoded(entryOf(index))))).toEqual(entryOf(index));
    mostBytes = Math.max(mostBytes, known.sizeBytes);
  }
  expect(mostBytes).toBeLessThanOrEqual(10_000);
  expect(mostBytes).toBeGreaterThan(9_000);
  expect(known.count).toBeLessThan(200);
});
