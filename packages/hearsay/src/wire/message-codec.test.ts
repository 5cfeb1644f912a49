import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import * as packetCodec from './message-codec.ts';
import * as streamCodec from './stream-message-codec.ts';
import { decodeUtf8, writeUtf8 } from './utf8.ts';

interface Kind {
  readonly name: string;
  readonly hasTypeByte: boolean;
  readonly encode: (writer: ByteWriter, message: never) => void;
  readonly decode: (reader: ByteReader, into?: never) => object;
  readonly messages: fc.Arbitrary<object>;
}

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.oneof(fc.constantFrom(0, 127, 128, 255, 256, 0xffff), fc.integer({ min: 0, max: 0xffff }));
const u32 = fc.oneof(
  fc.constantFrom(0, 127, 128, 0xffff, 0x10000, 0xffff_ffff),
  fc.nat(),
  fc.maxSafeNat().map((n) => n >>> 0),
);
const i32 = fc.oneof(fc.constantFrom(-1, -32, -33, -128, -129, -0x8000, -0x8001, -0x8000_0000), fc.integer(), u32);
/** Text from any bytes: names are not validated. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => decodeUtf8(bytes)),
);
const bytes = fc.option(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 600 })));
const address = fc.option(
  fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
);

const accusation = fc.record({ incarnation: u32, node: text, from: text });
const kinds: readonly Kind[] = [
  {
    name: 'ping',
    hasTypeByte: true,
    encode: packetCodec.encodePing,
    decode: packetCodec.decodePing,
    messages: fc.record({ seqNo: u32, node: text, sourceAddr: address, sourcePort: u16, sourceNode: text }),
  },
  {
    name: 'indirect ping',
    hasTypeByte: true,
    encode: packetCodec.encodeIndirectPing,
    decode: packetCodec.decodeIndirectPing,
    messages: fc.record({
      seqNo: u32,
      target: bytes,
      port: u16,
      node: text,
      nack: fc.boolean(),
      sourceAddr: address,
      sourcePort: u16,
      sourceNode: text,
    }),
  },
  {
    name: 'ack',
    hasTypeByte: true,
    encode: packetCodec.encodeAck,
    decode: packetCodec.decodeAck,
    messages: fc.record({ seqNo: u32, payload: bytes }),
  },
  {
    name: 'nack',
    hasTypeByte: true,
    encode: packetCodec.encodeNack,
    decode: packetCodec.decodeNack,
    messages: fc.record({ seqNo: u32 }),
  },
  {
    name: 'error reply',
    hasTypeByte: true,
    encode: streamCodec.encodeErrorReply,
    decode: streamCodec.decodeErrorReply,
    messages: fc.record({ error: text }),
  },
  {
    name: 'suspect',
    hasTypeByte: true,
    encode: packetCodec.encodeSuspect,
    decode: packetCodec.decodeSuspect,
    messages: accusation,
  },
  {
    name: 'dead',
    hasTypeByte: true,
    encode: packetCodec.encodeDead,
    decode: packetCodec.decodeDead,
    messages: accusation,
  },
  {
    name: 'alive',
    hasTypeByte: true,
    encode: packetCodec.encodeAlive,
    decode: packetCodec.decodeAlive,
    messages: fc.record({ incarnation: u32, node: text, addr: bytes, port: u16, meta: bytes, vsn: bytes }),
  },
  {
    name: 'push/pull header',
    hasTypeByte: false,
    encode: streamCodec.encodePushPullHeader,
    decode: streamCodec.decodePushPullHeader,
    messages: fc.record({ nodes: i32, userStateLen: i32, join: fc.boolean() }),
  },
  {
    name: 'node entry',
    hasTypeByte: false,
    encode: streamCodec.encodeNodeEntry,
    decode: streamCodec.decodeNodeEntry,
    messages: fc.record({ name: text, addr: bytes, port: u16, meta: bytes, incarnation: u32, state: i32, vsn: bytes }),
  },
  {
    name: 'user message header',
    hasTypeByte: false,
    encode: streamCodec.encodeUserMessageHeader,
    decode: streamCodec.decodeUserMessageHeader,
    messages: fc.record({ userMsgLen: i32 }),
  },
  {
    name: 'compressed',
    hasTypeByte: true,
    encode: packetCodec.encodeCompressed,
    decode: packetCodec.decodeCompressed,
    messages: fc.record({ algo: u8, buf: bytes }),
  },
];

function encodeOf(kind: Kind, message: object): Uint8Array {
  const writer = new ByteWriter(1);
  kind.encode(writer, message as never);
  return writer.copy();
}

/** Without the type byte. */
function bodyOf(kind: Kind, message: object): Uint8Array {
  return encodeOf(kind, message).subarray(kind.hasTypeByte ? 1 : 0);
}

