import type { Member, MemberEvent } from '../../swim/index.ts';
import { isKvMessage, KvDecoder } from '../codec/index.ts';
import type { KvConfig } from '../config.ts';
import type { OwnedEntry, SharedEntry } from '../entry.ts';
import { Exchange } from '../exchange/index.ts';
import type { KvGossipConfig } from '../gossip-config.ts';
import type { KvEnv, KvHost } from '../host.ts';
import type { KvState } from '../kv-state.ts';
import type { OwnedLane } from '../owned-lane.ts';
import type { KvMessage, Rumor } from '../protocol.ts';
import type { SharedLane } from '../shared-lane.ts';
import type { KvStats } from '../stats.ts';
import type { Lane } from '../stream.ts';
import { Absence } from './absence.ts';
import { Beacon } from './beacon.ts';
import { ByteBudget } from './byte-budget.ts';
import { Chores } from './chores.ts';
import { Courier } from './courier.ts';
import { Disputes } from './disputes.ts';
import { Periods } from './periods.ts';
import { Pressure } from './pressure.ts';
import { RecentAges } from './recent-ages.ts';
import { ReceiptTable } from './receipt-table.ts';
import { Roster } from './roster.ts';
import { Spreader } from './spreader.ts';

/** What an {@link Engine} needs. */
export interface EngineParts {
  readonly state: KvState;
  readonly config: KvConfig;
  readonly gossip: KvGossipConfig;
  /** How long ago the state was stored with which this node began, by its wall clock; 0 for none. */
  readonly awayMs: number;
  readonly host: KvHost;
  readonly env: KvEnv;
}

/** Everything that happens to the state of a node beside its own writes: joins the parts that spread it and keep it small. */
export class Engine {
  readonly state: KvState;
  readonly roster: Roster;
  readonly receipts: ReceiptTable;
  readonly pressure: Pressure;
  readonly disputes: Disputes;
  readonly beacon: Beacon;
  readonly #parts: EngineParts;
  readonly #courier: Courier;
  readonly #decoder: KvDecoder = new KvDecoder();
  readonly #spreader: Spreader;
  readonly #exchange: Exchange;
  readonly #periods: Periods;
  readonly #chores: Chores;
  readonly #receivedMessages: Record<string, number> = {};
  readonly #rumorAges: RecentAges = new RecentAges();
  #strangerCount: number = 0;
  #isStopped: boolean = false;

