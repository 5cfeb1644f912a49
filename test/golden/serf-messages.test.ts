import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { serfMessageKinds } from './serf-message-kinds.ts';
import { loadSerfVectors, newerOf, olderOf, type PerGeneration, type SerfStruct } from './serf-vectors.ts';
import { fromHex, toHex } from './vectors.ts';

interface MessageVector {
  readonly name: string;
  readonly kind: string;
  readonly fields: SerfStruct;
  readonly hex: PerGeneration<string>;
}

const { messages, types } = loadSerfVectors<{
  readonly messages: readonly MessageVector[];
  readonly types: Readonly<Record<string, number>>;
}>('messages');

const vectors = messages.filter(({ kind }) => kind in serfMessageKinds);
const isTooLate = ({ fields }: MessageVector): boolean =>
  BigInt((fields?.['LTime'] as { readonly $int?: string } | undefined)?.$int ?? 0) > Number.MAX_SAFE_INTEGER;
const readable = vectors.filter((vector) => !isTooLate(vector));
const tooLate = vectors.filter(isTooLate);

test('every kind of message has vectors', () => {
  expect(new Set(vectors.map(({ kind }) => kind))).toEqual(new Set(Object.keys(types)));
  expect([vectors.length, tooLate.length]).toEqual([78, 4]);
});

describe('a message as Serf writes it decodes to what Serf was given', () => {
  const cases = readable.flatMap((vector) => [
    { ...vector, by: 'old', hex: olderOf(vector.hex) },
    { ...vector, by: 'new', hex: newerOf(vector.hex) },
  ]);
  test.each(cases)('$name ($by)', ({ kind, fields, hex }) => {
    const reader = new ByteReader(fromHex(hex));
    expect(reader.u8()).toBe(types[kind]);
    const { decode, read } = serfMessageKinds[kind]!;
    expect(decode(reader)).toEqual(read(fields));
    expect(reader.failure).toBeUndefined();
    if (kind === 'relay') expect(decodeInner(reader, fields)).toBe(true);
    else expect(reader.remaining).toBe(0);
  });
});

/** Whether the reader stands at the relayed message, and it is the one of the vector. */
function decodeInner(reader: ByteReader, fields: SerfStruct): boolean {
  const inner = fields['inner'] as unknown as { readonly kind: string; readonly fields: SerfStruct };
  expect(reader.u8()).toBe(types[inner.kind]);
  const { decode, read } = serfMessageKinds[inner.kind]!;
  expect(decode(reader)).toEqual(read(inner.fields));
  return reader.failure === undefined && reader.remaining === 0;
}

/** What Serf can say and we have no use for; we write the other form, which means the same. */
const otherForms: ReadonlySet<string> = new Set([
  'push/pull with nil collections',
  'push/pull with one member, one left, events with nil slots',
  'push/pull with the default 512-slot event buffer',
  'query with an empty filter list',
  'relay of a query response, IPv6 with a zone',
]);

describe('a message encodes to the bytes that the older Serf writes, which both read', () => {
  test.each(readable.filter(({ name }) => !otherForms.has(name)))('$name', ({ kind, fields, hex }) => {
    const writer = new ByteWriter(8);
    serfMessageKinds[kind]!.encode(writer, serfMessageKinds[kind]!.read(fields) as never);
    const expected = olderOf(hex);
    // A relay header is followed by another message, which is not the header's to write.
    expect(toHex(writer.view())).toBe(kind === 'relay' ? expected.slice(0, 2 * writer.length) : expected);
  });
});

describe('what is written in another form decodes to the same', () => {
  test.each(readable.filter(({ name }) => otherForms.has(name)))('$name', ({ kind, fields }) => {
    const { decode, encode, read } = serfMessageKinds[kind]!;
    const writer = new ByteWriter();
    encode(writer, read(fields) as never);
    const reader = new ByteReader(writer.view());
    reader.u8();
    expect(decode(reader)).toEqual(read(fields));
  });
});

describe('a Lamport time that a number cannot hold is refused', () => {
  test.each(tooLate)('$name', ({ kind, hex }) => {
    const reader = new ByteReader(fromHex(olderOf(hex)).subarray(1));
    serfMessageKinds[kind]!.decode(reader);
    expect(reader.failure).toMatch(/^(out-of-range|negative)$/);
  });
});
