import { describe, expect, test } from 'vitest';
import { packCompound, wireLimits } from 'hearsay/wire';
import { ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { PartCursor } from '../../packages/hearsay/src/wire/compound.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface CompoundVector {
  readonly name: string;
  readonly from: readonly string[];
  readonly hex: string;
  readonly parts?: readonly string[];
  readonly decode:
    | { readonly outcome: 'ok'; readonly parts: readonly string[]; readonly truncated: number }
    | { readonly outcome: 'rejected' | 'panic' };
}

// Libraries before 0.2.4 misread compounds of 128 and more parts; we read them as the newer one does. The two vectors
// that only count packets belong to the gossip loop.
const vectors = loadVectors<CompoundVector>('compound').filter(
  (vector) => vector.hex !== undefined && vector.from.includes('new'),
);

test('eighteen of the vectors are compounds that the newer library reads', () => {
  expect(vectors).toHaveLength(18);
});

describe('a compound is taken apart as Go takes it apart', () => {
  test.each(vectors)('$name', ({ hex, decode }) => {
    const packet = fromHex(hex);
    const cursor = new PartCursor();
    const parts: string[] = [];
    const isWhole = cursor.openCompound(packet, 1, packet.length);
    if (isWhole) while (cursor.next()) parts.push(toHex(packet.subarray(cursor.start, cursor.end)));
    const read = { outcome: 'ok', parts, truncated: cursor.partsLeft };
    expect(isWhole ? read : { outcome: 'rejected' }).toEqual(decode);
  });
});

describe('a compound is packed as Go packs it', () => {
  const packable = vectors.filter(
    ({ parts }) => parts !== undefined && !parts.includes('') && parts.length <= wireLimits.compoundSentPartsMax,
  );
  test.each(packable)('$name', ({ hex, parts }) => {
    const writer = new ByteWriter(4);
    packCompound(writer, parts!.map(fromHex));
    expect(toHex(writer.view())).toBe(hex);
  });
  expect(packable.length).toBeGreaterThan(3);
});
