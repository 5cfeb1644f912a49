import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyKvMessage } from '../../../../../test/support/kv-messages.ts';
import type { SharedEntry } from '../entry.ts';
import { kvLimits } from '../limits.ts';
import type { DeltaPiece, KvMessage, Rumor } from '../protocol.ts';
import { zeroStamp } from '../stamp.ts';
import { streamKey, streamKeyOf } from '../stream.ts';
import { decodeKvMessage, isKvMessage, KvDecoder } from './decode.ts';
import { encodeKvMessage } from './encode.ts';
import { kvWireLimits } from './limits.ts';

test('what is read is what was written, for every message', () => {
  fc.assert(
    fc.property(anyKvMessage, (message) => {
      const bytes = encodeKvMessage(message);
      expect(isKvMessage(bytes)).toBe(true);
      expect(decodeKvMessage(bytes)).toEqual(message);
    }),
    { numRuns: 1_000 },
  );
});

test('whatever is read can be written, and read as the same', () => {
  fc.assert(
    fc.property(anyKvMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
      const bytes = encodeKvMessage(message);
      bytes[at % bytes.length]! ^= change;
      const other = decodeKvMessage(bytes);
      if (other !== undefined) expect(decodeKvMessage(encodeKvMessage(other))).toEqual(other);
    }),
    { numRuns: 1_000 },
  );
});

test('a message that ends early, or goes on, is refused and counted', () => {
  fc.assert(
    fc.property(anyKvMessage, fc.nat(), (message, cut) => {
      const bytes = encodeKvMessage(message);
      const decoder = new KvDecoder();
      const start = bytes.subarray(0, cut % bytes.length);
      // Lists that go to the end of the message may end earlier.
      const shorter = decoder.decode(start);
      if (shorter !== undefined) expect(encodeKvMessage(shorter)).toEqual(start);
      else expect(sum(decoder.refusals)).toBe(1);
    }),
  );
});

test('a message keeps nothing of the buffer it was read from', () => {
  fc.assert(
    fc.property(anyKvMessage, (message) => {
      const bytes = encodeKvMessage(message);
      const read = decodeKvMessage(bytes);
      bytes.fill(0xff);
      expect(read).toEqual(message);
    }),
  );
});

test('no bytes, however wrong, make the decoder throw', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 400 }), (type, body) => {
      const decoder = new KvDecoder();
      const message = decoder.decode(Uint8Array.of(0xe7, 0x47, 0x53, 1, type, ...body));
      expect(sum(decoder.refusals)).toBe(message === undefined ? 1 : 0);
    }),
    { numRuns: 1_000 },
  );
});

test('what is at a limit is taken', () => {
  const owner = { node: 'n'.repeat(kvWireLimits.nameMaxBytes), generation: '0197a3b4c5d6beef' };
  const bits = new Uint8Array(kvWireLimits.bitmapMaxBytes);
  const extras = Array.from({ length: kvLimits.extrasMax }, (_, index) => [3 + 2 * index, 3 + 2 * index]).flat();
  const row = { prefix: 1, extras, gcLine: 1 };
  const seenBy = { kind: 'bitmap', rosterHash: 1, bits } as const;
  const shared = streamKeyOf(owner, 0);
  const put = { key: 'k'.repeat(kvLimits.keyMaxBytes), kind: 'put', version: 1, ageMs: 0 } as const;
  const head = { session: 1, from: owner.node };
  const pieceNumber = { piece: kvWireLimits.piecesMax - 1, pieceCount: kvWireLimits.piecesMax };
  const ownedValue = new Uint8Array(kvLimits.ownedMaxBytes);
  const messages: readonly KvMessage[] = [
    { type: 'equal', ...head, receipts: [{ lane: 0, stream: shared, version: 1, ageMs: 0, seenBy }] },
    {
      type: 'resync',
      ...head,
      ...pieceNumber,
      floor: zeroStamp,
      rows: new Map([[shared, row]]),
      owners: new Map(),
      entries: [],
    },
    {
      type: 'rumor',
      owner,
      entry: {
        ...put,
        lane: 0,
        value: new Uint8Array(kvLimits.sharedValueMaxBytes),
        stream: shared,
        ttlMs: kvLimits.ttlMaxMs,
        stamp: zeroStamp,
        orig: undefined,
        adopt: kvLimits.adoptMax,
        parent: undefined,
      },
    },
    { type: 'rumor', owner, entry: { ...put, lane: 1, value: ownedValue, stream: streamKeyOf(owner, 1), ttlMs: 1 } },
  ];
  for (const message of messages) {
    const bytes = encodeKvMessage(message);
    expect(Buffer.compare(encodeKvMessage(decodeKvMessage(bytes)!), bytes)).toBe(0);
  }
});

