import { ClusterError } from '../../util/index.ts';
import { checkChoice } from '../check-options.ts';
import { checkCodec, jsonCodec, type KvCodec } from './codec.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What is shown of a key whose value does not fit its schema, or cannot be decoded. */
export type KvInvalid =
  /** The last value that did fit; nothing when there was none since this member runs. */
  | 'last-valid'
  /** Nothing, as if the key had no value. */
  | 'hide'
  /** The value as it is: decoded if it can be, else its bytes. */
  | 'raw';

/** What the values of some keys are. */
export interface KvDefinition<Input = unknown, Output = Input> {
  /**
   * Checked when a value is written here, which throws, and when one that another member wrote is first read here. Never in
   * the merge: a member with an older schema still carries what it cannot read. Only schemas that answer at once.
   *
   * @defaultValue none: everything fits
   */
  readonly schema?: StandardSchema<Input, Output>;
  /** @defaultValue `last-valid` */
  readonly invalid?: KvInvalid;
  /** `json`, `bytes`, or one of your own. All members should use the same for a key. @defaultValue `json` */
  readonly codec?: 'json' | 'bytes' | KvCodec<Input>;
}

/** A definition, checked. */
export interface CheckedDefinition {
  readonly schema: StandardSchema | undefined;
  readonly invalid: KvInvalid;
  readonly codec: KvCodec;
}

/** For keys that nobody has defined: JSON, and what is none is not shown. */
const undefinedKeys: CheckedDefinition = { schema: undefined, invalid: 'hide', codec: jsonCodec };

/** Which definition a key has. A pattern is a key, or the beginning of keys with `*` after it; the longest one counts. */
export class Definitions {
  readonly #exact = new Map<string, CheckedDefinition>();
  /** Prefixes, the longest first. */
  #prefixes: readonly (readonly [prefix: string, definition: CheckedDefinition])[] = [];

  /** Whether something remembers what was shown before an invalid value. */
  get wantsLastValid(): boolean {
    const all = [...this.#exact.values(), ...this.#prefixes.map(([, definition]) => definition)];
    return all.some(({ invalid }) => invalid === 'last-valid');
  }

  /**
   * False when the pattern has that very definition.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`; `ERR_KV_SCHEMA_ASYNC` when the schema answers with a promise
   */
  add(pattern: string, definition: KvDefinition): boolean {
    const checked = checkDefinition(pattern, definition);
    const isPrefix = pattern.endsWith('*');
    const name = isPrefix ? pattern.slice(0, -1) : pattern;
    const known = isPrefix ? this.#prefixes.find(([prefix]) => prefix === name)?.[1] : this.#exact.get(name);
    if (known !== undefined) {
      if (isSame(known, checked)) return false;
      throw new ClusterError('ERR_CONFIG', `"${pattern}" is defined already, in another way`);
    }
    if (isPrefix) this.#prefixes = [...this.#prefixes, [name, checked] as const].toSorted(longerFirst);
    else this.#exact.set(name, checked);
    return true;
  }

  of(key: string): CheckedDefinition {
    const exact = this.#exact.get(key);
    if (exact !== undefined) return exact;
    return this.#prefixes.find(([prefix]) => key.startsWith(prefix))?.[1] ?? undefinedKeys;
  }
}

function checkDefinition(pattern: string, definition: KvDefinition): CheckedDefinition {
  if (pattern === '' || pattern.slice(0, -1).includes('*')) {
    throw new ClusterError('ERR_CONFIG', `pattern "${pattern}" is neither a key nor a prefix with * after it`);
  }
  const { schema, invalid = 'last-valid', codec } = definition;
  checkChoice('invalid', invalid, ['last-valid', 'hide', 'raw']);
  if (schema !== undefined) checkSchema(pattern, schema);
  return { schema, invalid, codec: checkCodec(codec) };
}

function checkSchema(pattern: string, schema: StandardSchema): void {
  const standard = (schema as Partial<StandardSchema>)['~standard'];
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    throw new ClusterError('ERR_CONFIG', `the schema of "${pattern}" is no Standard Schema of version 1`);
  }
  let answer: unknown;
  try {
    answer = standard.validate(undefined);
  } catch {
    // It may not like that; whether it answers at once is seen when it is used.
    return;
  }
  if (isPromise(answer)) throw asyncSchemaError(pattern, answer);
}

/** Nobody waits for `answer` any longer. */
export function asyncSchemaError(what: string, answer: Promise<unknown>): ClusterError {
  Promise.resolve(answer).catch(() => {});
  return new ClusterError(
    'ERR_KV_SCHEMA_ASYNC',
    `the schema of "${what}" answers with a promise; state is read at once, so it needs one that does not`,
  );
}

/** Whether somebody has forgotten to wait for it. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function isSame(a: CheckedDefinition, b: CheckedDefinition): boolean {
  return a.schema === b.schema && a.invalid === b.invalid && a.codec === b.codec;
}

function longerFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return b.length - a.length;
}
