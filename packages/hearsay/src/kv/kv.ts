import type { Member, MemberEvent } from '../swim/index.ts';
import type { Address } from '../util/index.ts';
import { checkKvConfig, type KvConfig } from './config.ts';
import type { EntryBase, OwnedEntry, SharedEntry } from './entry.ts';
import { checkKvGossipConfig, type KvGossipConfig } from './gossip-config.ts';
import type { KvEnv, KvHost, KvOptions } from './host.ts';
import { KvState } from './kv-state.ts';
import type { KvWhere, KvWrite } from './receipt.ts';
import type { KvStats } from './stats.ts';
import { newGeneration } from './stream.ts';

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
  readonly #host: KvHost;
  readonly #env: KvEnv;

  /** @throws {@link ClusterError} `ERR_CONFIG` */
  constructor(options: KvOptions, host: KvHost, env: KvEnv) {
    this.config = checkKvConfig(options.config);
    this.gossip = checkKvGossipConfig(options.gossip);
    this.#host = host;
    this.#env = env;
    const { saved = {} } = options;
    const generation = saved.generation ?? newGeneration(env.wallMs(), env.rng.nextUint32() & 0xffff);
    this.state = new KvState({
      own: { node: host.name, generation },
      config: this.config,
      clock: env.clock,
      wallMs: env.wallMs,
      emit: (event) => host.emit(event),
      ...(saved.state !== undefined && { saved: saved.state }),
    });
  }

  /** Begins to take part; also again after {@link stop}. */
  start(): void {}

  /** Ends every timer and session. The state stays. */
  stop(): void {}

  // Writes.

  /**
   * Writes a value of the shared map. Do not change `value` afterwards.
   *
   * @throws {@link ClusterError} as `SharedLane.put`, and `ERR_KV_BACKPRESSURE`; then nothing has happened
   */
  put(key: string, value: Uint8Array, options: SharedPutOptions = {}): KvWrite<SharedEntry> {
    return { entry: this.state.shared.put(key, value, options), receipt: undefined };
  }

  /** Deletes a value of the shared map; `undefined` when there is none here. */
  delete(key: string, options: Omit<SharedPutOptions, 'ttlMs' | 'touch'> = {}): KvWrite<SharedEntry> | undefined {
    void options;
    return written(this.state.shared.delete(key));
  }

  /** Writes a key of this node, which all members read. */
  setOwn(key: string, value: Uint8Array, options: PutOptions = {}): KvWrite<OwnedEntry> {
    return { entry: this.state.owned.set(key, value, options), receipt: undefined };
  }

  /** Deletes a key of this node; `undefined` when it has no value. */
  deleteOwn(key: string, options: Pick<PutOptions, 'track'> = {}): KvWrite<OwnedEntry> | undefined {
    void options;
    return written(this.state.owned.delete(key));
  }

  /** Writes a key of this node's telemetry: never a rumor, so it spreads within some periods. */
  setTelemetry(key: string, value: Uint8Array, options: PutOptions = {}): KvWrite<OwnedEntry> {
    return { entry: this.state.telemetry.set(key, value, options), receipt: undefined };
  }

  /** Deletes a key of this node's telemetry; `undefined` when it has no value. */
  deleteTelemetry(key: string): KvWrite<OwnedEntry> | undefined {
    return written(this.state.telemetry.delete(key));
  }

  // What the cluster has of it.

  /** Asks who has what a shared key shows here; `undefined` when it has no value. Answers come over some seconds. */
  where(key: string): KvWhere | undefined {
    const entry = this.state.shared.get(key);
    return entry && { key, entry, author: this.state.shared.authorOf(entry), receipt: undefined };
  }

  /** For how long the oldest write of this node in lanes 0 and 1 was seen by no other; 0 while nobody else takes part. */
  get lagMs(): number {
    return 0;
  }

  /** False while writes are made faster than they are passed on. */
  get isReady(): boolean {
    return true;
  }

  /** Calls back once {@link isReady}, at once if it is. */
  whenDrained(callback: () => void): void {
    callback();
  }

  /** Live members that take part, this one included, sorted. */
  capableNames(): readonly string[] {
    return [this.#host.name];
  }

  get stats(): KvStats {
    throw new Error(`no stats at ${this.#env.clock.nowMs}`);
  }

  // Hooks.

  /** Whether rumors wait and may be sent now. */
  hasBroadcasts(): boolean {
    return false;
  }

  /** As `Delegate.takeBroadcasts`. Nothing for a member that takes no part. */
  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    void [to, overheadBytes, limitBytes, out];
  }

  /** False when the message is none of the state layer's. */
  onUserMessage(message: Uint8Array, from: Address): boolean {
    void [message, from];
    return false;
  }

  /** Membership has news. */
  onMemberEvent(event: MemberEvent): void {
    void event;
  }
}

function written<Entry extends EntryBase>(entry: Entry | undefined): KvWrite<Entry> | undefined {
  return entry && { entry, receipt: undefined };
}
