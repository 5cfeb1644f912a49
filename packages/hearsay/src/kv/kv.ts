import type { Member, MemberEvent } from '../swim/index.ts';
import { ClusterError, isSameBytes, type Address } from '../util/index.ts';
import { Absence } from './engine/absence.ts';
import { Beacon } from './engine/beacon.ts';
import { ByteBudget } from './engine/byte-budget.ts';
import { Chores } from './engine/chores.ts';
import { isKvMessage, KvDecoder } from './codec/index.ts';
import { checkKvConfig, type KvConfig } from './config.ts';
import { Courier } from './engine/courier.ts';
import { Disputes } from './engine/disputes.ts';
import { isSameDot, type EntryBase, type OwnedEntry, type SharedEntry } from './entry.ts';
import { Exchange } from './exchange/index.ts';
import { checkKvGossipConfig, type KvGossipConfig } from './gossip-config.ts';
import type { KvEnv, KvHost, KvOptions } from './host.ts';
import { restartState } from './journal/restart.ts';
import type { KvState } from './kv-state.ts';
import type { OwnedLane } from './owned-lane.ts';
import { Periods } from './engine/periods.ts';
import { Pressure } from './engine/pressure.ts';
import type { KvMessage } from './protocol.ts';
import type { KvWhere, KvWrite, Receipt, WriteOutcome } from './receipt.ts';
import { ReceiptTable } from './engine/receipt-table.ts';
import { Roster } from './engine/roster.ts';
import type { SharedLane } from './shared-lane.ts';
import { Spreader } from './engine/spreader.ts';
import type { KvStats } from './stats.ts';
import type { Lane, OwnedLaneNumber } from './stream.ts';

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
  readonly #roster: Roster;
  readonly #courier: Courier;
  readonly #decoder: KvDecoder = new KvDecoder();
  readonly #spreader: Spreader;
  readonly #exchange: Exchange;
  readonly #periods: Periods;
  readonly #receipts: ReceiptTable;
  readonly #pressure: Pressure;
  readonly #disputes: Disputes;
  readonly #chores: Chores;
  readonly #beacon: Beacon;
  readonly #receivedMessages: Record<string, number> = {};
  #strangerCount: number = 0;
  #isStopped: boolean = false;

  /** @throws {@link ClusterError} `ERR_CONFIG` */
  constructor(options: KvOptions, host: KvHost, env: KvEnv) {
    const config = checkKvConfig(options.config);
    const gossip = checkKvGossipConfig(options.gossip);
    const { clock, timers, rng, wallMs, persist } = env;
    const { name: ownName, packetMaxBytes } = host;
    const { state: saved, isCleanStop = false, atMs = Infinity } = options.saved ?? {};
    const emit = host.emit.bind(host);
    const state = restartState(
      { node: ownName, saved, isCleanStop },
      { config, clock, wallMs, emit, ...(persist !== undefined && { persist }) },
      rng.nextUint32() & 0xffff,
    );
    const roster = new Roster(ownName, rng);
    const courier = new Courier(host, roster);
    const budget = new ByteBudget(clock, gossip);
    const peerCount = (): number => roster.liveCount;
    const awayMs = saved === undefined ? 0 : Math.max(0, wallMs() - atMs);
    const absence = new Absence({ clock, maxAwayMs: config.retiredKeepMs, awayMs, peerCount });

    this.config = config;
    this.gossip = gossip;
    this.state = state;
    this.#host = host;
    this.#roster = roster;
    this.#courier = courier;
    this.#spreader = new Spreader({
      ownName,
      config: gossip,
      state,
      roster,
      budget,
      env,
      packetMaxBytes,
      wakeGossip: () => host.wakeGossip(),
      send: (to, message, channel) => courier.send(to, message, channel),
      onRefused: (entry, owner, outcome) => this.#disputes.refuseRumor(entry, owner, outcome),
    });
    this.#disputes = new Disputes({
      ownName,
      state,
      config,
      env,
      roster,
      emit,
      send: (to, message) => {
        if (budget.take('shared', message.length)) courier.send(to, message, 'packet');
      },
      onReissue: (entries) => {
        for (const entry of entries) this.#spread(entry);
      },
      onNewGeneration: () => this.#pressure.forgetWrites(),
    });
    this.#receipts = new ReceiptTable({
      ownName,
      env,
      roster,
      isCovered: (lane, dot) => this.#lane(lane).covers(dot),
    });
    this.#exchange = new Exchange({
      ownName,
      state,
      clock,
      timers,
      rng,
      wallMs,
      limitsHash: this.#disputes.limitsHash,
      transferBytesPerSecond: gossip.transferBytesPerSecond,
      packetMaxBytes,
      send: (to, message, channel) => courier.send(to, message, channel),
      takeBytes: (share, bytes) => budget.take(share, bytes),
      receipts: (maxBytes) => this.#receipts.rows(maxBytes),
      onReceipts: (_, rows) => this.#receipts.receive(rows),
      onSummary: (peer, limitsHash, clockMs) => {
        roster.markAsked(peer);
        this.#disputes.receiveSummary(peer, limitsHash, clockMs);
      },
      onPeerRows: (peer, lane, rows) => {
        this.#receipts.receiveRows(peer.name, lane, rows);
        if (lane === 0) this.#chores.receiveSharedRows(peer.name, rows);
        const own = rows(this.#lane(lane).ownStream);
        if (own !== undefined) this.#pressure.receiveRow(lane, own);
      },
      onRefusals: (peer, refusals) => this.#disputes.refuse(peer, refusals),
      onOwnStreamAhead: (_, known) => this.#disputes.receiveOwnStreamAhead(known),
      onTransfer: () => undefined,
      mustResync: () => absence.mustResync,
      onResynced: () => absence.endedByResync(),
    });
    this.#pressure = new Pressure({
      env,
      lagWarnMs: gossip.lagWarnMs,
      queueMax: gossip.rumorQueueMax,
      queuedCount: () => this.#spreader.queuedCount,
      peerCount,
      emit,
    });
    this.#chores = new Chores({ state, config, roster, env, knownNames: () => host.knownNames() });
    this.#beacon = new Beacon({
      state,
      config,
      env,
      memberCount: () => roster.liveCount + 1,
      onWrite: () => this.#chores.armExpiry(),
    });
    this.#periods = new Periods({
      config: gossip,
      env,
      roster,
      member: (name) => host.member(name),
      begin: (peer) => this.#exchange.begin(peer),
      onPeriod: () => {
        this.#receipts.checkOutcomes();
        absence.receiveSyncCount(this.#exchange.stats.sharedSynced);
        this.#pressure.check();
        this.#disputes.check();
      },
    });
  }

  /** Begins to take part; also again after {@link stop}. */
  start(): void {
    this.#isStopped = false;
    for (const member of this.#host.liveMembers()) if (this.#host.isCapable(member)) this.#roster.addLive(member.name);
    this.#periods.start();
    this.#chores.start();
    if (this.gossip.beacon) this.#beacon.start();
    this.#pressure.check();
  }

  /** Ends every timer and session, and refuses writes from now on. The state stays. */
  stop(): void {
    this.#isStopped = true;
    this.#periods.stop();
    this.#chores.stop();
    this.#beacon.stop();
    this.#exchange.stop();
    this.#spreader.stop();
    this.#receipts.stop();
    this.#roster.clear();
    this.#pressure.check();
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
      if (!isFull || !this.#beacon.yieldRoom()) throw error;
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
    return this.#pressure.lagMs;
  }

  /** False while writes are made faster than they are passed on. */
  get isReady(): boolean {
    return this.#pressure.isReady;
  }

  /** Calls back once {@link isReady}, at once if it is. */
  whenDrained(callback: () => void): void {
    this.#pressure.whenDrained(callback);
  }

  /** Live members that take part, this one included, sorted. */
  capableNames(): readonly string[] {
    return this.#roster.view.names;
  }

  get stats(): KvStats {
    const exchange = this.#exchange.stats;
    return {
      sentMessages: { ...this.#courier.sentMessages },
      sentBytes: { ...this.#courier.sentBytes },
      receivedMessages: { ...this.#receivedMessages },
      dropped: {
        ...this.#decoder.refusals,
        stranger: this.#strangerCount,
        unreachable: this.#courier.unreachableCount,
      },
      sessionsBegun: exchange.asked,
      sessionsEqual: exchange.equal,
      sharedSyncs: exchange.sharedSynced,
      ownedSyncs: exchange.ownedSynced,
      exchange: { ...exchange },
      refusals: { ...this.#disputes.refusalCounts },
      nackingPeers: this.#disputes.accuserCount,
      rumorsQueued: this.#spreader.queuedCount,
      rumorsDropped: this.#spreader.droppedCount,
      lagMs: this.lagMs,
      capableCount: this.#roster.liveCount + 1,
      propagationMs: this.#beacon.propagationMs,
    };
  }

  // Hooks.

  /** Whether rumors wait and may be sent now. */
  hasBroadcasts(): boolean {
    return this.#spreader.hasRumors;
  }

  /** As `Delegate.takeBroadcasts`. Nothing for a member that takes no part. */
  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    if (to === undefined || !this.#host.isCapable(to)) return;
    const firstOfOurs = out.length;
    this.#spreader.take(overheadBytes, limitBytes, out);
    for (let index = firstOfOurs; index < out.length; index += 1) this.#courier.count(out[index]!);
  }

  /** False when the message is none of the state layer's. */
  onUserMessage(bytes: Uint8Array, from: Address): boolean {
    void from;
    if (!isKvMessage(bytes)) return false;
    const message = this.#decoder.decode(bytes);
    if (message === undefined || this.#isStopped) return true;
    this.#receivedMessages[message.type] = (this.#receivedMessages[message.type] ?? 0) + 1;
    this.#receive(message);
    this.#chores.armExpiry();
    this.#receipts.checkOutcomes();
    return true;
  }

  /** Membership has news. */
  onMemberEvent({ type, member }: MemberEvent): void {
    const { name } = member;
    if (name === this.#host.name) return;
    if ((type === 'join' || type === 'update') && this.#host.isCapable(member)) this.#roster.addLive(name);
    else if (type === 'failed') this.#roster.setFailed(name);
    else this.#roster.remove(name);
    if (type === 'reap') {
      this.state.forgetMember(name);
      this.#disputes.forgetMember(name);
    }
    this.#receipts.onRosterChange();
    this.#pressure.check();
  }

  #receive(message: KvMessage): void {
    if (message.type === 'rumor') return void this.#spreader.receiveRumor(message);
    const peer = message.from === this.#host.name ? undefined : this.#courier.peer(message.from);
    if (peer === undefined) {
      this.#strangerCount += 1;
      return;
    }
    switch (message.type) {
      case 'announce':
        return this.#spreader.receiveAnnounce(message, peer);
      case 'pull':
        return this.#spreader.receivePull(message, peer);
      case 'nack':
        return this.#disputes.receiveNack(message, peer);
      default:
        if (message.type === 'owned' && message.lane === 2) this.#beacon.receive(message);
        this.#exchange.receive(message, peer);
    }
  }

  #checkRunning(): void {
    if (this.#isStopped) throw new ClusterError('ERR_STATE', 'nothing is written after the node has stopped');
  }

  #checkSharedWrite({ mustQueue }: SharedPutOptions): void {
    this.#checkRunning();
    this.#disputes.assertClock();
    if (mustQueue !== true || this.#pressure.isReady) return;
    const { rumorQueueMax, lagWarnMs } = this.gossip;
    throw new ClusterError(
      'ERR_KV_BACKPRESSURE',
      `${this.#spreader.queuedCount} rumors wait, the limit is ${rumorQueueMax}; ` +
        `the oldest write has waited for ${Math.floor(this.lagMs)} ms, the limit is ${lagWarnMs} ms`,
    );
  }

  /** An equal value is not written again: then it is the entry from before. */
  #written<Entry extends SharedEntry | OwnedEntry>(
    entry: Entry,
    before: EntryBase | undefined,
    { track }: PutOptions,
  ): KvWrite<Entry> {
    if (entry !== before) this.#spread(entry);
    return { entry, receipt: track === true ? this.#track(entry) : undefined };
  }

  #spread(entry: SharedEntry | OwnedEntry): void {
    this.#pressure.recordWrite(entry.lane, entry.version);
    this.#spreader.spread(entry, this.state.own);
    this.#chores.armExpiry();
    this.#pressure.check();
    this.#receipts.checkOutcomes();
  }

  #track(entry: SharedEntry | OwnedEntry): Receipt | undefined {
    return this.#receipts.track(entry.lane, entry, () => this.#outcomeOf(entry));
  }

  #outcomeOf(entry: SharedEntry | OwnedEntry): WriteOutcome {
    const { shared, own } = this.state;
    const now = entry.lane === 0 ? shared.latest(entry.key) : this.#owned(entry.lane).get(own.node, entry.key);
    if (now === undefined) return entry.kind === 'del' ? 'kept' : { overwrittenBy: undefined };
    const author = entry.lane === 0 ? shared.authorOf(now) : own.node;
    // A node may have to write anew what it had written.
    const isCopy = author === own.node && now.kind === entry.kind && isSameBytes(now.value, entry.value);
    return isCopy || isSameDot(now, entry) ? 'kept' : { overwrittenBy: author };
  }

  #lane(lane: Lane): SharedLane | OwnedLane {
    return lane === 0 ? this.state.shared : this.#owned(lane);
  }

  #owned(lane: OwnedLaneNumber): OwnedLane {
    return lane === 1 ? this.state.owned : this.state.telemetry;
  }
}
