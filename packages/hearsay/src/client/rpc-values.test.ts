import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../../../test/support/rpc-corpus.ts';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { rpcLimits } from './rpc-limits.ts';
import { decodeRequestBody, decodeRequestHeader, encodeRequest } from './rpc-protocol.ts';
import { bytes, list, mapOf, signed, struct, text, unsigned, type SignedForm, type ValueCodec } from './rpc-values.ts';

function written<T>(codec: ValueCodec<T>, value: T, form: SignedForm = 'unsigned'): string {
  const writer = new ByteWriter();
  codec.write(writer, value, form);
  return toHex(writer.view());
}

function read<T>(codec: ValueCodec<T>, hex: string): { value: T; failure: string | undefined } {
  const reader = new ByteReader(fromHex(hex));
  return { value: codec.read(reader), failure: reader.failure };
}

test.each([
  [0, '00', '00'],
  [127, '7f', '7f'],
  [128, 'cc80', 'd10080'],
  [32_767, 'cd7fff', 'd17fff'],
  [32_768, 'cd8000', 'd200008000'],
  [500_000_000, 'ce1dcd6500', 'd21dcd6500'],
  [2 ** 31, 'ce80000000', 'd30000000080000000'],
  [2 ** 32, 'cf0000000100000000', 'd30000000100000000'],
  [-1, 'ff', 'ff'],
  [-200, 'd1ff38', 'd1ff38'],
])('%i in a signed field is written as each generation writes it, and read from both', (value, old, later) => {
  expect(written(signed, value, 'unsigned')).toBe(old);
  expect(written(signed, value, 'signed')).toBe(later);
  for (const hex of [old, later]) expect(read(signed, hex)).toEqual({ value, failure: undefined });
});

test('texts are str and bytes are bin, each in its shortest form', () => {
  for (const [length, str, bin] of [
    [0, 'a0', 'c400'],
    [31, 'bf', 'c41f'],
    [32, 'd920', 'c420'],
    [256, 'da0100', 'c50100'],
    [65_536, 'db00010000', 'c600010000'],
  ] as const) {
    expect(written(text, 'x'.repeat(length))).toBe(str + '78'.repeat(length));
    expect(written(bytes, new Uint8Array(length))).toBe(bin + '00'.repeat(length));
  }
  expect(written(bytes, null)).toBe('c0');
});

test('a text may come as bin or nil, bytes as text or as a list of numbers', () => {
  for (const hex of ['a26162', 'd9026162', 'c4026162', '926162']) {
    expect(read(text, hex).value).toBe('ab');
    expect(read(bytes, hex).value).toEqual(Uint8Array.of(0x61, 0x62));
  }
  expect(read(text, 'c0')).toEqual({ value: '', failure: undefined });
  expect(read(bytes, 'c0')).toEqual({ value: null, failure: undefined });
  expect(read(text, '81').failure).toBe('wrong-type');
});

test('a tag may have any name, the prototype among them', () => {
  const tags = mapOf(text, 10);
  const hex = '82a95f5f70726f746f5f5fa178a8746f537472696e67a0';
  const { value } = read(tags, hex);
  expect(Object.entries(value!)).toEqual([
    ['__proto__', 'x'],
    ['toString', ''],
  ]);
  expect(written(tags, value)).toBe(hex);
});

test('a list or map that announces more than its limit is refused before anything is kept', () => {
  const numbers = list(unsigned(0xff), 3);
  expect(read(numbers, '93010203').value).toEqual([1, 2, 3]);
  expect(read(numbers, '9401020304')).toEqual({ value: [], failure: 'too-many-entries' });
  expect(read(mapOf(text, 1), '82a161a0a162a0').failure).toBe('too-many-entries');
  expect(read(list(text, 1_000_000), 'dd000f4240')).toEqual({ value: [], failure: 'truncated' });
});

test('keys may come in any order; unknown ones are passed over, missing ones are zero', () => {
  const codec = struct<{ a: string; b: number; c: Uint8Array | null }>({
    a: ['A', text],
    b: ['B', unsigned(0xff)],
    c: ['C', bytes],
  });
  expect(read(codec, '83a14207a15a8301020304c0c3a141a178').value).toEqual({ a: 'x', b: 7, c: null });
  expect(read(codec, 'c0').value).toEqual({ a: '', b: 0, c: null });
  expect(read(codec, '81a142cd0100').failure).toBe('out-of-range');
  expect(read(codec, '81a142ff').failure).toBe('negative');
});

test('what a request header leaves out is as in the one before', () => {
  const previous = { command: 'members', seq: 41 };
  expect(decodeRequestHeader(fromHex('81a35365712a'), previous)).toEqual({
    ok: true,
    value: { command: 'members', seq: 42 },
  });
  expect(decodeRequestHeader(fromHex('80'), previous)).toEqual({ ok: true, value: previous });
  expect(decodeRequestHeader(fromHex('80'))).toEqual({ ok: true, value: { command: '', seq: 0 } });
});

test('a sequence number is exact up to 2^53 - 1, and refused above', () => {
  const seq = Number.MAX_SAFE_INTEGER;
  const header = encodeRequest('stats', seq, undefined);
  expect(decodeRequestHeader(header)).toEqual({ ok: true, value: { command: 'stats', seq } });
  const above = decodeRequestHeader(fromHex('81a3536571cf0020000000000000'));
  expect(above).toEqual({ ok: false, reason: 'out-of-range' });
});

test('what is no message is refused with its reason', () => {
  expect(decodeRequestBody('members', fromHex('80'))).toEqual({ ok: false, reason: 'unknown-type' });
  expect(decodeRequestBody('tags', fromHex('c3'))).toEqual({ ok: false, reason: 'wrong-type' });
  const tags = `de${(rpcLimits.tagsMaxEntries + 1).toString(16).padStart(4, '0')}`;
  expect(decodeRequestBody('tags', fromHex(`81a454616773${tags}`))).toEqual({ ok: false, reason: 'too-many-entries' });
});
