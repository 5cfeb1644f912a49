import { createCipheriv, createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../util/index.ts';
import type { Aead } from './aead.ts';
import { packCompound } from './compound.ts';
import { writeCompressed } from './compression.ts';
import { wireLimits } from './limits.ts';
import { decodePing, encodePing } from './message-codec.ts';
import { MessageType } from './messages.ts';
import { PacketCodec } from './packet.ts';
import type { WireConfig } from './wire-config.ts';
import { wireFailures } from './wire-failure.ts';

const aes: Aead = {
  seal(key, nonce, plaintext, additionalData) {
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(additionalData);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  },
  open(key, nonce, ciphertextAndTag, additionalData) {
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAAD(additionalData);
    decipher.setAuthTag(ciphertextAndTag.subarray(-16));
    try {
      return Buffer.concat([decipher.update(ciphertextAndTag.subarray(0, -16)), decipher.final()]);
    } catch {
      return undefined;
    }
  },
};

const plain: WireConfig = {
  label: '',
  compression: false,
  encryptionVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  skipInboundLabelCheck: false,
};

let nonceCount = 0;

function newCodec(config: Partial<WireConfig> = {}, keys: Uint8Array[] = []): PacketCodec {
  return new PacketCodec({ ...plain, ...config }, { keys }, aes, (target) => target.fill((nonceCount += 1)));
}

/** The user messages in a packet, in hex, and the counters that are not zero. */
function unwrap(codec: PacketCodec, packet: Uint8Array): { payloads: string[]; refused: Record<string, number> } {
  const payloads: string[] = [];
  codec.unwrap(packet, {
    receiveMessage: (_type, reader) => payloads.push(Buffer.from(reader.view(reader.remaining)).toString('hex')),
  });
  const refused = wireFailures
    .filter((reason) => codec.stats[reason] > 0)
    .map((reason) => [reason, codec.stats[reason]]);
  return { payloads, refused: Object.fromEntries(refused) as Record<string, number> };
}

function user(...payload: number[]): Uint8Array {
  return Uint8Array.of(MessageType.user, ...payload);
}

/** As memberlist would: without our bound on parts. */
function compound(parts: readonly Uint8Array[]): Uint8Array {
  const table = parts.flatMap((part) => [part.length >>> 8, part.length & 0xff]);
  return Buffer.concat([Buffer.of(MessageType.compound, parts.length, ...table), ...parts]);
}

function compressed(message: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writeCompressed(writer, message);
  return writer.copy();
}

/** A user message of `length` bytes in all. */
function longUser(length: number): Uint8Array {
  return new Uint8Array(length).fill(MessageType.user);
}

const key1 = new Uint8Array(16).fill(1);
const key2 = new Uint8Array(16).fill(2);

describe('a limit holds to the unit', () => {
  test('depth of compounds and compressions', () => {
    let packet = user(7);
    for (let depth = 0; depth < wireLimits.wrappingMaxDepth; depth += 1) {
      packet = depth % 2 === 0 ? compound([packet]) : compressed(packet);
    }
    expect(unwrap(newCodec(), packet)).toEqual({ payloads: ['07'], refused: {} });
    expect(unwrap(newCodec(), compound([user(1), compound([packet]), user(2)]))).toEqual({
      payloads: ['01', '02'],
      refused: { 'wrapped-too-deep': 1 },
    });
  });

  test('decompressed bytes of one message', () => {
    const largest = longUser(wireLimits.packetDecompressedMaxBytes);
    expect(unwrap(newCodec(), compressed(largest)).payloads).toHaveLength(1);
    expect(unwrap(newCodec(), compressed(longUser(largest.length + 1)))).toEqual({
      payloads: [],
      refused: { 'compression-too-large': 1 },
    });
  });

  test('decompressed bytes of one packet, side by side and in one another', () => {
    const half = compressed(longUser(wireLimits.packetDecompressedMaxBytes / 2));
    const sideBySide = unwrap(newCodec(), compound([half, half, compressed(user(1)), user(2)]));
    expect(sideBySide.payloads).toHaveLength(3);
    expect(sideBySide.refused).toEqual({ 'compression-too-large': 1 });
    expect(unwrap(newCodec(), compressed(compound([half, half])))).toEqual({
      payloads: [expect.any(String)],
      refused: { 'compression-too-large': 1 },
    });
  });

  test('messages of one packet', () => {
    // Two compounds in one: 1 + 2 + 254 + 255 parts are the 512 that are taken, the packet itself being the first.
    const exact = compound([
      compound(Array.from({ length: 254 }, () => user(1))),
      compound(Array.from({ length: 255 }, () => user(2))),
    ]);
    expect(unwrap(newCodec(), exact).refused).toEqual({});
    const more = compound([exact.subarray(0), user(3)]);
    expect(unwrap(newCodec(), more).refused).toEqual({ 'too-many-parts': 1 });
  });
});

test('a compound is packed with at most 127 parts, none of them empty', () => {
  const writer = new ByteWriter();
  packCompound(
    writer,
    Array.from({ length: 127 }, () => user(1)),
  );
  expect(unwrap(newCodec(), writer.view()).payloads).toHaveLength(127);
  expect(() =>
    packCompound(
      writer,
      Array.from({ length: 128 }, () => user(1)),
    ),
  ).toThrow('127 parts');
  expect(() => packCompound(writer, [new Uint8Array(0)])).toThrow('1 to 65,535 bytes');
  expect(() => packCompound(writer, [new Uint8Array(65_536)])).toThrow('1 to 65,535 bytes');
});

test('content without any layer comes back as it is, without a copy', () => {
  const content = user(1, 2, 3);
  expect(newCodec().wrap(content, false) === content).toBe(true);
  expect(newCodec({ compression: true }).wrap(content, false) === content).toBe(true);
});

test('a failure that the sink leaves in the reader is counted, also one of its own', () => {
  const codec = newCodec();
  codec.unwrap(Uint8Array.of(MessageType.ping, 0xc1), { receiveMessage: (_type, reader) => void decodePing(reader) });
  codec.unwrap(user(1), { receiveMessage: (_type, reader) => reader.fail('too-large') });
  expect([codec.stats['wrong-type'], codec.stats['too-large']]).toEqual([1, 1]);
});

test('a message ends where its part ends', () => {
  const writer = new ByteWriter();
  encodePing(writer, { seqNo: 1, node: 'b', sourceAddr: null, sourcePort: 0, sourceNode: '' });
  const cut = writer.copy().subarray(0, writer.length - 1);
  const codec = newCodec();
  codec.unwrap(compound([cut, writer.copy()]), { receiveMessage: (_type, reader) => void decodePing(reader) });
  expect(codec.stats.truncated).toBe(1);
});

describe('keys', () => {
  test('a packet is sealed with the first key and opened with any', () => {
    const sent = newCodec({}, [key1, key2]).wrap(user(1), true);
    expect(unwrap(newCodec({}, [key2, key1]), sent).payloads).toEqual(['01']);
    expect(unwrap(newCodec({}, [key2]), sent)).toEqual({ payloads: [], refused: { 'encryption-key': 1 } });
  });

  test('keys that come and go change what is sent and taken', () => {
    const keys: Uint8Array[] = [];
    const codec = new PacketCodec(plain, { keys }, aes, (target) => target.fill(9));
    expect([codec.wrap(user(1), false).length, codec.encryptionOverheadBytes]).toEqual([2, 0]);
    keys.push(key1);
    expect([codec.wrap(user(1), false).length, codec.encryptionOverheadBytes]).toEqual([31, 29]);
    expect(unwrap(codec, user(1)).refused).toEqual({ 'encryption-version': 1 });
    keys.pop();
    expect(unwrap(codec, user(1)).payloads).toEqual(['01']);
  });

  test('while a cluster moves to encryption plain packets are taken, and sent where asked', () => {
    const codec = newCodec({ verifyIncoming: false, verifyOutgoing: false }, [key1]);
    expect(codec.wrap(user(1), false)).toEqual(user(1));
    expect(unwrap(codec, user(1)).payloads).toEqual(['01']);
    expect(unwrap(codec, newCodec({}, [key1]).wrap(user(2), false)).payloads).toEqual(['02']);
  });

  test('version 0 is sent when configured, and both are taken', () => {
    const sent = newCodec({ encryptionVersion: 0 }, [key1]).wrap(user(1), false);
    expect(sent[0]).toBe(0);
    expect(unwrap(newCodec({ encryptionVersion: 1 }, [key1]), sent).payloads).toEqual(['01']);
    expect(newCodec({ encryptionVersion: 0 }, [key1]).encryptionOverheadBytes).toBe(45);
  });

  test('a packet is not opened under another label', () => {
    const sent = newCodec({ label: 'dc1' }, [key1]).wrap(user(1), false);
    const relabelled = Buffer.from(sent);
    relabelled[4] = 0x32;
    expect(unwrap(newCodec({ label: 'dc2' }, [key1]), relabelled).refused).toEqual({ 'encryption-key': 1 });
  });
});

test('whatever is wrapped is unwrapped, with every combination of layers', () => {
  const configs = fc.record({
    label: fc.constantFrom('', 'dc1'),
    compression: fc.boolean(),
    encryptionVersion: fc.constantFrom(0 as const, 1 as const),
    sealed: fc.boolean(),
    checksum: fc.boolean(),
  });
  const parts = fc.array(fc.uint8Array({ minLength: 0, maxLength: 60 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(configs, parts, ({ sealed, checksum, ...config }, payloads) => {
      const codec = newCodec(config, sealed ? [key1] : []);
      const writer = new ByteWriter();
      packCompound(
        writer,
        payloads.map((payload) => user(...payload)),
      );
      const packet = Uint8Array.from(codec.wrap(writer.view(), checksum));
      expect(packet.length).toBeLessThanOrEqual(
        writer.length + codec.labelOverheadBytes + codec.encryptionOverheadBytes + (checksum ? 5 : 0),
      );
      expect(unwrap(codec, packet)).toEqual({
        payloads: payloads.map((payload) => Buffer.from(payload).toString('hex')),
        refused: {},
      });
    }),
  );
});
