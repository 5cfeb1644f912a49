import type { Member, MemberEvent } from '../swim/index.ts';
import { ClusterError, isSameBytes, type Address } from '../util/index.ts';
import { checkKvConfig, type KvConfig } from './config.ts';
import { Engine } from './engine/engine.ts';
import { isSameDot, type EntryBase, type OwnedEntry, type SharedEntry } from './entry.ts';
import { checkKvGossipConfig, type KvGossipConfig } from './gossip-config.ts';
import type { KvEnv, KvHost, KvOptions } from './host.ts';
import { restartState } from './journal/restart.ts';
import type { KvState } from './kv-state.ts';
import type { KvWhere, KvWrite, Receipt, WriteOutcome } from './receipt.ts';
import type { KvStats } from './stats.ts';

/** How a write is made. */
export interface PutOptions {
  /** How long it lives, in milliseconds; at most a year. @defaultValue for ever */
  readonly ttlMs?: number;
  /** Write it also when the value is there already. @defaultValue false */
  readonly touch?: boolean;
  /** Follow it through the cluster. @defaultValue false */
  readonly track?: boolean;
}

/** How a shared write is made. */
export interface SharedPutOptions extends PutOptions {
  /** Throw `ERR_KV_BACKPRESSURE` rather than write what could not be passed on at once. @defaultValue false */
  readonly mustQueue?: boolean;
}

/**
 * The state layer of one node, without I/O: keeps state, and spreads it among the members that take part, by rumors on
 * packets that go out anyway and by comparing with a few of them in each period.
 *
 * Stands beside membership: its owner passes on the hooks `hasBroadcasts`, `takeBroadcasts`, `onUserMessage` and
 * `onMemberEvent`, and sets the clock before it calls in. Reading is done in {@link state}, writing only here.
 */
export class Kv {
  readonly config: KvConfig;
  readonly gossip: KvGossipConfig;
  readonly state: KvState;
  readonly #engine: Engine;

  /** @throws {@link ClusterError} `ERR_CONFIG` */
  constructor(options: KvOptions, host: KvHost, env: KvEnv) {
    const { clock, rng, wallMs, persist } = env;
    const { state: saved, isCleanStop = false, atMs = Infinity } = options.saved ?? {};
    this.config = checkKvConfig(options.config);
    this.gossip = checkKvGossipConfig(options.gossip);
    const { config, gossip } = this;
    const emit = host.emit.bind(host);
    const { watcher } = host;
    const common = {
      config,
      clock,
      wallMs,
      emit,
      ...(persist !== undefined && { persist }),
      ...(watcher !== undefined && { onMerged: watcher.heard.bind(watcher) }),
    };
    this.state = restartState({ node: host.name, saved, isCleanStop }, common, rng.nextUint32() & 0xffff);
    const awayMs = saved === undefined ? 0 : Math.max(0, wallMs() - atMs);
    this.#engine = new Engine({ state: this.state, config, gossip, awayMs, host, env });
  }

  /** Begins to take part; also again after {@link stop}. */
  start(): void {
    this.#engine.start();
  }

  /** Ends every timer and session, and refuses writes from now on. The state stays. */
  stop(): void {
    this.#engine.stop();
  }

  // Writes.

  /**
   * Writes a value of the shared map. Do not change `value` afterwards.
   *
   * @throws {@link ClusterError} as `SharedLane.put`, `ERR_KV_BACKPRESSURE`, `ERR_STATE`; then nothing has happened
   */
  put(key: string, value: Uint8Array, options: SharedPutOptions = {}): KvWrite<SharedEntry> {
    this.#checkSharedWrite(options);
    const { shared } = this.state;
    const before = shared.get(key);
    return this.#written(shared.put(key, value, options), before, options);
  }

  /** Deletes a value of the shared map; `undefined` when there is none here. Throws as {@link put}. */
  delete(key: string, options: Pick<SharedPutOptions, 'track' | 'mustQueue'> = {}): KvWrite<SharedEntry> | undefined {
    this.#checkSharedWrite(options);
    const entry = this.state.shared.delete(key);
    return entry && this.#written(entry, undefined, options);
  }

  /**
   * Writes a key of this node, which all members read.
   *
   * @throws {@link ClusterError} as `OwnedLane.set`, and `ERR_STATE`; then nothing has happened
   */
  setOwn(key: string, value: Uint8Array, options: PutOptions = {}): KvWrite<OwnedEntry> {
    this.#checkRunning();
    const { owned, own } = this.state;
    const before = owned.get(own.node, key);
    return this.#written(owned.set(key, value, options), before, options);
  }

  /** Deletes a key of this node; `undefined` when it has no value. */
  deleteOwn(key: string, options: Pick<PutOptions, 'track'> = {}): KvWrite<OwnedEntry> | undefined {
    this.#checkRunning();
    const entry = this.state.owned.delete(key);
    return entry && this.#written(entry, undefined, options);
  }

