import type { ClusterKv, KvClusterEvent, KvFill, KvStats } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { unlessAborted } from '../calls.ts';
import { checkText } from '../check-options.ts';
import type { Commands } from '../commands.ts';
import type { Logger } from '../logger.ts';
import type { KvAccess } from './access.ts';
import { Bridge } from './bridge.ts';
import { checkDefinition, checkWatch } from './check.ts';
import type { KvDefinition } from './definitions.ts';
import { KvCounter, KvSet, sumOf, type KvSum } from './derived.ts';
import { toNews, type KvNewsEvent } from './events.ts';
import { KvWatch, type KvWatchOptions } from './kv-watch.ts';
import { KvNodes, KvOwn } from './owned.ts';
import { ReceiptWait, type KvSeen, type KvSeenOptions } from './receipt-wait.ts';
import { KvShared } from './shared.ts';
import type { KvEntry } from './types.ts';
import { Values } from './values.ts';

/** @internal What a {@link ClusterState} is made of. */
export interface ClusterStateParts {
  readonly name: string;
  readonly kv: ClusterKv;
  readonly commands: Commands;
  readonly logger: Logger;
  readonly bridge: { readonly prefixes: readonly string[] } | undefined;
  readonly stored: (() => Promise<void>) | undefined;
}

/** Who has what a shared key shows here. */
export interface KvWhereabouts extends KvSeen {
  readonly entry: KvEntry | undefined;
  readonly author: string | undefined;
}

/**
 * State that the members gossip: `cluster.kv`. Each member has all of it in memory, so reading waits for nothing.
 *
 * It is eventual: other members see the old value for a while, about two seconds in a large cluster on a healthy network,
 * and for as long as a partition lasts. Nothing here is for locks, leaders, unique ids, quotas or money.
 */
export class ClusterState {
  /** Keys that this member writes for itself. */
  readonly own: KvOwn;
  /** The owned keys of all members. */
  readonly nodes: KvNodes;
  /** The map that all members write. */
  readonly shared: KvShared;
  /** @internal As `own` and `nodes`: for numbers, which spread slower. */
  readonly telemetry: { readonly own: KvOwn; readonly nodes: KvNodes };
  readonly #kv: ClusterKv;
  readonly #values: Values;
  readonly #commands: Commands;
  readonly #bridge: Bridge | undefined;
  readonly #watches: Set<KvWatch<never>> = new Set();
  /** One for all that wait. */
  #drained: Promise<void> | undefined;

  /** @internal */
  constructor(parts: ClusterStateParts) {
    const { name, kv, commands, logger, bridge, stored } = parts;
    this.#kv = kv;
    this.#values = new Values(kv);
    this.#commands = commands;
    const access: KvAccess = { kv, values: this.#values, commands, stored };
    this.shared = new KvShared(access);
    this.own = new KvOwn(name, access, 'owned');
    this.nodes = new KvNodes(access, 'owned');
    this.telemetry = { own: new KvOwn(name, access, 'telemetry'), nodes: new KvNodes(access, 'telemetry') };
    this.#bridge = bridge && new Bridge({ kv, commands, logger, prefixes: bridge.prefixes });
  }

  /** @internal The bytes of a value that is about to be written to the shared map. */
  encode(key: string, value: unknown): Uint8Array {
    return this.#values.encode(key, value);
  }

  /**
   * Says what the values of some keys are. `pattern` is a key, or the beginning of keys with `*` after it; the longest
   * pattern counts. To be said before the keys are used, and by each member for itself.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`, also when the pattern is defined in another way already;
   *   `ERR_KV_SCHEMA_ASYNC` when the schema answers with a promise
   */
  define<Input = unknown, Output = Input>(pattern: string, definition: KvDefinition<Input, Output>): void {
    checkText('pattern', pattern);
    checkDefinition(definition as KvDefinition);
    this.#values.define(pattern, definition as KvDefinition);
  }

  /**
   * Follows keys, from now on: as an async iterator that a slow reader cannot make long.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`, `ERR_STATE`
   */
  watch<Value = unknown>(options: KvWatchOptions = {}): KvWatch<Value> {
    void this.#commands.node;
    checkWatch(options);
    const watch = new KvWatch<Value>(this.#kv, this.#values, options, (ended) => void this.#watches.delete(ended));
    if (options.signal?.aborted !== true) this.#watches.add(watch as unknown as KvWatch<never>);
    return watch;
  }

  /** The sum of the numbers that all members keep under an owned key, or under all that begin so when it ends with `*`. */
  sum(keys: string): KvSum {
    return sumOf(this.nodes, keys);
  }

  /** A number that all members add to. */
  counter(name: string): KvCounter {
    checkText('name', name);
    return new KvCounter(name, this.own, this.nodes);
  }

  /** A set of texts that all members add to and delete from. */
  set(name: string): KvSet {
    checkText('name', name);
    return new KvSet(name, this.shared);
  }

  /** Comes when writes are passed on as fast as they are made: at once, mostly. Wait for it in a loop of many writes. */
  async ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#kv.isReady) return;
    this.#drained ??= new Promise((resolve) => {
      this.#kv.whenDrained(() => {
        this.#drained = undefined;
        resolve();
      });
    });
    const drained = this.#drained;
    await this.#commands.call('ready', options, (signal) => unlessAborted(drained, signal));
  }

  /** For how long the oldest write of this member has waited to be seen by another, in milliseconds. A measure of health. */
  lag(): number {
    return this.#kv.lagMs;
  }

  /** Counters, and a few values of the moment. */
  get stats(): KvStats {
    return this.#kv.stats;
  }

  /** Whether writes are passed on as fast as they come; see {@link ClusterState.ready}. */
  get isReady(): boolean {
    return this.#kv.isReady;
  }

  /** How much is kept here, of all members together. */
  get fill(): KvFill {
    return this.#kv.fill;
  }

  /** How many bytes of state this member may send in a second, in packets. */
  get bytesPerSecondMax(): number {
    return this.#kv.bytesPerSecondMax;
  }

  /** The live members that take part, this one included, sorted. Others are sent nothing and show nothing. */
  capable(): readonly string[] {
    return this.#kv.capableNames;
  }

  /**
   * Asks who has what a shared key shows here; undefined when it shows nothing.
   *
   * @throws {@link ClusterError} `ERR_QUEUE_FULL` when 8 writes are followed already, `ERR_CONFIG`, `ERR_STATE`
   */
  async where(key: string, options: KvSeenOptions = {}): Promise<KvWhereabouts | undefined> {
    checkText('key', key);
    const found = this.#commands.run((_, nowMs) => this.#kv.where(nowMs, key));
    if (found === undefined) return undefined;
    if (found.receipt === undefined) {
      throw new ClusterError(
        'ERR_QUEUE_FULL',
        `8 writes are followed already, which is the limit: ask for "${key}" later`,
      );
    }
    const wait = new ReceiptWait(found.receipt, this.#commands);
    try {
      const seen = await wait.seenBy(options);
      const item = { entry: found.entry, owner: undefined };
      return { ...seen, author: found.author, entry: this.#values.show(item) };
    } finally {
      wait.close();
    }
  }

  /** @internal As users see an event of the state layer; undefined for one that is none of theirs. */
  toNews(event: KvClusterEvent): KvNewsEvent | undefined {
    return toNews(event, this.#values);
  }

  /** @internal The cluster is closed: nothing changes any more. */
  close(): void {
    for (const watch of [...this.#watches]) watch.end();
    this.#bridge?.close();
    this.#values.close();
  }
}
