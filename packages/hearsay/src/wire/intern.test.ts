import { expect, test } from 'vitest';
import { internBytes, internText, InternTable, type InternEntry } from './intern.ts';
import { wireLimits } from './limits.ts';

const nodeCount = 10_000;

function nameBytes(index: number): Uint8Array {
  return new Uint8Array(Buffer.from(`node-${index}.example.internal`));
}

function bytesOf(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

/** The entry for the name of node `index`, from fresh bytes as a packet would bring them. */
function entryOf(table: InternTable<string>, index: number): InternEntry<string> {
  const bytes = nameBytes(index);
  return table.entryOf(bytes, 0, bytes.length);
}

test('of ten thousand names that come again and again each stays one object', () => {
  const table = new InternTable<string>();
  const first = Array.from({ length: nodeCount }, (_, index) => entryOf(table, index));
  for (let round = 0; round < 3; round += 1) {
    expect(first.filter((entry, index) => entryOf(table, index) !== entry)).toEqual([]);
  }
});

test('a name that comes again survives a flood of made-up ones', () => {
  const table = new InternTable<string>(100, 10_000);
  const kept = entryOf(table, 0);
  for (let index = 1; index < 5_000; index += 1) {
    entryOf(table, index);
    if (index % 50 === 0) expect(entryOf(table, 0) === kept).toBe(true);
  }
});

test('the table holds at most two generations of entries and of bytes', () => {
  const table = new InternTable<string>(100, 1_000);
  let [mostEntries, mostBytes] = [0, 0];
  for (let index = 0; index < 5_000; index += 1) {
    entryOf(table, index);
    mostEntries = Math.max(mostEntries, table.size);
    mostBytes = Math.max(mostBytes, table.sizeBytes);
  }
  expect(mostEntries).toBeLessThanOrEqual(200);
  expect(mostBytes).toBeLessThanOrEqual(2_000);
  expect(mostBytes).toBeGreaterThan(1_000);
});

test('different byte strings are different entries, whatever their hashes', () => {
  const table = new InternTable<string>(1 << 20);
  const entries = Array.from({ length: 20_000 }, (_, index) => entryOf(table, index));
  expect(new Set(entries).size).toBe(20_000);
  expect(entries.filter(({ bytes }, index) => !Buffer.from(bytes).equals(nameBytes(index)))).toEqual([]);
});

test('what is shared is a copy, also of a part of a Buffer', () => {
  const packet = Buffer.from('..node-a..');
  const shared = internBytes(packet, 2, 8);
  const name = internText(packet, 2, 8);
  packet.fill(0);
  expect([Buffer.from(shared).toString(), name]).toEqual(['node-a', 'node-a']);
  expect(internBytes(Buffer.from('node-a'), 0, 6) === shared).toBe(true);
});

test('long byte strings are not kept', () => {
  const long = bytesOf(wireLimits.internedMaxBytes + 1, 65);
  expect(internBytes(long, 0, long.length) === internBytes(long, 0, long.length)).toBe(false);
  expect(internText(long, 0, long.length)).toBe('A'.repeat(long.length));
  const short = bytesOf(wireLimits.internedMaxBytes, 65);
  expect(internBytes(short, 0, short.length) === internBytes(short, 0, short.length)).toBe(true);
});
