import type { SharedEntry } from '../../cluster/index.ts';
import { checkFunction, checkText } from '../check-options.ts';
import { write, type KvAccess } from './access.ts';
import { checkSharedPut } from './check.ts';
import type { KvSharedPutOptions, KvTrackedWrite, KvWrite } from './kv-write.ts';
import type { KvEntry } from './types.ts';

/** How a shared key is deleted. */
export type KvSharedDeleteOptions = Pick<KvSharedPutOptions, 'track' | 'mustQueue'>;

type Tracked = { readonly track: true };

/**
 * The map that all members write and read. Every member has all of it in memory: reading waits for nothing and is never
 * the work of another member, and it shows what has come here so far.
 *
 * Of two writes to a key the later one stays, by their authors' clocks; the members agree on which, and the author of the
 * other is told (`kv-overwritten`). There is no order between keys.
 */
export class KvShared {
  readonly #access: KvAccess;

  /** @internal */
  constructor(access: KvAccess) {
    this.#access = access;
  }

  /** The value that has come here last; undefined when there is none, or its definition hides it. */
  get<Value = unknown>(key: string): Value | undefined {
    return this.entry<Value>(key)?.value;
  }

  has(key: string): boolean {
    return this.entry(key) !== undefined;
  }

  /** The value with its author and instant. */
  entry<Value = unknown>(key: string): KvEntry<Value> | undefined {
    checkText('key', key);
    const entry = this.#access.kv.get(key);
    return entry && this.#show<Value>(entry);
  }

  /** All keys that begin so, in no order. */
  *list<Value = unknown>(prefix: string = ''): Generator<KvEntry<Value>, void, undefined> {
    checkText('prefix', prefix);
    for (const entry of this.#access.kv.list(prefix)) {
      const shown = this.#show<Value>(entry);
      if (shown !== undefined) yield shown;
    }
  }

  /**
   * Writes a value for all. It is valid here at once. A value that is there already is not written again.
   *
   * @throws {@link ClusterError} `ERR_KV_KEY`, `ERR_KV_VALUE`, `ERR_KV_VALUE_TOO_LARGE`, `ERR_KV_SCHEMA`, `ERR_KV_FULL`,
   *   `ERR_KV_RATE`, `ERR_KV_CLOCK_AHEAD`, `ERR_KV_BACKPRESSURE`, `ERR_STATE`; then nothing has happened
   */
  put(key: string, value: unknown, options: KvSharedPutOptions & Tracked): Promise<KvTrackedWrite>;
  put(key: string, value: unknown, options?: KvSharedPutOptions): Promise<KvWrite>;
  async put(key: string, value: unknown, options: KvSharedPutOptions = {}): Promise<KvWrite> {
    checkText('key', key);
    checkSharedPut(options);
    const bytes = this.#access.values.encode(key, value);
    return write(this.#access, key, this.#access.kv.get(key), options.track, (kv, nowMs) =>
      kv.put(nowMs, key, bytes, options),
    );
  }

  /**
   * Deletes a key for all, and it stays deleted: also for members that are away and come back with the old value.
   *
   * @throws {@link ClusterError} as {@link put}
   */
  delete(key: string, options: KvSharedDeleteOptions & Tracked): Promise<KvTrackedWrite>;
  delete(key: string, options?: KvSharedDeleteOptions): Promise<KvWrite>;
  async delete(key: string, options: KvSharedDeleteOptions = {}): Promise<KvWrite> {
    checkText('key', key);
    checkSharedPut(options);
    return write(this.#access, key, undefined, options.track, (kv, nowMs) => kv.delete(nowMs, key, options));
  }

  /**
   * **Two nodes may both succeed, and the result of one is lost: do not use this for locks, leaders, quotas or unique
   * ids.** It reads the value that has come here so far, lets `change` make another of it, and writes that; no other
   * member is asked. Whose result is lost is told by `kv-overwritten`, and by {@link KvTrackedWrite.settled}.
   *
   * `change` must not wait for anything. It gets undefined when the key has no value.
   *
   * @throws {@link ClusterError} as {@link put}, and what `change` throws
   */
  update<Value = unknown>(
    key: string,
    change: (value: Value | undefined) => unknown,
    options: KvSharedPutOptions & Tracked,
  ): Promise<KvTrackedWrite>;
  update<Value = unknown>(
    key: string,
    change: (value: Value | undefined) => unknown,
    options?: KvSharedPutOptions,
  ): Promise<KvWrite>;
  async update<Value = unknown>(
    key: string,
    change: (value: Value | undefined) => unknown,
    options: KvSharedPutOptions = {},
  ): Promise<KvWrite> {
    checkFunction('change', change);
    return this.put(key, change(this.get<Value>(key)), options);
  }

  #show<Value>(entry: SharedEntry): KvEntry<Value> | undefined {
    return this.#access.values.show<Value>({ entry, owner: undefined });
  }
}
