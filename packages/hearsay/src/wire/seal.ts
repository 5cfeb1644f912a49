import { assert, type ByteWriter } from '../util/index.ts';
import type { Aead } from './aead.ts';
import type { WireFailure } from './wire-failure.ts';

// An encrypted message is: version, nonce, ciphertext, tag. Version 0 pads the plaintext as PKCS#7 does.

/** 0 for protocol version 1, else 1. A receiver takes both. */
export type EncryptionVersion = 0 | 1;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/** What sealing adds at most: version 0 pads by 1 to 16 bytes. */
export function sealOverheadBytes(version: EncryptionVersion): number {
  return HEADER_BYTES + TAG_BYTES + (version === 0 ? BLOCK_BYTES : 0);
}

/** How long `plaintextBytes` become. */
export function sealedBytes(version: EncryptionVersion, plaintextBytes: number): number {
  const paddingBytes = version === 0 ? BLOCK_BYTES - (plaintextBytes % BLOCK_BYTES) : 0;
  return HEADER_BYTES + plaintextBytes + paddingBytes + TAG_BYTES;
}

/** Seals what goes out, with the first of the keys. */
export class Sealer {
  readonly #aead: Aead;
  readonly #version: EncryptionVersion;
  readonly #fillRandom: (target: Uint8Array) => void;
  readonly #nonce: Uint8Array = new Uint8Array(NONCE_BYTES);

  /** `fillRandom` must be a cryptographic source: a nonce that comes twice gives the key away. */
  constructor(aead: Aead, version: EncryptionVersion, fillRandom: (target: Uint8Array) => void) {
    this.#aead = aead;
    this.#version = version;
    this.#fillRandom = fillRandom;
  }

  seal(writer: ByteWriter, key: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): void {
    this.#fillRandom(this.#nonce);
    writer.u8(this.#version);
    writer.write(this.#nonce);
    const padded = this.#version === 0 ? pad(plaintext) : plaintext;
    writer.write(this.#aead.seal(key, this.#nonce, padded, additionalData));
  }
}

/** Opens with whichever of `keys` fits; the plaintext may be empty. */
export function openSealed(
  aead: Aead,
  keys: readonly Uint8Array[],
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | WireFailure {
  if (sealed.length === 0) return 'encryption-short';
  const version = sealed[0]!;
  if (version !== 0 && version !== 1) return 'encryption-version';
  if (sealed.length < sealOverheadBytes(version)) return 'encryption-short';
  const nonce = sealed.subarray(1, HEADER_BYTES);
  const ciphertext = sealed.subarray(HEADER_BYTES);
  for (const key of keys) {
    const plaintext = aead.open(key, nonce, ciphertext, additionalData);
    if (plaintext === undefined) continue;
    assert(plaintext.length === ciphertext.length - TAG_BYTES, 'a plaintext is as long as its ciphertext');
    return version === 0 ? unpad(plaintext) : plaintext;
  }
  return 'encryption-key';
}

function pad(plaintext: Uint8Array): Uint8Array {
  const paddingBytes = BLOCK_BYTES - (plaintext.length % BLOCK_BYTES);
  const padded = new Uint8Array(plaintext.length + paddingBytes).fill(paddingBytes, plaintext.length);
  padded.set(plaintext);
  return padded;
}

/**
 * The version byte is not authenticated, so anyone on the path can make a genuine packet of version 1 arrive as
 * version 0; what is then taken for padding is the message's end. Go trusts it, and can be crashed. We check all of it.
 */
function unpad(padded: Uint8Array): Uint8Array | WireFailure {
  const length = padded.length;
  const paddingBytes = length > 0 ? padded[length - 1]! : 0;
  if (length % BLOCK_BYTES !== 0 || paddingBytes < 1 || paddingBytes > BLOCK_BYTES) return 'encryption-padding';
  for (let index = length - paddingBytes; index < length; index += 1) {
    if (padded[index] !== paddingBytes) return 'encryption-padding';
  }
  return padded.subarray(0, length - paddingBytes);
}
