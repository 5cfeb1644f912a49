import { ClusterError, copyBytes, isSameBytes } from '../util/index.ts';
import type { KeySource } from '../wire/index.ts';
import { swimLimits } from './limits.ts';

/**
 * The keys of an encrypted cluster. The first is the primary: it seals what is sent; all are tried on what arrives.
 * To rotate without a gap: add the new key everywhere, then use it everywhere, then remove the old one.
 *
 * A key has 16, 24 or 32 bytes, for AES-128, -192 or -256 (memberlist `Keyring`).
 */
export class Keyring implements KeySource {
  /** Replaced as a whole on every change, so that a reader's list stays as it was. */
  #keys: readonly Uint8Array[] = [];

  /**
   * Empty means that the cluster is not encrypted.
   *
   * @throws `ClusterError` `ERR_KEY_LENGTH`; `ERR_KEY` when there are too many
   */
  constructor(keys: readonly Uint8Array[] = [], primary: Uint8Array | undefined = keys[0]) {
    if (primary !== undefined) this.add(primary);
    for (const key of keys) this.add(key);
  }

  get keys(): readonly Uint8Array[] {
    return this.#keys;
  }

  /** What seals; undefined when the cluster is not encrypted. */
  get primary(): Uint8Array | undefined {
    return this.#keys[0];
  }

  /** Whether there is a key at all. */
  get isEnabled(): boolean {
    return this.#keys.length > 0;
  }

  has(key: Uint8Array): boolean {
    return this.#keys.some((known) => isSameBytes(known, key));
  }

  /**
   * Accepts what is sealed with `key` from now on. No effect when it is known; the first key becomes the primary.
   *
   * @throws `ClusterError` `ERR_KEY_LENGTH`; `ERR_KEY` when the keyring is full
   */
  add(key: Uint8Array): void {
    if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
      throw new ClusterError('ERR_KEY_LENGTH', `key is ${key.length} bytes, it must be 16, 24 or 32`);
    }
    if (this.has(key)) return;
    if (this.#keys.length >= swimLimits.keysMax) {
      throw new ClusterError('ERR_KEY', `keyring holds ${this.#keys.length} keys, the limit is ${swimLimits.keysMax}`);
    }
    this.#keys = [...this.#keys, copyBytes(key)];
  }

  /**
   * Makes a known key the primary.
   *
   * @throws `ClusterError` `ERR_KEY` when it is not known
   */
  use(key: Uint8Array): void {
    const known = this.#keys.find((candidate) => isSameBytes(candidate, key));
    if (known === undefined) throw new ClusterError('ERR_KEY', 'key is not in the keyring; add it first');
    this.#keys = [known, ...this.#keys.filter((candidate) => candidate !== known)];
  }

  /**
   * Refuses what is sealed with `key` from now on. No effect when it is not known.
   *
   * @throws `ClusterError` `ERR_KEY` when it is the primary
   */
  remove(key: Uint8Array): void {
    const { primary } = this;
    if (primary !== undefined && isSameBytes(primary, key)) {
      throw new ClusterError('ERR_KEY', 'the primary key cannot be removed; use another key first');
    }
    this.#keys = this.#keys.filter((known) => !isSameBytes(known, key));
  }
}
