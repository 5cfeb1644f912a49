import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamRow } from '../coverage.ts';
import { bucketHashes, bucketOf, laneHash } from '../digest-hash.ts';
import { streamKeyOf, type StreamKey } from '../stream.ts';
import { LaneSnapshot, LaneSnapshots, reconstruct } from './lane-snapshot.ts';

const stream = fc.nat(300).map((index) => streamKeyOf({ node: `node-${index}`, generation: '0000000000000001' }, 0));
const row = fc.record({ prefix: fc.nat(3), gcLine: fc.constantFrom(0, 0, 2), extras: fc.constantFrom([], [9, 9]) });
const changes = fc.array(fc.tuple(stream, fc.option(row)), { maxLength: 40 });

function isSaying({ prefix, extras, gcLine }: StreamRow): boolean {
  return prefix > 0 || extras.length > 0 || gcLine > 0;
}

test('a snapshot made of an earlier one is as one made anew, whatever has come, changed or gone', () => {
  fc.assert(
    fc.property(fc.array(changes, { minLength: 1, maxLength: 6 }), (steps) => {
      const snapshots = new LaneSnapshots();
      let rows = new Map<StreamKey, StreamRow>();
      for (const step of steps) {
        rows = new Map(rows);
        for (const [key, value] of step) {
          if (value === null) rows.delete(key);
          else rows.set(key, value);
        }
        const snapshot = snapshots.take({ lane: 1, rows });
        expect(snapshot.rows).toEqual(rows);
        expect(snapshot.hashes).toEqual(bucketHashes(rows));
        expect(snapshot.hash).toEqual(laneHash(bucketHashes(rows)));
        for (let bucket = 0; bucket < 64; bucket += 1) {
          const expected = [...rows].filter(([key, value]) => bucketOf(key) === bucket && isSaying(value));
          expect(new Map(snapshot.bucket(bucket))).toEqual(new Map(expected));
        }
        expect(snapshots.take({ lane: 1, rows: new Map(rows) })).toBe(snapshot);
      }
    }),
  );
});

test('rows are put together from what was said of some buckets and what is alike in the others', () => {
  fc.assert(
    fc.property(changes, changes, (mine, theirs) => {
      const rowsOf = (list: typeof mine): Map<StreamKey, StreamRow> =>
        new Map(list.flatMap(([key, value]) => (value === null || !isSaying(value) ? [] : [[key, value] as const])));
      const [kept, other] = [new LaneSnapshot(rowsOf(mine)), new LaneSnapshot(rowsOf(theirs))];
      const differing = new Set(
        [...kept.hashes.keys()].filter((bucket) => kept.hashes[bucket]!.low !== other.hashes[bucket]!.low),
      );
      const made = reconstruct(kept, other, differing);
      expect(made.hash).toEqual(other.hash);
      for (const [key, { prefix, extras }] of other.rows) {
        // Gc lines are not in the hashes: where both cover the same they may differ, and are taken to be ours.
        if (prefix > 0 || extras.length > 0) expect(made.rows.get(key)).toMatchObject({ prefix, extras });
      }
    }),
  );
});
