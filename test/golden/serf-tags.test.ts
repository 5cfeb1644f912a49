import { describe, expect, test } from 'vitest';
import { checkTags, decodeTags, encodeTags } from '../../packages/hearsay/src/serf/tags.ts';
import { ByteReader, ClusterError } from '../../packages/hearsay/src/util/index.ts';
import { loadSerfVectors, newerOf, normalise, olderOf, type PerGeneration } from './serf-vectors.ts';
import { fromHex, toHex } from './vectors.ts';

type Tags = Readonly<Record<string, string>>;

interface EncodeVector {
  readonly name: string;
  readonly protocol: number;
  readonly tags: Tags | null;
  readonly hex?: PerGeneration<string>;
  /** Entries have no order: compare what they decode to. */
  readonly hexOneOf?: readonly string[];
  readonly bytes: number;
}

interface DecodeVector {
  readonly name: string;
  readonly hex: string;
  readonly tags: PerGeneration<Tags | null>;
  readonly decodeErrorLogged: PerGeneration<boolean>;
}

const { encode, decode } = loadSerfVectors<{
  readonly encode: readonly EncodeVector[];
  readonly decode: readonly DecodeVector[];
}>('tags');

describe('tags encode to the metadata that Serf makes of them', () => {
  test.each(encode)('$name, protocol version $protocol', ({ protocol, tags, hex, hexOneOf, bytes }) => {
    const meta = encodeTags(tags ?? {}, protocol);
    expect(meta).toHaveLength(bytes);
    if (hex !== undefined) expect(toHex(meta)).toBe(olderOf(hex));
    for (const other of hexOneOf ?? []) expect(decodeTags(meta)).toEqual(decodeTags(fromHex(other)));
  });
});

describe('metadata decodes to the tags that the newer Serf sees in it', () => {
  test.each(decode)('$name', ({ hex, tags, decodeErrorLogged }) => {
    const reader = new ByteReader();
    expect(normalise(decodeTags(fromHex(hex), reader))).toEqual(newerOf(tags) ?? {});
    expect(reader.failure !== undefined).toBe(newerOf(decodeErrorLogged));
  });
});

test('tags of 512 bytes are accepted, of 513 refused in the words of Serf', () => {
  const [fitting, tooLong] = encode.slice(-2);
  expect(checkTags(fitting!.tags!, 5)).toHaveLength(512);
  expect(() => checkTags(tooLong!.tags!, 5)).toThrow(
    new ClusterError('ERR_TAGS_TOO_LARGE', 'Encoded length of tags exceeds limit of 512 bytes (these take 513)'),
  );
});
