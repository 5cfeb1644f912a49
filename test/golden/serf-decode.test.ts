import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../packages/hearsay/src/util/index.ts';
import { serfMessageKinds } from './serf-message-kinds.ts';
import { loadSerfVectors, newerOf, normalise, type PerGeneration, type SerfStruct } from './serf-vectors.ts';
import { fromHex } from './vectors.ts';

interface BodyVector {
  readonly name: string;
  readonly kind: string;
  readonly hex: string;
  readonly value: PerGeneration<SerfStruct>;
  readonly error: PerGeneration<boolean>;
}

const { bodies } = loadSerfVectors<{ readonly bodies: readonly BodyVector[] }>('decode');
const vectors = bodies.filter(({ kind }) => kind in serfMessageKinds);

test('there are 62 unusual and broken bodies of messages, and 4 filters', () => {
  expect([vectors.length, bodies.length]).toEqual([62, 66]);
});

describe('an unusual body decodes as the newer Serf decodes it', () => {
  test.each(vectors.filter(({ error }) => !newerOf(error)))('$kind: $name', ({ kind, hex, value }) => {
    const { decode, read } = serfMessageKinds[kind]!;
    const reader = new ByteReader(fromHex(hex));
    const decoded = decode(reader);
    expect(reader.failure).toBeUndefined();
    // A nil conflict response means that the name is not known; Serf has a struct of zeros for it.
    if (decoded === undefined) expect(hex).toBe('c0');
    else expect(normalise(decoded)).toEqual(normalise(read(newerOf(value))));
  });
});

describe('a broken body is refused, as by the newer Serf', () => {
  test.each(vectors.filter(({ error }) => newerOf(error)))('$kind: $name', ({ kind, hex }) => {
    const reader = new ByteReader(fromHex(hex));
    serfMessageKinds[kind]!.decode(reader);
    expect(reader.failure).toBeDefined();
  });
});
