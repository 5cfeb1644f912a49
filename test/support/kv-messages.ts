import fc from 'fast-check';
import { bucketOf, digestBucketCount } from '../../packages/hearsay/src/kv/digest-hash.ts';
import type { OwnedEntry, SharedEntry } from '../../packages/hearsay/src/kv/entry.ts';
import { withFading, type StreamRow } from '../../packages/hearsay/src/kv/coverage.ts';
import { kvLimits } from '../../packages/hearsay/src/kv/limits.ts';
import type { DigestBucket, KvMessage, ReceiptRow, SentOwnedPart } from '../../packages/hearsay/src/kv/protocol.ts';
import {
  streamKey,
  streamKeyOf,
  type OwnedLaneNumber,
  type StreamKey,
  type StreamOwner,
} from '../../packages/hearsay/src/kv/stream.ts';
import { utf8Length } from '../../packages/hearsay/src/wire/index.ts';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const size = fc.oneof(fc.nat(200), fc.maxSafeNat());
const version = size.map((number) => Math.max(1, number));
const session = u32;
const name = fc
  .oneof(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }))
  .filter((text) => !/\p{Cs}/u.test(text));
const key = name.filter((text) => !/\p{Cc}/u.test(text) && utf8Length(text) <= kvLimits.keyMaxBytes);
const hash = fc.record({ high: u32, low: u32 });
/** The hash of a stream. */
export const anyStream: fc.Arbitrary<StreamKey> = hash.map(({ high, low }) => streamKey(high, low));
const owner: fc.Arbitrary<StreamOwner> = fc.record({ node: name, generation: anyStream });
const lane = fc.constantFrom(0 as const, 1 as const, 2 as const);
const ownedLane = fc.constantFrom(1 as const, 2 as const);
const stamp = fc.record({
  epoch: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  ms: fc.integer({ min: 0, max: 2 ** 47 - 1 }),
  counter: fc.integer({ min: 0, max: 0xffff }),
});
const value = fc.uint8Array({ maxLength: 300 });
const life = fc.oneof(
  fc.constant({ ttlMs: 0, ageMs: 0 }),
  fc.record({ ttlMs: fc.integer({ min: 1, max: kvLimits.ttlMaxMs }), ageMs: size }),
);
const content = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), value }),
  fc.constant({ kind: 'del' as const, value: new Uint8Array(0) }),
);

/** A row as coverage keeps it. */
export const anyRow: fc.Arbitrary<StreamRow> = fc
  .record({
    prefix: fc.oneof(fc.nat(300), fc.nat(2 ** 40)),
    gcLine: fc.oneof(fc.constant(0), size),
    isFaded: fc.boolean(),
    gaps: fc.array(fc.tuple(fc.integer({ min: 2, max: 9 }), fc.nat(2 ** 33)), { maxLength: 6 }),
  })
  .map(({ prefix, gcLine, isFaded, gaps }) => {
    let covered = prefix;
    const extras = gaps.flatMap(([gap, length]) => {
      const first = covered + gap;
      covered = first + length;
      return [first, covered];
    });
    return withFading({ prefix, gcLine: Math.min(gcLine, prefix), extras }, isFaded);
  });

const dot = fc.record({ stream: anyStream, version });

/** Shared entries of a few streams, with the owners of them, and parents of any stream. */
export const anySharedEntries: fc.Arbitrary<{ owners: Map<StreamKey, StreamOwner>; entries: SharedEntry[] }> = fc
  .tuple(
    fc.uniqueArray(owner, { minLength: 1, maxLength: 3, selector: (owner) => streamKeyOf(owner, 0) }),
    fc.array(
      fc.record({
        of: fc.nat(),
        version,
        stamp,
        key,
        life,
        content,
        parent: fc.option(fc.oneof(dot, fc.record({ of: fc.nat(), version })), { nil: undefined }),
        orig: fc.option(stamp, { nil: undefined }),
        adopt: fc.oneof(fc.constant(0), fc.nat(300)),
      }),
      { maxLength: 8 },
    ),
  )
  .map(([all, drafts]) => {
    const streams = all.map((owner) => streamKeyOf(owner, 0));
    const mentioned = new Set<StreamKey>();
    const mention = (of: number): StreamKey => {
      const stream = streams[of % streams.length]!;
      mentioned.add(stream);
      return stream;
    };
    const entries = drafts.map(({ of, version, stamp, key, life, content, parent, orig, adopt }): SharedEntry => {
      const stream = mention(of);
      const dot =
        parent === undefined || 'stream' in parent ? parent : { stream: mention(parent.of), version: parent.version };
      return { lane: 0, key, ...content, stream, version, parent: dot, stamp, orig, adopt, ...life };
    });
    const owners = new Map(
      all.map((owner, index) => [streams[index]!, owner] as const).filter(([stream]) => mentioned.has(stream)),
    );
    return { owners, entries };
  });

function ownedEntries(owner: StreamOwner, lane: OwnedLaneNumber, maxLength: number): fc.Arbitrary<OwnedEntry[]> {
  const stream = streamKeyOf(owner, lane);
  return fc.array(
    fc
      .record({ version, key, life, content })
      .map(({ version, key, life, content }) => ({ lane, key, ...content, stream, version, ...life })),
    { maxLength },
  );
}

