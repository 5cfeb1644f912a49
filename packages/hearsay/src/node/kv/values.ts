import type { ClusterKv, EntryBase, KvChange, KvItem, Watch } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { frozen } from './codec.ts';
import { asyncSchemaError, Definitions, isPromise, type KvDefinition } from './definitions.ts';
import { describeIssues, type StandardSchema } from './standard-schema.ts';
import { idOf, laneName, stampOf, type KvEntry } from './types.ts';

/** What an entry says, or why it says nothing that the key's definition lets through. */
export type Reading =
  | { readonly isValid: true; readonly value: unknown }
  | {
      readonly isValid: false;
      readonly reason: string;
      /** Decoded, if that could be done, else the bytes. */
      readonly raw: unknown;
      /** The program's own mistake, to be thrown at it. */
      readonly misuse?: ClusterError;
    };

/**
 * Between bytes and values: encodes, decodes and checks as the keys are defined, each entry once. Remembers the last valid
 * value of keys that have an invalid one now.
 */
export class Values {
  readonly #kv: ClusterKv;
  readonly #definitions: Definitions = new Definitions();
  /** By entry, and so by dot: what an entry says never changes, unless definitions do. */
  #readings: WeakMap<EntryBase, Reading> = new WeakMap();
  readonly #lastValid: Map<string, EntryBase> = new Map();
  /** Follows all changes, for {@link #lastValid}. Undefined until a definition asks for it. */
  #changes: Watch | undefined;

  constructor(kv: ClusterKv) {
    this.#kv = kv;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG`, `ERR_KV_SCHEMA_ASYNC` */
  define(pattern: string, definition: KvDefinition): void {
    if (!this.#definitions.add(pattern, definition)) return;
    this.#readings = new WeakMap();
    if (!this.#definitions.wantsLastValid || this.#changes !== undefined) return;
    this.#changes = this.#kv.watch({}, this.#onChanges);
    this.#follow();
  }

  /**
   * The bytes of a value that is about to be written.
   *
   * @throws {@link ClusterError} `ERR_KV_VALUE` when it cannot be encoded, `ERR_KV_SCHEMA` when it does not fit,
   *   `ERR_KV_SCHEMA_ASYNC`
   */
  encode(key: string, value: unknown): Uint8Array {
    const { schema, codec } = this.#definitions.of(key);
    if (isPromise(value)) throw new ClusterError('ERR_KV_VALUE', `value of "${key}" is a promise: wait for it first`);
    if (schema !== undefined) {
      const result = validated(schema, value);
      if (isPromise(result)) throw asyncSchemaError(key, result);
      if (result.issues !== undefined) {
        const text = `value of "${key}" does not fit its schema: ${describeIssues(result.issues)}`;
        throw new ClusterError('ERR_KV_SCHEMA', text, { cause: result.issues });
      }
    }
    try {
      return codec.encode(value);
    } catch (error) {
      throw new ClusterError('ERR_KV_VALUE', `value of "${key}" cannot be encoded: ${textOf(error)}`, { cause: error });
    }
  }

  /** Never throws, whatever the entry holds and the schema does. */
  read(entry: EntryBase): Reading {
    const known = this.#readings.get(entry);
    if (known !== undefined) return known;
    const reading = this.#decode(entry);
    this.#readings.set(entry, reading);
    return reading;
  }

  /**
   * What readers see of an entry; undefined when its definition hides it.
   *
   * @throws {@link ClusterError} `ERR_KV_SCHEMA_ASYNC`
   */
  show<Value>(item: KvItem): KvEntry<Value> | undefined {
    this.#follow();
    const { entry } = item;
    const reading = this.read(entry);
    if (reading.isValid) return this.#view<Value>(item, entry, reading.value, undefined);
    if (reading.misuse !== undefined) throw reading.misuse;
    const { invalid } = this.#definitions.of(entry.key);
    if (invalid === 'raw') return this.#view<Value>(item, entry, reading.raw, reading.reason);
    const last = invalid === 'last-valid' ? this.#lastValid.get(idOf(entry, item.owner)) : undefined;
    const lastReading = last && this.read(last);
    if (last === undefined || lastReading?.isValid !== true) return undefined;
    return this.#view<Value>(item, last, lastReading.value, reading.reason);
  }

  /** The value that {@link show} shows, and undefined where that throws. */
  peek<Value>(item: KvItem): Value | undefined {
    const reading = this.read(item.entry);
    if (!reading.isValid && reading.misuse !== undefined) return undefined;
    return this.show<Value>(item)?.value;
  }

  /** Who wrote an entry, when that is known. */
  authorOf(entry: EntryBase, owner: string | undefined): string | undefined {
    return owner ?? this.#kv.authorOf(entry);
  }

  close(): void {
    this.#changes?.close();
  }

  #view<Value>({ owner }: KvItem, entry: EntryBase, value: unknown, invalid: string | undefined): KvEntry<Value> {
    const { lane, key, ttlMs } = entry;
    const author = this.authorOf(entry, owner);
    return { lane: laneName(lane), key, owner, value: value as Value, author, stamp: stampOf(entry), ttlMs, invalid };
  }

  #decode({ key, value }: EntryBase): Reading {
    const { schema, codec } = this.#definitions.of(key);
    let raw: unknown = Uint8Array.from(value);
    try {
      raw = codec.decode(raw as Uint8Array);
      if (schema === undefined) return { isValid: true, value: raw };
      const result = validated(schema, raw);
      if (isPromise(result)) {
        const misuse = asyncSchemaError(key, result);
        return { isValid: false, reason: misuse.message, raw, misuse };
      }
      if (result.issues !== undefined) return { isValid: false, reason: describeIssues(result.issues), raw };
      return { isValid: true, value: frozen(result.value) };
    } catch (error) {
      return { isValid: false, reason: textOf(error), raw };
    }
  }

  // The last valid values.

  /** Within a step: a schema of the user's must not run here. */
  readonly #onChanges = (): void => queueMicrotask(() => this.#follow());

  #follow(): void {
    const changes = this.#changes;
    if (changes === undefined) return;
    for (let batch = changes.take(); batch !== undefined; batch = changes.take()) {
      if (batch.type === 'snapshot') this.#restart(batch.items);
      if (batch.type === 'changes') for (const change of batch.changes) this.#followChange(change);
    }
  }

  /** After very many changes at once, only what was remembered before them is. */
  #restart(items: readonly KvItem[]): void {
    const isInvalid = (item: KvItem): boolean => !this.read(item.entry).isValid;
    const stillInvalid = new Set(items.filter(isInvalid).map(({ entry, owner }) => idOf(entry, owner)));
    for (const id of this.#lastValid.keys()) if (!stillInvalid.has(id)) this.#lastValid.delete(id);
  }

  #followChange(change: KvChange): void {
    const { type, entry, previous } = change;
    const { invalid } = this.#definitions.of(change.key);
    if (invalid !== 'last-valid') return;
    const id = idOf(change, change.owner);
    const isInvalid = type === 'put' && entry !== undefined && !this.read(entry).isValid;
    if (!isInvalid) this.#lastValid.delete(id);
    else if (previous !== undefined && this.read(previous).isValid) this.#lastValid.set(id, previous);
  }
}

/** A schema that throws finds the value unfit. */
function validated(schema: StandardSchema, value: unknown): ReturnType<StandardSchema['~standard']['validate']> {
  try {
    return schema['~standard'].validate(value);
  } catch (error) {
    return { issues: [{ message: textOf(error) }] };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
