import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyBuckets,
  anyPart,
  anyReceipt,
  anyRow,
  anySharedEntries,
  anyStream,
} from '../../../../../test/support/kv-messages.ts';
import type { KvMessage } from '../protocol.ts';
import { encodeKvMessage } from './encode.ts';
import { pieceDigest, pieceEntries, pieceParts, pieceResync } from './pieces.ts';
import { partBytes, receiptBytes } from './sizes.ts';

const head = { session: 0x01020304, from: 'web-7' };
const maxBytes = fc.integer({ min: 40, max: 1_500 });
const floor = { epoch: 0, ms: 1_750_000_000_000, counter: 3 };

test('pieces of a delta hold all entries, and each as many as fit', () => {
  fc.assert(
    fc.property(anySharedEntries, maxBytes, fc.boolean(), (delta, maxBytes, isStaged) => {
      const pieces = pieceEntries({ ...head, isStaged }, delta, maxBytes);
      expect(pieces.flatMap(({ entries }) => entries)).toEqual(delta.entries);
      expectNumbered(pieces);
      expectFull(
        pieces,
        ({ entries }) => entries,
        (piece, entries) => ({ ...piece, entries }),
        maxBytes,
      );
    }),
  );
});

test('pieces of a resync hold all rows and entries, and each as many as fit', () => {
  fc.assert(
    fc.property(anySharedEntries, fc.array(fc.tuple(anyStream, anyRow)), maxBytes, (shared, list, maxBytes) => {
      const rows = new Map(list);
      const pieces = pieceResync(head, { rows, floor, ...shared }, maxBytes);
      expect(new Map(pieces.flatMap((piece) => [...piece.rows]))).toEqual(rows);
      expect(pieces.flatMap(({ entries }) => entries)).toEqual(shared.entries);
      expectNumbered(pieces);
      for (const piece of pieces) {
        const count = piece.rows.size + piece.entries.length;
        if (count > 1) expect(encodeKvMessage(piece).length).toBeLessThanOrEqual(maxBytes);
        if (pieces.length > 1) expect(count).toBeGreaterThan(0);
      }
    }),
  );
});

test('pieces of a digest hold whole buckets, and each as many as fit', () => {
  fc.assert(
    fc.property(anyBuckets, maxBytes, (buckets, maxBytes) => {
      const common = { lane: 0, isAnswer: true, wantsResync: false, laneHash: { high: 1, low: 2 } } as const;
      const parts = pieceDigest({ ...head, ...common }, buckets, maxBytes);
      expect(parts.flatMap((part) => part.buckets)).toEqual(buckets);
      expect(parts.map(({ part, partCount }) => [part, partCount])).toEqual(parts.map((_, n) => [n, parts.length]));
      expectFull(
        parts,
        (part) => part.buckets,
        (part, buckets) => ({ ...part, buckets }),
        maxBytes,
      );
    }),
  );
});

test('pieces of an owned lane hold whole streams, and each as many as fit', () => {
  fc.assert(
    fc.property(fc.array(anyPart(2), { maxLength: 6 }), maxBytes, (parts, maxBytes) => {
      const pieces = pieceParts({ ...head, lane: 2 }, parts, maxBytes);
      expect(pieces.flatMap((piece) => piece.parts)).toEqual(parts);
      expectNumbered(pieces);
      expectFull(
        pieces,
        (piece) => piece.parts,
        (piece, parts) => ({ ...piece, parts }),
        maxBytes,
      );
    }),
  );
});

test('an answer with nothing in it is one piece', () => {
  const pieces: readonly KvMessage[] = [
    ...pieceEntries({ ...head, isStaged: false }, { entries: [], owners: new Map() }, 1_000),
    ...pieceResync(head, { entries: [], owners: new Map(), rows: new Map(), floor }, 1_000),
    ...pieceParts({ ...head, lane: 1 }, [], 1_000),
  ];
  expect(pieces).toMatchObject([
    { type: 'delta', piece: 0, pieceCount: 1 },
    { type: 'resync', piece: 0, pieceCount: 1 },
    { type: 'owned', piece: 0, pieceCount: 1, parts: [] },
  ]);
});

test('the sizes of a part and of a receipt are those that they have in a message', () => {
  fc.assert(
    fc.property(anyPart(1), anyReceipt, (part, receipt) => {
      const sizeOf = (message: KvMessage): number => encodeKvMessage(message).length;
      const owned = { type: 'owned', ...head, lane: 1, piece: 0, pieceCount: 1 } as const;
      expect(partBytes(part)).toBe(sizeOf({ ...owned, parts: [part] }) - sizeOf({ ...owned, parts: [] }));
      const equal = { type: 'equal', ...head } as const;
      expect(receiptBytes(receipt)).toBe(
        sizeOf({ ...equal, receipts: [receipt] }) - sizeOf({ ...equal, receipts: [] }),
      );
    }),
  );
});

function expectNumbered(pieces: readonly { readonly piece: number; readonly pieceCount: number }[]): void {
  expect(pieces.map(({ piece, pieceCount }) => [piece, pieceCount])).toEqual(pieces.map((_, n) => [n, pieces.length]));
}

/** None is above the limit unless it holds one item, and none has room for the first item of the next. */
function expectFull<Message extends KvMessage, Item>(
  messages: readonly Message[],
  itemsOf: (message: Message) => readonly Item[],
  withItems: (message: Message, items: readonly Item[]) => KvMessage,
  maxBytes: number,
): void {
  for (const [index, message] of messages.entries()) {
    const items = itemsOf(message);
    if (items.length > 1) expect(encodeKvMessage(message).length).toBeLessThanOrEqual(maxBytes);
    const next = messages[index + 1];
    if (next === undefined) continue;
    const fuller = withItems(message, [...items, itemsOf(next)[0]!]);
    expect(encodeKvMessage(fuller).length).toBeGreaterThan(maxBytes);
  }
}
