import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../packages/hearsay/src/util/index.ts';
import { messageKinds, toVectorValue, type VectorValue } from './message-kinds.ts';
import { fromHex, loadVectors } from './vectors.ts';

interface Result {
  readonly accepted: boolean;
  readonly why?: string;
  readonly value?: VectorValue;
}

interface DecoderVector {
  readonly name: string;
  readonly hex: string;
  readonly kind: string;
  readonly result: Result | { readonly old: Result; readonly new: Result };
}

const vectors = loadVectors<DecoderVector>('msgpack-decoder');

/** What Go accepts by accident. Nobody sends it, and we refuse it. */
const quirks: Readonly<Record<string, string>> = {
  'alive-addr-map': 'both codecs take a map in place of a byte string, keys and values in turn',
};

/** Where the generations differ we follow the newer one, which accepts more and bounds more. */
function resultOf(vector: DecoderVector): Result {
  return 'new' in vector.result ? vector.result.new : vector.result;
}

test('the vectors hold 107 cases, of which one is a quirk we do not copy', () => {
  expect(vectors).toHaveLength(107);
  expect(vectors.filter((vector) => vector.name in quirks)).toHaveLength(1);
});

describe('accepted with the value that Go gets', () => {
  const accepted = vectors.filter((vector) => resultOf(vector).accepted && !(vector.name in quirks));
  test.each(accepted)('$name', (vector) => {
    const reader = new ByteReader(fromHex(vector.hex));
    const message = messageKinds[vector.kind]!.decode(reader);
    expect(reader.failure).toBeUndefined();
    expect(toVectorValue(message)).toEqual(resultOf(vector).value);
  });
});

/** Go's reasons and ours. Where we see earlier that something is wrong, the reason is the more telling one. */
const reasons: Readonly<Record<string, string>> = {
  'end-of-input': 'truncated',
  'wrong-type': 'wrong-type',
  'not-a-map-or-array': 'wrong-type',
  'number-out-of-range': 'out-of-range',
  'negative-into-unsigned': 'negative',
  'nested-too-deep': 'nested-too-deep',
};

const ourReasons: Readonly<Record<string, string>> = {
  'alive-huge-map32': 'too-many-entries',
  'alive-nil-key': 'wrong-type',
};

describe('refused as Go refuses it', () => {
  const refused = vectors.filter((vector) => !resultOf(vector).accepted);
  test.each(refused)('$name', (vector) => {
    const reader = new ByteReader(fromHex(vector.hex));
    messageKinds[vector.kind]!.decode(reader);
    expect(reader.failure).toBe(ourReasons[vector.name] ?? reasons[resultOf(vector).why!]);
  });
});

describe('refused although Go accepts it', () => {
  test.each(Object.entries(quirks))('%s: %s', (name) => {
    const vector = vectors.find((candidate) => candidate.name === name)!;
    const reader = new ByteReader(fromHex(vector.hex));
    messageKinds[vector.kind]!.decode(reader);
    expect(reader.failure).toBe('wrong-type');
  });
});
