import type { KvState, OwnedEntry } from '../../cluster/index.ts';
import { checkText } from '../check-options.ts';
import { write, type KvAccess } from './access.ts';
import { checkPut } from './check.ts';
import type { KvPutOptions, KvTrackedWrite, KvWrite } from './kv-write.ts';
import type { KvEntry } from './types.ts';

type OwnedLaneName = 'owned' | 'telemetry';
type Tracked = { readonly track: true };

/** The keys of one member, which only that member writes. */
export class KvNode {
  /** Whose keys they are. */
  readonly name: string;
  readonly #access: KvAccess;
  readonly #lane: OwnedLaneName;

  /** @internal */
  constructor(name: string, access: KvAccess, lane: OwnedLaneName) {
    this.name = name;
    this.#access = access;
    this.#lane = lane;
  }

  /** The value that has come here last; undefined when there is none, or its definition hides it. */
  get<Value = unknown>(key: string): Value | undefined {
    return this.entry<Value>(key)?.value;
  }

  has(key: string): boolean {
    return this.entry(key) !== undefined;
  }

  /** The value and what is known of it. */
  entry<Value = unknown>(key: string): KvEntry<Value> | undefined {
    checkText('key', key);
    const entry = this.#state.get(this.name, key);
    return entry && this.#show<Value>(entry);
  }

  /** All keys that begin so, in no order. */
  *list<Value = unknown>(prefix: string = ''): Generator<KvEntry<Value>, void, undefined> {
    checkText('prefix', prefix);
    for (const entry of this.#state.list(this.name)) {
      const shown = entry.key.startsWith(prefix) ? this.#show<Value>(entry) : undefined;
      if (shown !== undefined) yield shown;
    }
  }

  get #state(): KvState['owned'] {
    return this.#access.kv.state[this.#lane];
  }

  #show<Value>(entry: OwnedEntry): KvEntry<Value> | undefined {
    return this.#access.values.show<Value>({ entry, owner: this.name });
  }
}

/**
 * The keys that this member writes for itself: its version, its load, what it can do. All members read them, in
 * {@link KvNodes}; nobody else writes them, so there are no conflicts and no clocks. They are gone some time after the
 * member is.
 */
export class KvOwn {
  readonly #keys: KvNode;
  readonly #access: KvAccess;
  readonly #lane: OwnedLaneName;

  /** @internal */
  constructor(name: string, access: KvAccess, lane: OwnedLaneName) {
    this.#keys = new KvNode(name, access, lane);
    this.#access = access;
    this.#lane = lane;
  }

  /** What this member has written; undefined when there is nothing. */
  get<Value = unknown>(key: string): Value | undefined {
    return this.#keys.get<Value>(key);
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The value and what is known of it. */
  entry<Value = unknown>(key: string): KvEntry<Value> | undefined {
    return this.#keys.entry<Value>(key);
  }

  /** All own keys that begin so, in no order. */
  list<Value = unknown>(prefix: string = ''): Generator<KvEntry<Value>, void, undefined> {
    return this.#keys.list<Value>(prefix);
  }

  /**
   * Writes a key of this member. A value that is there already is not written again.
   *
   * @throws {@link ClusterError} `ERR_KV_KEY`, `ERR_KV_VALUE`, `ERR_KV_SCHEMA`, `ERR_KV_OWNED_FULL`, `ERR_STATE`; then
   *   nothing has happened
   */
  set(key: string, value: unknown, options: KvPutOptions & Tracked): Promise<KvTrackedWrite>;
  set(key: string, value: unknown, options?: KvPutOptions): Promise<KvWrite>;
  async set(key: string, value: unknown, options: KvPutOptions = {}): Promise<KvWrite> {
    checkText('key', key);
    checkPut(options);
    const bytes = this.#access.values.encode(key, value);
    const before = this.#access.kv.state[this.#lane].get(this.#keys.name, key);
    return write(this.#access, key, before, options.track, (kv, nowMs) =>
      this.#lane === 'owned' ? kv.setOwn(nowMs, key, bytes, options) : kv.setTelemetry(nowMs, key, bytes, options),
    );
  }

  /**
   * Deletes a key of this member.
   *
   * @throws {@link ClusterError} `ERR_STATE`
   */
  delete(key: string, options: Pick<KvPutOptions, 'track'> & Tracked): Promise<KvTrackedWrite>;
  delete(key: string, options?: Pick<KvPutOptions, 'track'>): Promise<KvWrite>;
  async delete(key: string, options: Pick<KvPutOptions, 'track'> = {}): Promise<KvWrite> {
    checkText('key', key);
    checkPut(options);
    return write(this.#access, key, undefined, options.track, (kv, nowMs) =>
      this.#lane === 'owned' ? kv.deleteOwn(nowMs, key, options) : kv.deleteTelemetry(nowMs, key),
    );
  }
}

/** The owned keys of all members, this one included, as far as they have come here. */
export class KvNodes {
  readonly #access: KvAccess;
  readonly #lane: OwnedLaneName;

  /** @internal */
  constructor(access: KvAccess, lane: OwnedLaneName) {
    this.#access = access;
    this.#lane = lane;
  }

  /** The keys of a member; undefined when it has none here. */
  get(name: string): KvNode | undefined {
    checkText('name', name);
    return this.#hasKeys(name) ? new KvNode(name, this.#access, this.#lane) : undefined;
  }

  /** Who has keys. */
  *names(): Generator<string, void, undefined> {
    for (const name of this.#access.kv.state[this.#lane].nodes()) if (this.#hasKeys(name)) yield name;
  }

  /** Each member's keys. */
  *[Symbol.iterator](): Generator<KvNode, void, undefined> {
    for (const name of this.names()) yield new KvNode(name, this.#access, this.#lane);
  }

  #hasKeys(name: string): boolean {
    return this.#access.kv.state[this.#lane].list(name).next().done === false;
  }
}