  /**
   * Writes a key of this node's telemetry: never a rumor, so it spreads within some periods.
   *
   * @throws {@link ClusterError} as `OwnedLane.set`, and `ERR_STATE`; then nothing has happened
   */
  setTelemetry(key: string, value: Uint8Array, options: PutOptions = {}): KvWrite<OwnedEntry> {
    this.#checkRunning();
    const { telemetry, own } = this.state;
    const before = telemetry.get(own.node, key);
    const set = (): OwnedEntry => telemetry.set(key, value, options);
    try {
      return this.#written(set(), before, options);
    } catch (error) {
      const isFull = error instanceof ClusterError && error.code === 'ERR_KV_TELEMETRY_FULL';
      if (!isFull || !this.#engine.beacon.yieldRoom()) throw error;
      return this.#written(set(), before, options);
    }
  }

  /** Deletes a key of this node's telemetry; `undefined` when it has no value. */
  deleteTelemetry(key: string): KvWrite<OwnedEntry> | undefined {
    this.#checkRunning();
    const entry = this.state.telemetry.delete(key);
    return entry && this.#written(entry, undefined, {});
  }

  // What the cluster has of it.

  /** Asks who has what a shared key shows here; `undefined` when it has no value. Answers come over some seconds. */
  where(key: string): KvWhere | undefined {
    const { shared } = this.state;
    const entry = shared.get(key);
    return entry && { key, entry, author: shared.authorOf(entry), receipt: this.#track(entry) };
  }

  /** For how long the oldest write of this node in lanes 0 and 1 was seen by no other; 0 while nobody else takes part. */
  get lagMs(): number {
    return this.#engine.pressure.lagMs;
  }

  /** False while writes are made faster than they are passed on. */
  get isReady(): boolean {
    return this.#engine.pressure.isReady;
  }

  /** Calls back once {@link isReady}, at once if it is. */
  whenDrained(callback: () => void): void {
    this.#engine.pressure.whenDrained(callback);
  }

  /** Live members that take part, this one included, sorted. */
  capableNames(): readonly string[] {
    return this.#engine.roster.view.names;
  }

  /** Rumors that wait to be sent often enough. */
  get queuedCount(): number {
    return this.#engine.queuedCount;
  }

  get stats(): KvStats {
    return this.#engine.stats;
  }

  // Hooks.

  /** Whether rumors wait and may be sent now. */
  hasBroadcasts(): boolean {
    return this.#engine.hasBroadcasts();
  }

  /** As `Delegate.takeBroadcasts`. Nothing for a member that takes no part. */
  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    this.#engine.takeBroadcasts(to, overheadBytes, limitBytes, out);
  }

  /** False when the message is none of the state layer's. Who sent it, it says itself: streams come from any port. */
  onUserMessage(message: Uint8Array, _from: Address): boolean {
    return this.#engine.onUserMessage(message);
  }

  /** Membership has news. */
  onMemberEvent(event: MemberEvent): void {
    this.#engine.onMemberEvent(event);
  }

  #checkRunning(): void {
    if (this.#engine.isStopped) throw new ClusterError('ERR_STATE', 'nothing is written after the node has stopped');
  }

  #checkSharedWrite({ mustQueue }: SharedPutOptions): void {
    this.#checkRunning();
    this.#engine.disputes.assertClock();
    if (mustQueue !== true || this.#engine.pressure.isReady) return;
    const { rumorQueueMax, lagWarnMs } = this.gossip;
    throw new ClusterError(
      'ERR_KV_BACKPRESSURE',
      `${this.#engine.queuedCount} rumors wait, the limit is ${rumorQueueMax}; ` +
        `the oldest write has waited for ${Math.floor(this.lagMs)} ms, the limit is ${lagWarnMs} ms`,
    );
  }

  /** An equal value is not written again: then it is the entry from before. */
  #written<Entry extends SharedEntry | OwnedEntry>(
    entry: Entry,
    before: EntryBase | undefined,
    { track }: PutOptions,
  ): KvWrite<Entry> {
    if (entry !== before) this.#engine.spread(entry);
    return { entry, receipt: track === true ? this.#track(entry) : undefined };
  }

  #track(entry: SharedEntry | OwnedEntry): Receipt | undefined {
    return this.#engine.receipts.track(entry.lane, entry, () => this.#outcomeOf(entry));
  }

  #outcomeOf(entry: SharedEntry | OwnedEntry): WriteOutcome {
    const { shared, owned, telemetry, own } = this.state;
    const now =
      entry.lane === 0 ? shared.latest(entry.key) : (entry.lane === 1 ? owned : telemetry).get(own.node, entry.key);
    if (now === undefined) return entry.kind === 'del' ? 'kept' : { overwrittenBy: undefined };
    const author = entry.lane === 0 ? shared.authorOf(now) : own.node;
    // A node may have to write anew what it had written.
    const isCopy = author === own.node && now.kind === entry.kind && isSameBytes(now.value, entry.value);
    return isCopy || isSameDot(now, entry) ? 'kept' : { overwrittenBy: author };
  }
}
