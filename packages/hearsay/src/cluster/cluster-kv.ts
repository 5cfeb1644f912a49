import type {
  Dot,
  Kv,
  KvState,
  KvStats,
  KvWhere,
  KvWrite,
  OwnedEntry,
  PutOptions,
  SharedEntry,
  SharedPutOptions,
  Watch,
  WatchFilter,
} from '../kv/index.ts';

/** How much gossiped state a node keeps. */
export interface KvFill {
  readonly sharedKeys: number;
  readonly sharedBytes: number;
  /** Deletions that are remembered. */
  readonly sharedTombstones: number;
  /** Keys that members own, of all members together. */
  readonly ownedKeys: number;
  readonly telemetryKeys: number;
}

/** One step of the node, which is refused unless the node takes part. */
export type RunStep = <Result>(nowMs: number, command: () => Result) => Result;

/**
 * The state that the members gossip, as `ClusterNode.kv` hands it out: each command is a step and takes the time first,
 * reading takes none.
 *
 * Values are bytes. Those that are given are given away, those that are read are the core's own: nobody may change them.
 */
export class ClusterKv {
  readonly #kv: Kv;
  readonly #run: RunStep;

  /** @internal */
  constructor(kv: Kv, run: RunStep) {
    this.#kv = kv;
    this.#run = run;
  }

  /** All lanes, to be read. */
  get state(): KvState {
    return this.#kv.state;
  }

  /** Counters, and a few values of the moment. */
  get stats(): KvStats {
    return this.#kv.stats;
  }

  /** How much is kept of all members. Counts the keys of the owned lanes. */
  get fill(): KvFill {
    const { shared, owned, telemetry } = this.#kv.state;
    const { keyCount, bytes, tombstoneCount } = shared.fill;
    return {
      sharedKeys: keyCount,
      sharedBytes: bytes,
      sharedTombstones: tombstoneCount,
      ownedKeys: keysOf(owned),
      telemetryKeys: keysOf(telemetry),
    };
  }

  /** How many bytes of state this node may send in a second, in packets. */
  get bytesPerSecondMax(): number {
    return this.#kv.gossip.bytesPerSecond;
  }

  /** How long the oldest write of this node has waited to be seen by any other; 0 when none waits. */
  get lagMs(): number {
    return this.#kv.lagMs;
  }

  /** Whether writes are passed on as fast as they come. */
  get isReady(): boolean {
    return this.#kv.isReady;
  }

  /** The live members that take part, this one included. */
  get capableNames(): readonly string[] {
    return this.#kv.capableNames();
  }

  // The shared map.

  /** @throws `ClusterError` `ERR_KV_…` with the number and the limit; `ERR_STATE` unless the node takes part */
  put(nowMs: number, key: string, value: Uint8Array, options: SharedPutOptions = {}): KvWrite<SharedEntry> {
    return this.#run(nowMs, () => this.#kv.put(key, value, options));
  }

  /** Undefined when there was nothing to delete. */
  delete(
    nowMs: number,
    key: string,
    options: Pick<SharedPutOptions, 'track' | 'mustQueue'> = {},
  ): KvWrite<SharedEntry> | undefined {
    return this.#run(nowMs, () => this.#kv.delete(key, options));
  }

  get(key: string): SharedEntry | undefined {
    return this.#kv.state.shared.get(key);
  }

  list(prefix: string = ''): Generator<SharedEntry> {
    return this.#kv.state.shared.list(prefix);
  }

  /** The node that wrote the entry, when that is known. */
  authorOf(dot: Dot): string | undefined {
    return this.#kv.state.shared.authorOf(dot);
  }

  /** Asks the others who of them has what the key shows here. The answers come over the next seconds. */
  where(nowMs: number, key: string): KvWhere | undefined {
    return this.#run(nowMs, () => this.#kv.where(key));
  }

  // Keys that each node owns.

  setOwn(nowMs: number, key: string, value: Uint8Array, options: PutOptions = {}): KvWrite<OwnedEntry> {
    return this.#run(nowMs, () => this.#kv.setOwn(key, value, options));
  }

  deleteOwn(nowMs: number, key: string, options: Pick<PutOptions, 'track'> = {}): KvWrite<OwnedEntry> | undefined {
    return this.#run(nowMs, () => this.#kv.deleteOwn(key, options));
  }

  getOwned(node: string, key: string): OwnedEntry | undefined {
    return this.#kv.state.owned.get(node, key);
  }

  listOwned(node: string): Generator<OwnedEntry> {
    return this.#kv.state.owned.list(node);
  }

  // Telemetry.

  setTelemetry(nowMs: number, key: string, value: Uint8Array, options: PutOptions = {}): KvWrite<OwnedEntry> {
    return this.#run(nowMs, () => this.#kv.setTelemetry(key, value, options));
  }

  deleteTelemetry(nowMs: number, key: string): KvWrite<OwnedEntry> | undefined {
    return this.#run(nowMs, () => this.#kv.deleteTelemetry(key));
  }

  // Changes.

  /** The present state, then changes. `onReady` is called at the end of a step and must not enter the node. */
  watch(filter: WatchFilter, onReady: () => void): Watch {
    return this.#kv.state.watch(filter, onReady);
  }

  /** Calls back, at the end of a step, when what waits has been passed on; at once when nothing waits. */
  whenDrained(callback: () => void): void {
    this.#kv.whenDrained(callback);
  }
}

function keysOf(lane: KvState['owned']): number {
  let count = 0;
  for (const node of lane.nodes()) for (const _ of lane.list(node)) count += 1;
  return count;
}
