import type { Keyring } from '../swim/index.ts';
import { toKey } from './options.ts';

/**
 * The encryption keys of this node alone; other nodes have their own. To change the cluster's key without a gap:
 * `install` the new one on all nodes, then `use` it on all, then `remove` the old one from all. In a Serf pool
 * {@link ClusterKeys} does each of these on all of them.
 *
 * Keys are bytes or base64, 16, 24 or 32 bytes long (`ERR_KEY_LENGTH`).
 */
export class LocalKeyring {
  readonly #keyring: () => Keyring;
  readonly #saveKeys: ((keys: readonly Uint8Array[]) => void) | undefined;

  /** @internal `saveKeys` is told of every change; what it throws is thrown. */
  constructor(keyring: () => Keyring, saveKeys: ((keys: readonly Uint8Array[]) => void) | undefined) {
    this.#keyring = keyring;
    this.#saveKeys = saveKeys;
  }

  /** Copies of all keys, the one that encrypts first. Empty when the cluster is not encrypted. */
  list(): readonly Uint8Array[] {
    return this.#keyring().keys.map((key) => Uint8Array.from(key));
  }

  /**
   * Accepts from now on what is encrypted with `key`. The first key of all also encrypts from now on.
   *
   * @throws {@link ClusterError} `ERR_KEY` when there are too many
   */
  install(key: Uint8Array | string): void {
    this.#keyring().add(toKey(key));
    this.#saveKeys?.(this.list());
  }

  /**
   * Encrypts with `key` from now on.
   *
   * @throws {@link ClusterError} `ERR_KEY` when it is not installed
   */
  use(key: Uint8Array | string): void {
    this.#keyring().use(toKey(key));
    this.#saveKeys?.(this.list());
  }

  /**
   * Refuses from now on what is encrypted with `key`.
   *
   * @throws {@link ClusterError} `ERR_KEY` when it is the one that encrypts
   */
  remove(key: Uint8Array | string): void {
    this.#keyring().remove(toKey(key));
    this.#saveKeys?.(this.list());
  }
}
