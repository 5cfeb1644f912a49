import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { encodeLabel, readLabelHeader, writeLabelHeader } from '../../packages/hearsay/src/wire/label.ts';
import { newPacketCodec, refusalsOf, unwrapAll } from './packet-helpers.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface LabelVector {
  readonly name: string;
  readonly hex: string;
  readonly label?: string;
  readonly label_hex?: string;
  readonly payload?: string;
  readonly outcome?: 'refused';
  readonly decode?:
    { readonly outcome: 'ok'; readonly label: string; readonly rest: string } | { readonly outcome: 'rejected' };
}

const vectors = loadVectors<LabelVector>('labels');

describe('a label header is written and taken as Go does', () => {
  test.each(vectors.filter((vector) => vector.payload !== undefined))('$name', ({ hex, label, label_hex, payload }) => {
    const encoded = encodeLabel(label!);
    expect(toHex(encoded)).toBe(label_hex);
    const codec = newPacketCodec({ label: label! });
    expect(toHex(codec.wrap(fromHex(payload!), false))).toBe(hex);
    expect(codec.labelOverheadBytes).toBe((hex.length - payload!.length) / 2);
    expect(unwrapAll(codec, fromHex(hex))).toEqual([payload]);
  });
});

describe('a header on its own is read as Go reads it', () => {
  test.each(vectors.filter((vector) => vector.decode !== undefined))('$name', ({ hex, decode }) => {
    const reader = new ByteReader(fromHex(hex));
    readLabelHeader(reader, encodeLabel(decode!.outcome === 'ok' ? decode!.label : 'dc1'), false);
    const outcome = reader.failure ?? toHex(reader.bytes.subarray(reader.position));
    expect(outcome).toBe(decode!.outcome === 'ok' ? decode!.rest : 'label-malformed');
  });
});

test('a label of 256 bytes is refused when it is configured', () => {
  expect(() => newPacketCodec({ label: 'x'.repeat(256) })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG', message: 'label is 256 bytes, the limit is 255' }),
  );
  const writer = new ByteWriter();
  writeLabelHeader(writer, encodeLabel('x'.repeat(255)));
  expect(writer.length).toBe(257);
});

test('another label, a missing one and one too many are refused', () => {
  const labelled = fromHex('f40364633108aa');
  const plain = fromHex('08aa');
  for (const [label, packet] of [
    ['dc2', labelled],
    ['dc12', labelled],
    ['', labelled],
    ['dc1', plain],
  ] as const) {
    const codec = newPacketCodec({ label });
    expect(unwrapAll(codec, packet)).toEqual([]);
    expect(refusalsOf(codec)).toEqual({ 'label-mismatch': 1 });
  }
});

test('behind something that strips labels a packet without one is taken, and one with a label is not', () => {
  const codec = newPacketCodec({ label: 'dc1', skipInboundLabelCheck: true });
  expect(unwrapAll(codec, fromHex('08aa'))).toEqual(['08aa']);
  expect(unwrapAll(codec, fromHex('f40364633108aa'))).toEqual([]);
  expect(refusalsOf(codec)).toEqual({ 'label-mismatch': 1 });
});