/** One stream of an owned lane. */
export function anyPart(lane: OwnedLaneNumber): fc.Arbitrary<SentOwnedPart> {
  return owner.chain((owner) =>
    fc.record({
      kind: fc.constantFrom('delta' as const, 'resync' as const),
      stream: fc.constant(streamKeyOf(owner, lane)),
      owner: fc.constant(owner),
      row: anyRow,
      entries: ownedEntries(owner, lane, 4),
      isComplete: fc.boolean(),
    }),
  );
}

/** A receipt of either kind. */
export const anyReceipt: fc.Arbitrary<ReceiptRow> = fc.record({
  lane,
  stream: anyStream,
  version,
  ageMs: size,
  seenBy: fc.oneof(
    fc.record({
      kind: fc.constant('bitmap' as const),
      rosterHash: u32,
      bits: fc.uint8Array({ maxLength: 130 }),
    }),
    fc.record({ kind: fc.constant('names' as const), nameHashes: fc.array(u32, { maxLength: 5 }) }),
  ),
});
const receipts = fc.array(anyReceipt, { maxLength: 3 });

/** Rows by bucket. */
export const anyBuckets: fc.Arbitrary<DigestBucket[]> = fc
  .array(fc.tuple(anyStream, anyRow), { maxLength: 12 })
  .map((rows) => {
    const byBucket = new Map<number, (readonly [StreamKey, StreamRow])[]>();
    for (const row of rows) {
      const bucket = bucketOf(row[0]);
      byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), row]);
    }
    return [...byBucket].map(([bucket, rows]) => ({ bucket, rows }));
  });

const pieceNumber = fc
  .tuple(fc.nat(2_047), fc.nat(2_047))
  .map(([a, b]) => ({ piece: Math.min(a, b), pieceCount: Math.max(a, b) + 1 }));
const head = fc.record({ session, from: name });

/** Any state message that a correct sender may write. */
export const anyKvMessage: fc.Arbitrary<KvMessage> = fc.oneof(
  fc
    .record({ head, laneHashes: fc.tuple(hash, hash, hash), limitsHash: u32, clockMs: fc.maxSafeNat(), receipts })
    .map(({ head, ...rest }) => ({ type: 'summary', ...head, ...rest }) as const),
  fc.record({ head, receipts }).map(({ head, receipts }) => ({ type: 'equal', ...head, receipts }) as const),
  fc
    .record({
      head,
      lanes: fc.array(
        fc.record({
          lane,
          hashes: fc.array(u32, { minLength: digestBucketCount, maxLength: digestBucketCount }),
        }),
        { maxLength: 3 },
      ),
      receipts,
    })
    .map(({ head, ...rest }) => ({ type: 'buckets', ...head, ...rest }) as const),
  fc
    .record({ head, lane, isAnswer: fc.boolean(), part: fc.nat(63), laneHash: hash, buckets: anyBuckets })
    .map(({ head, part, ...rest }) => {
      const wantsResync = rest.lane === 0 && !rest.isAnswer && part % 2 === 0;
      return { type: 'digest', ...head, part, partCount: 64, wantsResync, ...rest } as const;
    }),
  fc
    .record({ head, pieceNumber, isStaged: fc.boolean(), shared: anySharedEntries })
    .map(
      ({ head, pieceNumber, shared, ...rest }) =>
        ({ type: 'delta', ...head, ...pieceNumber, ...rest, ...shared }) as const,
    ),
  fc
    .record({
      head,
      pieceNumber,
      floor: stamp,
      rows: fc.array(fc.tuple(anyStream, anyRow), { maxLength: 5 }),
      shared: anySharedEntries,
    })
    .map(
      ({ head, pieceNumber, floor, rows, shared }) =>
        ({ type: 'resync', ...head, ...pieceNumber, floor, rows: new Map(rows), ...shared }) as const,
    ),
  fc
    .tuple(head, ownedLane, pieceNumber)
    .chain(([head, lane, pieceNumber]) =>
      fc
        .array(anyPart(lane), { maxLength: 3 })
        .map((parts) => ({ type: 'owned', ...head, lane, ...pieceNumber, parts }) as const),
    ),
  fc.record({
    type: fc.constant('nack' as const),
    from: name,
    refusals: fc.array(
      fc.record({
        stream: anyStream,
        version,
        reason: fc.constantFrom('clock-ahead' as const, 'full' as const, 'stream' as const, 'retired' as const),
        aheadMs: size,
      }),
      { maxLength: 4 },
    ),
  }),
  fc.record({ head, retryMs: size }).map(({ head, retryMs }) => ({ type: 'busy', ...head, retryMs }) as const),
  fc
    .tuple(owner, anySharedEntries)
    .filter(([, { entries }]) => entries.length > 0)
    .map(([owner, { entries }]) => {
      const entry = { ...entries[0]!, stream: streamKeyOf(owner, 0) };
      return { type: 'rumor', owner, entry } as const;
    }),
  owner.chain((owner) =>
    ownedEntries(owner, 1, 1)
      .filter(({ length }) => length > 0)
      .map(([entry]) => ({ type: 'rumor', owner, entry: entry! }) as const),
  ),
  fc
    .record({ from: name, lane: fc.constantFrom(0 as const, 1 as const), dot, bytes: size })
    .map(({ dot, ...rest }) => ({ type: 'announce', ...rest, ...dot }) as const),
  fc.record({
    type: fc.constant('pull' as const),
    from: name,
    lane: fc.constantFrom(0 as const, 1 as const),
    dots: fc.array(dot, { maxLength: 5 }),
  }),
);
