import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { openSealed, sealedBytes, Sealer, type EncryptionVersion } from '../../packages/hearsay/src/wire/seal.ts';
import { nodeAead } from './node-aead.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface SealVector {
  readonly name: string;
  readonly aad: string;
  readonly hex: string;
  readonly key?: string;
  readonly key_index?: number;
  readonly ring?: readonly string[];
  readonly nonce: string;
  readonly plain?: string;
  readonly padded_plain?: string;
  readonly version: EncryptionVersion;
  readonly decode?: { readonly outcome: 'ok' | 'rejected' | 'panic'; readonly plain?: string };
}

const vectors = loadVectors<SealVector>('encryption');

function open(vector: SealVector): string {
  const keys = (vector.ring ?? [vector.key!]).map(fromHex);
  const opened = openSealed(nodeAead, keys, fromHex(vector.hex), fromHex(vector.aad));
  return typeof opened === 'string' ? opened : toHex(opened);
}

const sealed = vectors.filter((vector) => vector.decode === undefined || vector.name === 'v1-empty');

describe('what Go sealed opens, and what we seal with the same nonce is the same', () => {
  test.each(sealed)('$name', (vector) => {
    expect(open(vector)).toBe(vector.plain);
    const key = fromHex(vector.key ?? vector.ring![vector.key_index!]!);
    const plain = fromHex(vector.plain!);
    const writer = new ByteWriter(1);
    const sealer = new Sealer(nodeAead, vector.version, (target) => target.set(fromHex(vector.nonce)));
    sealer.seal(writer, key, plain, fromHex(vector.aad));
    expect(toHex(writer.view())).toBe(vector.hex);
    expect(sealedBytes(vector.version, plain.length)).toBe(writer.length);
  });
});

const rejected: Readonly<Record<string, string>> = {
  'reject-wrong-key': 'encryption-key',
  'reject-wrong-aad': 'encryption-key',
  'reject-bad-tag': 'encryption-key',
  'reject-version-2': 'encryption-version',
  'reject-short': 'encryption-short',
  'reject-empty': 'encryption-short',
  'reject-version-only': 'encryption-short',
  'reject-short-v0': 'encryption-short',
  'reject-empty-ring': 'encryption-key',
  // Go cuts off whatever the last byte says, or dies of it.
  'v0-pad-255': 'encryption-padding',
  'v0-pad-0': 'encryption-padding',
  'v0-pad-inconsistent': 'encryption-padding',
  'v0-pad-17': 'encryption-padding',
  'v0-unaligned': 'encryption-padding',
  'version-byte-flipped': 'encryption-padding',
};

describe('refused, with its reason', () => {
  test.each(vectors.filter((vector) => vector.name in rejected))('$name', (vector) => {
    expect(open(vector)).toBe(rejected[vector.name]);
  });
});

test('padding may be a whole block', () => {
  expect(open(vectors.find((vector) => vector.name === 'v0-pad-all')!)).toBe('');
});

test('every vector is in one of the three groups', () => {
  expect(sealed.length + Object.keys(rejected).length + 1).toBe(vectors.length);
});
