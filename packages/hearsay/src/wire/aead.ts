/**
 * AES-GCM as two synchronous pure functions; the key's length (16, 24 or 32 bytes) chooses AES-128, -192 or -256.
 * The Node driver backs it with `node:crypto`. Injected, because the protocol layers touch no platform.
 */
export interface Aead {
  /** Ciphertext followed by the 16-byte tag. `nonce` is 12 bytes. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when the tag does not fit. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    ciphertextAndTag: Uint8Array,
    additionalData: Uint8Array,
  ): Uint8Array | undefined;
}

/** Where the sealing layer finds its keys; `swim`'s keyring is one. The first key is the primary. */
export interface KeySource {
  readonly keys: readonly Uint8Array[];
}
