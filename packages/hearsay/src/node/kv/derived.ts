import { checkText } from '../check-options.ts';
import { ClusterError } from '../../util/index.ts';
import type { KvWrite } from './kv-write.ts';
import type { KvNodes, KvOwn } from './owned.ts';
import type { KvShared } from './shared.ts';

/** The sum of what the members say. */
export interface KvSum {
  readonly sum: number;
  /** How many members have said something. */
  readonly nodes: number;
}

/**
 * Adds up the numbers that all members keep under an owned key, or under all keys with a prefix when `keys` ends with `*`.
 * What is no number does not count.
 */
export function sumOf(nodes: KvNodes, keys: string): KvSum {
  checkText('keys', keys);
  const isPrefix = keys.endsWith('*');
  let sum = 0;
  let count = 0;
  for (const node of nodes) {
    const values = isPrefix ? [...node.list(keys.slice(0, -1))].map(({ value }) => value) : [node.get(keys)];
    const numbers = values.filter((value) => typeof value === 'number');
    if (numbers.length === 0) continue;
    count += 1;
    for (const number of numbers) sum += number;
  }
  return { sum, nodes: count };
}

/**
 * A number that all members add to and subtract from, without asking one another: each keeps how much it has added and
 * subtracted, under an owned key, and who reads adds all of them.
 *
 * What a member has counted goes when the member is reaped, or starts again without its stored state. Not for quotas, ids
 * or money.
 */
export class KvCounter {
  readonly #key: string;
  readonly #own: KvOwn;
  readonly #nodes: KvNodes;

  /** @internal Made by `cluster.kv.counter()`. */
  constructor(name: string, own: KvOwn, nodes: KvNodes) {
    this.#key = `${counterPrefix}${name}`;
    this.#own = own;
    this.#nodes = nodes;
  }

  /** What has come here so far. */
  get value(): number {
    let value = 0;
    for (const node of this.#nodes) {
      const { plus, minus } = pairOf(node.get(this.#key));
      value += plus - minus;
    }
    return value;
  }

  /**
   * Adds to it; a negative number subtracts.
   *
   * @throws {@link ClusterError} `ERR_KV_VALUE` when `by` is no finite number, and as `kv.own.set`
   */
  async add(by: number = 1): Promise<KvWrite> {
    if (!Number.isFinite(by)) throw new ClusterError('ERR_KV_VALUE', `cannot add ${by} to "${this.#key}"`);
    const { plus, minus } = pairOf(this.#own.get(this.#key));
    return this.#own.set(this.#key, by >= 0 ? [plus + by, minus] : [plus, minus - by]);
  }
}

/** A set of texts that all members add to and delete from: a shared key for each element. */
export class KvSet {
  readonly #prefix: string;
  readonly #shared: KvShared;

  /** @internal Made by `cluster.kv.set()`. */
  constructor(name: string, shared: KvShared) {
    this.#prefix = `${name}/`;
    this.#shared = shared;
  }

  /** How many elements have come here. Looks at each of them. */
  get size(): number {
    let size = 0;
    for (const _ of this) size += 1;
    return size;
  }

  has(element: string): boolean {
    return this.#shared.has(this.#prefix + element);
  }

  /** @throws {@link ClusterError} as `kv.shared.put` */
  add(element: string): Promise<KvWrite> {
    checkText('element', element);
    return this.#shared.put(this.#prefix + element, true);
  }

  /** @throws {@link ClusterError} as `kv.shared.delete` */
  delete(element: string): Promise<KvWrite> {
    checkText('element', element);
    return this.#shared.delete(this.#prefix + element);
  }

  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (const { key } of this.#shared.list(this.#prefix)) yield key.slice(this.#prefix.length);
  }
}

const counterPrefix = 'counter/';

function pairOf(value: unknown): { readonly plus: number; readonly minus: number } {
  const [plus, minus] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return { plus: numberOf(plus), minus: numberOf(minus) };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