  constructor(parts: EngineParts) {
    const { state, config, gossip, awayMs, host, env } = parts;
    const { clock, timers, rng, wallMs } = env;
    const { name: ownName, packetMaxBytes } = host;
    const emit = host.emit.bind(host);
    const roster = new Roster(ownName, rng);
    const courier = new Courier(host, roster);
    const budget = new ByteBudget(clock, gossip);
    const peerCount = (): number => roster.liveCount;
    const absence = new Absence({ clock, maxAwayMs: config.retiredKeepMs, awayMs, peerCount });

    this.#parts = parts;
    this.state = state;
    this.roster = roster;
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
      onRefused: (entry, owner, outcome) => this.disputes.refuseRumor(entry, owner, outcome),
      watcher: host.watcher,
    });
    this.disputes = new Disputes({
      ownName,
      state,
      config,
      env,
      roster,
      emit,
      send: (to, message) => {
        if (budget.take('shared', message.length)) courier.send(to, message, 'packet');
      },
      syncCount: () => this.#exchange.stats.sharedSynced,
      onReissue: (entries) => {
        for (const entry of entries) this.spread(entry);
      },
      onNewGeneration: () => this.pressure.forgetWrites(),
    });
    this.receipts = new ReceiptTable({
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
      limitsHash: this.disputes.limitsHash,
      transferBytesPerSecond: gossip.transferBytesPerSecond,
      packetMaxBytes,
      send: (to, message, channel) => courier.send(to, message, channel),
      isOpenTo: (peer) => courier.isOpenTo(peer),
      takeBytes: (share, bytes) => budget.take(share, bytes),
      receipts: (maxBytes) => this.receipts.rows(maxBytes),
      onReceipts: (_, rows) => this.receipts.receive(rows),
      onSummary: (peer, limitsHash, clockMs) => {
        roster.markAsked(peer);
        this.disputes.receiveSummary(peer, limitsHash, clockMs);
      },
      onPeerRows: (peer, lane, rows) => {
        this.receipts.receiveRows(peer.name, lane, rows);
        if (lane === 0) this.#chores.receiveSharedRows(peer.name, rows);
        const own = rows(this.#lane(lane).ownStream);
        if (own !== undefined) this.pressure.receiveRow(lane, own);
      },
      onRefusals: (peer, refusals) => this.disputes.refuse(peer, refusals),
      onLateEpoch: (peer, epoch) => this.disputes.receiveLateEpoch(peer, epoch),
      onOwnStreamAhead: (_, known) => this.disputes.receiveOwnStreamAhead(known),
      onTransfer: () => undefined,
      mustResync: () => absence.mustResync,
      onResynced: () => absence.endedByResync(),
    });
    this.pressure = new Pressure({
      env,
      lagWarnMs: gossip.lagWarnMs,
      queueMax: gossip.rumorQueueMax,
      queuedCount: () => this.#spreader.queuedCount,
      peerCount,
      emit,
    });
    this.#chores = new Chores({ state, config, roster, env, knownNames: () => host.knownNames() });
    this.beacon = new Beacon({
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
      begin: (peer) => {
        if (courier.isOpenTo(peer)) this.#exchange.begin(peer);
      },
      onPeriod: () => {
        this.receipts.checkOutcomes();
        absence.receiveSyncCount(this.#exchange.stats.sharedSynced);
        this.pressure.check();
        this.disputes.check();
      },
    });
  }

  /** Between {@link stop} and the next start. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Rumors that wait. */
  get queuedCount(): number {
    return this.#spreader.queuedCount;
  }

  start(): void {
    const { gossip, host } = this.#parts;
    this.#isStopped = false;
    for (const member of host.liveMembers()) if (host.isCapable(member)) this.roster.addLive(member.name);
    this.#periods.start();
    this.#chores.start();
    if (gossip.beacon) this.beacon.start();
    this.pressure.check();
  }

  /** Ends every timer and session. */
  stop(): void {
    this.#isStopped = true;
    this.#periods.stop();
    this.#chores.stop();
    this.beacon.stop();
    this.#exchange.stop();
    this.#spreader.stop();
    this.receipts.stop();
    this.roster.clear();
    this.pressure.check();
  }

  /** This node has written the entry. */
  spread(entry: SharedEntry | OwnedEntry): void {
    this.pressure.recordWrite(entry.lane, entry.version);
    this.#spreader.spread(entry, this.state.own);
    this.#chores.armExpiry();
    this.pressure.check();
    this.receipts.checkOutcomes();
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
      refusals: { ...this.disputes.refusalCounts },
      nacks: { ...this.disputes.nackCounts },
      nackingPeers: this.disputes.accuserCount,
      rumorsQueued: this.#spreader.queuedCount,
      rumorsDropped: this.#spreader.droppedCount,
      lagMs: this.pressure.lagMs,
      capableCount: this.roster.liveCount + 1,
      propagationMs: this.beacon.propagationMs,
      rumorSpreadMs: this.#rumorAges.percentiles,
    };
  }

  /** Whether rumors wait and may be sent now. */
  hasBroadcasts(): boolean {
    return this.#spreader.hasRumors;
  }

  /** As `Delegate.takeBroadcasts`. Nothing for a member that may not be sent state. */
  takeBroadcasts(to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    if (!this.#courier.isOpen(to)) return;
    const firstOfOurs = out.length;
    this.#spreader.take(overheadBytes, limitBytes, out);
    for (let index = firstOfOurs; index < out.length; index += 1) this.#courier.count(out[index]!);
  }

  /** False when the message is none of the state layer's. */
  onUserMessage(bytes: Uint8Array): boolean {
    if (!isKvMessage(bytes)) return false;
    const message = this.#decoder.decode(bytes);
    if (message === undefined || this.#isStopped) return true;
    this.#receivedMessages[message.type] = (this.#receivedMessages[message.type] ?? 0) + 1;
    this.#receive(message);
    this.#chores.armExpiry();
    this.receipts.checkOutcomes();
    return true;
  }

  /** Membership has news. */
  onMemberEvent({ type, member }: MemberEvent): void {
    const { name } = member;
    if (name === this.#parts.host.name) return;
    if ((type === 'join' || type === 'update') && this.#parts.host.isCapable(member)) this.roster.addLive(name);
    else this.roster.remove(name);
    if (type === 'reap') {
      this.state.forgetMember(name);
      this.disputes.forgetMember(name);
    }
    this.receipts.onRosterChange();
    this.pressure.check();
  }

  #receive(message: KvMessage): void {
    if (message.type === 'rumor') return this.#receiveRumor(message);
    const peer = message.from === this.#parts.host.name ? undefined : this.#courier.peer(message.from);
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
        return this.disputes.receiveNack(message, peer);
      default:
        if (message.type === 'owned' && message.lane === 2) this.beacon.receive(message);
        this.#parts.host.watcher?.comesBy('anti-entropy', peer.name);
        this.#exchange.receive(message, peer);
    }
  }

  #receiveRumor(rumor: Rumor): void {
    const { entry } = rumor;
    const outcome = this.#spreader.receiveRumor(rumor);
    // One that was issued again, or taken over from a dead stream, does not say when it set out.
    if (outcome !== 'merged' || entry.lane !== 0 || entry.orig !== undefined || entry.adopt > 0) return;
    this.#rumorAges.add(this.#parts.env.wallMs() - entry.stamp.ms);
  }

  #lane(lane: Lane): SharedLane | OwnedLane {
    const { shared, owned, telemetry } = this.state;
    return lane === 0 ? shared : lane === 1 ? owned : telemetry;
  }
}
