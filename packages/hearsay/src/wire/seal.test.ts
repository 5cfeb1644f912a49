import { expect, test } from 'vitest';
import { ByteWriter } from '../util/index.ts';
import type { Aead } from './aead.ts';
import { openSealed, Sealer, sealedBytes, type EncryptionVersion } from './seal.ts';

const key = new Uint8Array(16).fill(7);
const noLabel = new Uint8Array(0);

/** Encrypts nothing, and its tag is all zero: what lies inside can be written down and read. */
const transparent: Aead = {
  seal: (_key, _nonce, plaintext) => Uint8Array.of(...plaintext, ...new Uint8Array(16)),
  open: (_key, _nonce, ciphertextAndTag) => ciphertextAndTag.slice(0, -16),
};

function sealed(version: EncryptionVersion, plaintext: Uint8Array): Uint8Array {
  return Uint8Array.of(version, ...new Uint8Array(12), ...plaintext, ...new Uint8Array(16));
}

test('padding longer than a block is refused, however consistent it is', () => {
  for (let paddingBytes = 1; paddingBytes <= 255; paddingBytes += 1) {
    // A message of seven bytes or more, filled up to whole blocks.
    const length = 16 * Math.ceil((7 + paddingBytes) / 16);
    const padded = new Uint8Array(length).fill(1, 0, length - paddingBytes).fill(paddingBytes, length - paddingBytes);
    const opened = openSealed(transparent, [key], sealed(0, padded), noLabel);
    if (paddingBytes <= 16) expect(opened).toEqual(padded.subarray(0, length - paddingBytes));
    else expect(opened, `${paddingBytes} bytes`).toBe('encryption-padding');
  }
});

test('an AEAD that makes a plaintext longer or shorter breaks an invariant', () => {
  for (const change of [-1, 1]) {
    const wrong: Aead = { ...transparent, open: (_key, _nonce, bytes) => new Uint8Array(bytes.length - 16 + change) };
    expect(() => openSealed(wrong, [key], sealed(1, new Uint8Array(20)), noLabel)).toThrow('as long as its ciphertext');
  }
});

test('what is sealed is as long as was said before, and opens to the same', () => {
  for (const version of [0, 1] as const) {
    for (const length of [0, 1, 15, 16, 17, 300]) {
      const plaintext = new Uint8Array(length).map((_, index) => index);
      const writer = new ByteWriter();
      new Sealer(transparent, version, () => undefined).seal(writer, key, plaintext, noLabel);
      expect(writer.length).toBe(sealedBytes(version, length));
      expect(openSealed(transparent, [key], writer.copy(), noLabel)).toEqual(plaintext);
    }
  }
});