test('an entry that was taken over more often than any can be is refused', () => {
  const owner = { node: 'n', generation: '0197a3b4c5d6beef' };
  const put = { lane: 0, key: 'k', kind: 'put', value: Uint8Array.of(1), stream: streamKeyOf(owner, 0) } as const;
  const rest = { version: 1, stamp: zeroStamp, orig: undefined, parent: undefined, ttlMs: 0, ageMs: 0 } as const;
  for (const adopt of [kvLimits.adoptMax + 1, Number.MAX_SAFE_INTEGER]) {
    const decoder = new KvDecoder();
    const bytes = encodeKvMessage({ type: 'rumor', owner, entry: { ...put, ...rest, adopt } });
    expect(decoder.decode(bytes)).toBeUndefined();
    expect(decoder.refusals['out-of-range']).toBe(1);
  }
});

test('a row whose gc line is above its prefix is refused, in every message', () => {
  const owner = { node: 'n', generation: '0197a3b4c5d6beef' };
  const row = { prefix: 3, extras: [5, 9], gcLine: 4 };
  const shared = streamKeyOf(owner, 0);
  const part = {
    kind: 'delta',
    stream: streamKeyOf(owner, 1),
    owner,
    basis: row,
    row,
    entries: [],
    isComplete: true,
  } as const;
  const pieceNumber = { session: 1, from: 'n', piece: 0, pieceCount: 1 };
  const rows = new Map([[shared, row]]);
  const messages: readonly KvMessage[] = [
    { type: 'resync', ...pieceNumber, floor: zeroStamp, rows, owners: new Map(), entries: [] },
    { type: 'owned', ...pieceNumber, lane: 1, parts: [part] },
    {
      type: 'digest',
      session: 1,
      from: 'n',
      lane: 0,
      isAnswer: false,
      part: 0,
      partCount: 1,
      laneHash: { high: 0, low: 0 },
      wantsResync: false,
      buckets: [{ bucket: 0x6c, rows: [[shared, row]] }],
    },
  ];
  for (const message of messages) {
    const decoder = new KvDecoder();
    expect(decoder.decode(encodeKvMessage(message))).toBeUndefined();
    expect(decoder.refusals['out-of-range']).toBe(1);
  }
});

test('a value keeps no more than a kibibyte alive besides itself, and a rumor nothing', () => {
  const owner = { node: 'n', generation: '0197a3b4c5d6beef' };
  const stream = streamKeyOf(owner, 0);
  const put = { lane: 0, kind: 'put', stream, stamp: zeroStamp, parent: undefined, orig: undefined } as const;
  const entries = [65, 100, 256, 64, 257, 0, 200, 100, 256, 256, 256, 256, 70].map((length, index): SharedEntry => {
    const value = new Uint8Array(length).fill(index);
    return { ...put, key: `key-${index}`, value, version: index + 1, adopt: 0, ttlMs: 0, ageMs: 0 };
  });
  const piece = { type: 'delta', session: 1, from: 'n', piece: 0, pieceCount: 1, isStaged: false } as const;
  const read = decodeKvMessage(encodeKvMessage({ ...piece, owners: new Map([[stream, owner]]), entries }));
  expect(read).toMatchObject({ entries });
  for (const { value } of (read as DeltaPiece).entries) {
    expect(value.buffer.byteLength).toBeLessThanOrEqual(Math.max(value.length, 1_024));
  }
  for (const entry of entries) {
    const rumor = decodeKvMessage(encodeKvMessage({ type: 'rumor', owner, entry }));
    expect((rumor as Rumor).entry.value.buffer.byteLength).toBe(entry.value.length);
  }
});

test('a message of more than a mebibyte is not looked at', () => {
  const row = { prefix: 1, extras: [], gcLine: 0 };
  const rows = Array.from({ length: 120_000 }, (_, index) => [streamKey(0, index), row] as const);
  const common = { session: 1, from: 'n', piece: 0, pieceCount: 1, floor: zeroStamp, owners: new Map(), entries: [] };
  const bytes = encodeKvMessage({ type: 'resync', ...common, rows: new Map(rows) });
  expect(bytes.length).toBeGreaterThan(kvWireLimits.messageMaxBytes);
  const decoder = new KvDecoder();
  expect(decoder.decode(bytes)).toBeUndefined();
  expect(decoder.refusals['too-large']).toBe(1);
  const fewer = encodeKvMessage({ type: 'resync', ...common, rows: new Map(rows.slice(0, 100_000)) });
  expect(decoder.decode(fewer)).toMatchObject({ type: 'resync', rows: { size: 100_000 } });
});

test('every version of the protocol is known as the state layer, and no message of Serf is', () => {
  expect(isKvMessage(Uint8Array.of(0xe7, 0x47, 0x53, 2, 77))).toBe(true);
  expect(isKvMessage(Uint8Array.of(0xe7, 0x47))).toBe(false);
  for (let type = 0; type <= 9; type += 1) expect(isKvMessage(Uint8Array.of(type, 0x47, 0x53, 1))).toBe(false);
});

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
