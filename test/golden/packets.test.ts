import { describe, expect, test } from 'vitest';
import type { EncryptionVersion } from 'hearsay/wire';
import { crc32 } from '../../packages/hearsay/src/wire/crc32.ts';
import { newPacketCodec, refusalsOf, unwrapAll } from './packet-helpers.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface PacketVector {
  readonly name: string;
  readonly config: {
    readonly compression: boolean;
    readonly encryption_version: EncryptionVersion | null;
    readonly key: string | null;
    readonly label: string;
    readonly receiver_pmax_known: number | null;
  };
  readonly message: string;
  readonly nonce?: string;
  readonly packet: string;
  readonly receive_steps: readonly { readonly step: string; readonly parts?: readonly string[] }[];
}

interface ChecksumVector {
  readonly name: string;
  readonly crc32: string;
  readonly hex?: string;
  readonly payload: string;
}

const vectors = loadVectors<PacketVector>('packets');

test('the vectors hold all 48 combinations of layers', () => {
  expect(vectors).toHaveLength(48);
});

describe('a packet is wrapped as Go wraps it, and gives the same messages', () => {
  test.each(vectors)('$name', ({ config, message, nonce, packet, receive_steps }) => {
    const codec = newPacketCodec(
      {
        label: config.label,
        compression: config.compression,
        encryptionVersion: config.encryption_version ?? 1,
      },
      config.key === null ? undefined : [fromHex(config.key)],
      nonce === undefined ? undefined : fromHex(nonce),
    );
    expect(toHex(codec.wrap(fromHex(message), config.receiver_pmax_known !== null))).toBe(packet);
    const parts = receive_steps.find(({ step }) => step === 'split')?.parts;
    expect(unwrapAll(codec, fromHex(packet))).toEqual(parts ?? [message]);
    expect(refusalsOf(codec)).toEqual({});
  });
});

describe('the checksum is that of zlib', () => {
  test.each(loadVectors<ChecksumVector>('crc'))('$name', (vector) => {
    const payload = fromHex(vector.payload);
    expect(crc32(payload).toString(16).padStart(8, '0')).toBe(vector.crc32);
    if (vector.hex === undefined) return;
    const codec = newPacketCodec();
    expect(toHex(codec.wrap(payload, true))).toBe(vector.hex);
    expect(unwrapAll(codec, fromHex(vector.hex)).length).toBeGreaterThan(0);
  });
});
