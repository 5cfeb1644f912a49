import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { decodeAck, encodeAck } from '../../packages/hearsay/src/wire/message-codec.ts';
import { MessageType } from '../../packages/hearsay/src/wire/messages.ts';
import { fromVectorValue, messageKinds, toVectorValue, type VectorValue } from './message-kinds.ts';
import { fromHex, loadVectors, summaryOf, toHex, type BytesSummary } from './vectors.ts';

interface MessageVector {
  readonly name: string;
  readonly from: readonly string[];
  readonly hex: string;
  readonly kind: string;
  readonly type: number | null;
  readonly value: VectorValue;
}

/** An ack whose payload counts 0 to 255 again and again; of the bytes only a summary is given. */
interface LongVector {
  readonly name: string;
  readonly hex: BytesSummary;
  readonly kind: 'ackResp';
  readonly value: { readonly Payload: BytesSummary; readonly SeqNo: number };
}

const all = loadVectors<MessageVector | LongVector>('messages');
// User messages are no msgpack: the packet tests cover them.
const vectors = all.filter((vector): vector is MessageVector => vector.kind !== 'user' && !isLong(vector));
const longVectors = all.filter(isLong);

function isLong(vector: MessageVector | LongVector): vector is LongVector {
  return typeof vector.hex === 'object';
}

test('every kind of message has vectors', () => {
  expect(vectors).toHaveLength(137);
  expect(longVectors).toHaveLength(2);
  expect(new Set(vectors.map((vector) => vector.kind))).toEqual(new Set(Object.keys(messageKinds)));
});

describe('a message as Go writes it decodes to what Go was given', () => {
  test.each(vectors)('$name', ({ hex, kind, type, value }) => {
    const reader = new ByteReader(fromHex(hex));
    expect(type === null ? null : reader.u8()).toBe(type);
    const message = messageKinds[kind]!.decode(reader);
    expect(reader.failure).toBeUndefined();
    expect(reader.remaining).toBe(0);
    expect(toVectorValue(message)).toEqual(value);
  });
});

// The newer codec writes signed integers above 127 in another form; we write the older one, which both read.
const canonical = vectors.filter((vector) => vector.from.includes('old'));

describe('a message encodes to the bytes that Go writes', () => {
  test.each(canonical)('$name', ({ hex, kind, value }) => {
    const writer = new ByteWriter(8);
    messageKinds[kind]!.encode(writer, fromVectorValue(value) as never);
    expect(toHex(writer.view())).toBe(hex);
  });
});

describe('a payload of 64 KiB has the header that Go gives it', () => {
  test.each(longVectors)('$name', ({ hex, value }) => {
    const payload = Uint8Array.from({ length: value.Payload.length }, (_, index) => index & 0xff);
    expect(summaryOf(payload)).toEqual(value.Payload);
    const writer = new ByteWriter(8);
    encodeAck(writer, { seqNo: value.SeqNo, payload });
    expect(summaryOf(writer.view())).toEqual(hex);
    const reader = new ByteReader(writer.view());
    expect(reader.u8()).toBe(MessageType.ack);
    expect(summaryOf(decodeAck(reader).payload!)).toEqual(value.Payload);
  });
});