function goName(field: string): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}

/** An empty source address is left out, and so comes back as nil. */
function asRead(message: object): object {
  const { sourceAddr } = message as { readonly sourceAddr?: Uint8Array | null };
  return sourceAddr?.length === 0 ? { ...message, sourceAddr: null } : message;
}

describe.each(kinds)('$name', (kind) => {
  test('comes back as it was written, alone and into an object used before', () => {
    fc.assert(
      fc.property(kind.messages, kind.messages, (message, other) => {
        const body = bodyOf(kind, message);
        const reader = new ByteReader(body);
        expect(kind.decode(reader)).toEqual(asRead(message));
        expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
        expect(kind.decode(new ByteReader(body), { ...other } as never)).toEqual(asRead(message));
      }),
    );
  });

  test('is the map that a general msgpack library reads, with keys in byte order and no str8 or bin', () => {
    fc.assert(
      fc.property(kind.messages, (message) => {
        const read = decode(bodyOf(kind, message), {
          rawStrings: true,
          mapKeyConverter: (key) => Buffer.from(key as Uint8Array).toString(),
        });
        const names = Object.keys(read as object);
        expect(names).toEqual(names.toSorted());
        for (const [name, value] of Object.entries(message)) {
          const found = (read as Record<string, unknown>)[goName(name)];
          if (typeof value === 'string') expect(decodeUtf8((found ?? new Uint8Array(0)) as Uint8Array)).toBe(value);
          else if (value instanceof Uint8Array) expect(found ?? new Uint8Array(0)).toEqual(value);
          else expect(found ?? (typeof value === 'number' ? 0 : null)).toEqual(value);
        }
      }),
    );
  });

  test('is read from what a general msgpack library writes: any order, bin and str8, unknown keys', () => {
    fc.assert(
      fc.property(kind.messages, unknownEntries(), fc.infiniteStream(fc.nat()), (message, unknown, order) => {
        const entries = [...Object.entries(message).map(([name, value]) => [goName(name), value] as const), ...unknown]
          .map((entry) => ({ entry, place: order.next().value }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ entry: [name, value] }) => [name, typeof value === 'string' ? bytesOfText(value) : value] as const);
        const reader = new ByteReader(encode(Object.fromEntries(entries)));
        const read = kind.decode(reader);
        expect(reader.failure).toBeUndefined();
        expect(read).toEqual(message);
      }),
    );
  });

  test('no bytes whatever make the decoder throw, and every cut of a message is refused', () => {
    fc.assert(
      fc.property(kind.messages, fc.uint8Array({ maxLength: 200 }), fc.nat(), (message, junk, at) => {
        kind.decode(new ByteReader(junk));
        const body = bodyOf(kind, message);
        const cut = new ByteReader(body.subarray(0, at % body.length));
        kind.decode(cut);
        expect(cut.failure).toBe('truncated');
        const changed = Uint8Array.from(body);
        changed.set(junk.subarray(0, 3), at % Math.max(1, body.length - 3));
        kind.decode(new ByteReader(changed));
      }),
    );
  });
});

function bytesOfText(value: string): Uint8Array {
  const writer = new ByteWriter(1);
  writeUtf8(writer, value);
  return writer.copy();
}

function unknownEntries(): fc.Arbitrary<(readonly [string, unknown])[]> {
  const value = fc.oneof(
    fc.anything({ maxDepth: 3, values: [fc.boolean(), fc.string(), fc.double(), fc.uint8Array(), fc.constant(null)] }),
    fc.constant(new Date(0)),
  );
  return fc.array(
    fc.tuple(
      fc.string({ maxLength: 20 }).map((name) => `x${name}`),
      value,
    ),
    { maxLength: 5 },
  );
}
