import type { KeysResult } from '../serf/index.ts';
import type { CallOptions } from './calls.ts';
import type { Begin, Commands } from './commands.ts';
import { toKey } from './options.ts';

/**
 * The encryption keys of all members of a Serf pool, changed from one of them. To change the key without a gap: `install`
 * the new one, then `use` it, then `remove` the old one, each only when the one before it has no `error`: a member that
 * did not answer may lack the key, and would be cut off by the next step.
 *
 * Keys are bytes or base64, 16, 24 or 32 bytes long. Each call waits until all have answered, or for the default timeout
 * of queries; give `timeoutMs` to wait for less. All of them reject with `ERR_UNSUPPORTED` in a plain pool.
 */
export class ClusterKeys {
  readonly #commands: Commands;

  /** @internal */
  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /**
   * Makes every member accept what is encrypted with `key`.
   *
   * @throws {@link ClusterError} `ERR_KEY_LENGTH`, `ERR_TIMEOUT`, `ERR_STATE`
   */
  async install(key: Uint8Array | string, options: CallOptions = {}): Promise<KeysResult> {
    const bytes = toKey(key);
    return this.#ask('installing a key', options, (node, nowMs) => node.installKey(nowMs, bytes));
  }

  /**
   * Makes every member encrypt with `key`.
   *
   * @throws {@link ClusterError} `ERR_KEY_LENGTH`, `ERR_TIMEOUT`, `ERR_STATE`
   */
  async use(key: Uint8Array | string, options: CallOptions = {}): Promise<KeysResult> {
    const bytes = toKey(key);
    return this.#ask('using a key', options, (node, nowMs) => node.useKey(nowMs, bytes));
  }

  /**
   * Makes every member refuse what is encrypted with `key`.
   *
   * @throws {@link ClusterError} `ERR_KEY_LENGTH`, `ERR_TIMEOUT`, `ERR_STATE`
   */
  async remove(key: Uint8Array | string, options: CallOptions = {}): Promise<KeysResult> {
    const bytes = toKey(key);
    return this.#ask('removing a key', options, (node, nowMs) => node.removeKey(nowMs, bytes));
  }

  /**
   * Which keys there are, in base64, and how many members have each.
   *
   * @throws {@link ClusterError} `ERR_TIMEOUT`, `ERR_STATE`
   */
  async list(options: CallOptions = {}): Promise<KeysResult> {
    return this.#ask('listing keys', options, (node, nowMs) => node.listKeys(nowMs));
  }

  async #ask(what: string, options: CallOptions, begin: Begin): Promise<KeysResult> {
    const done = await this.#commands.call(what, options, (signal) =>
      this.#commands.result<'keys-done'>(signal, begin),
    );
    return done.result;
  }
}
