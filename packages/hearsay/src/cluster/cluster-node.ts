import type { Inquiries } from '../inquiry/index.ts';
import { isKvMessage, type Kv } from '../kv/index.ts';
import type { QueryParams, Serf, SerfCoordinate, SerfMember, SerfStats } from '../serf/index.ts';
import {
  Swim,
  swimLimits,
  toView,
  toVsn,
  type Keyring,
  type Member,
  type MemberState,
  type MemberView,
  type SharedMembers,
  type Stranger,
  type SwimConfig,
} from '../swim/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { TraceDesk, type TracedRumor, type TraceOptions } from '../trace/index.ts';
import { ClusterError, isSameBytes, copyBytes, StepClock, TimerQueue, type Address } from '../util/index.ts';
import type { Views } from '../views/index.ts';
import { wireLimits } from '../wire/index.ts';
import { refuseKvTag, toMarklessView, withKvTag, withoutKvTag } from './capability.ts';
import { ClusterDelegate } from './cluster-delegate.ts';
import { ClusterKv } from './cluster-kv.ts';
import type { Effects, Env, StreamId } from './effects.ts';
import type { RequestId } from './events.ts';
import { publishHealth } from './health-layer.ts';
import { createKvLayer, type KvLayer } from './kv-layer.ts';
import { checkClusterOptions, checkMeta, type ClusterOptions } from './options.ts';
import { recentTransitions, reportMembers, type MemberReport, type MemberTransition } from './member-reports.ts';
import { createSerfLayer } from './serf-layer.ts';
import { StableViewLayer, type NodeStableView } from './stable-view-layer.ts';
import { Steps } from './steps.ts';
import { createWatchers, fireTraced, putTraced, queuedCountOf } from './trace-layer.ts';
import { readStats, type ClusterNodeStats } from './stats.ts';
import {
  createTelemetry,
  pollTelemetry,
  withEstimates,
  type NodeTelemetry,
  type TelemetryPollRequest,
} from './telemetry-layer.ts';
import { createViews, withViews, type NodeViews } from './views-layer.ts';
import { WhyDesk, type WhyOptions } from './why/desk.ts';

/** How a {@link ClusterNode.join} goes about what happened before it. */
export interface JoinOptions {
  /** Serf pools: user events from before the join are not delivered. @defaultValue true */
  readonly ignoreOldEvents?: boolean;
}

type Life = 'stopped' | 'running' | 'leaving' | 'left';

/**
 * One member of a cluster, without I/O: time and input come in, effects go out. The Node driver and the simulator run the
 * same one.
 *
 * Every entry takes the time, which never goes back. {@link advance} is to be called at {@link nextDeadlineMs} or later;
 * only it fires timers. An entry that comes much later than that deadline is a stall: see `SwimConfig.lateToleranceMs`.
 * Commands have their result later, as an event that carries their {@link RequestId}.
 */
export class ClusterNode {
  readonly keyring: Keyring;
  readonly #swimConfig: SwimConfig;
  /** State that the members gossip. Undefined when this node takes no part in that. */
  readonly kv: ClusterKv | undefined;
  readonly #clock: StepClock = new StepClock();
  readonly #timers: TimerQueue;
  readonly #delegate: ClusterDelegate;
  readonly #swim: Swim;
  readonly #steps: Steps;
  /** Undefined in a plain pool. */
  readonly #serf: Serf | undefined;
  readonly #kv: Kv | undefined;
  readonly #telemetry: Telemetry | undefined;
  /** Undefined when this node takes no part in gossiped state. */
  readonly #state: KvLayer | undefined;
  readonly #views: Views | undefined;
  /** Undefined when nobody wants it. */
  readonly #stableView: StableViewLayer | undefined;
  /** Undefined when this node cannot ask others, because it takes no part in gossiped state. */
  readonly #inquiries: Inquiries | undefined;
  readonly #whyDesk: WhyDesk;
  /** Undefined when this node cannot ask others, or keeps no evidence. */
  readonly #traceDesk: TraceDesk | undefined;
  /** Which members take part in gossiped state. */
  readonly #isCapable: (member: Member) => boolean;
  #life: Life = 'stopped';

  /** @throws `ClusterError` `ERR_CONFIG` and others that name the option, its value and the limit */
  constructor(options: ClusterOptions, env: Env, effects: Effects) {
    const checked = checkClusterOptions(options);
    if (checked.keyring.isEnabled && env.aead === undefined) {
      throw new ClusterError('ERR_CONFIG', 'keys are given, but the environment has no aead to use them with');
    }
    this.keyring = checked.keyring;
    this.#timers = env.timers ?? new TimerQueue();
    const queuedCount = (): number => queuedCountOf(this.#swim, this.#delegate, this.#serf, this.#kv);
    // Who takes no part in state is never asked.
    const isAsked = checked.evidence && checked.kv !== undefined;
    const watchers = isAsked ? createWatchers(this.#clock, queuedCount) : undefined;
    this.#delegate = new ClusterDelegate({
      emit: (event) => effects.emit(event),
      inner: checked.delegate,
      meta: checked.meta,
      retransmitMult: checked.config.retransmitMult,
      memberCount: () => this.#swim.members.count,
      onMemberEvent: (event) => this.#stableView?.onMemberEvent(event),
      onSource: (via, from) => watchers?.log.comesBy(via, from),
    });
    const { rng, aead, fillRandom, wallMs, trace } = env;
    const swimEnv = { clock: this.#clock, timers: this.#timers, rng, aead, fillRandom, wallMs, trace };
    const onStranger = (stranger: Stranger): void => effects.emit({ type: 'foreign-traffic', ...stranger });
    const suspicionWatcher = {
      onAccused: ({ name }: Member, accuser: string) => this.#stableView?.onAccused(name, accuser),
      onCleared: ({ name }: Member) => this.#stableView?.onCleared(name),
    };
    const hooks = { delegate: this.#delegate, onStranger, suspicionWatcher };
    this.#swim = new Swim({ ...checked, ...hooks }, swimEnv, effects);
    const shared = { clock: this.#clock, timers: this.#timers, swim: this.#swim, delegate: this.#delegate };
    this.#steps = new Steps({ ...shared, emit: (event) => effects.emit(event) });
    this.#stableView =
      checked.stableView &&
      new StableViewLayer({
        ...shared,
        config: checked.stableView,
        swimConfig: checked.config,
        serf: () => this.#serf,
        emit: (event) => effects.emit(event),
      });
    const state =
      checked.kv &&
      createKvLayer({
        ...shared,
        options: checked,
        kv: checked.kv,
        serfNames: checked.serf && (() => this.serfMembers.map((member) => member.name)),
        env,
        effects,
        watcher: watchers?.writes,
      });
    this.#telemetry = createTelemetry(checked.telemetry, state, { clock: this.#clock, timers: this.#timers, rng });
    if (this.#telemetry !== undefined) publishHealth(this.#telemetry, this.#swim, this.#clock);
    if (state !== undefined) {
      this.#state = state;
      this.#kv = state.kv;
      this.#inquiries = state.inquiries;
      this.kv = new ClusterKv(state.kv, (nowMs, command) => {
        this.#checkTakesPart();
        return this.#steps.run(nowMs, command);
      });
      const views = { ...shared, ...state, serf: () => this.#serf, rng };
      this.#views = checked.hasViews ? createViews(views) : undefined;
      this.#delegate.attachState(withEstimates(withViews(state.hooks, this.#views), this.#telemetry));
    }
    this.#isCapable = state?.isCapable ?? (() => false);
    this.#whyDesk = new WhyDesk({
      swim: this.#swim,
      clock: this.#clock,
      rng,
      inquiries: state?.inquiries,
      isCapable: this.#isCapable,
      helperWaitMs: checked.config.probeIntervalMs - checked.config.probeTimeoutMs,
    });
    this.#traceDesk =
      state &&
      watchers &&
      new TraceDesk({
        ...shared,
        config: checked.config,
        inquiries: state.inquiries,
        isCapable: state.isCapable,
        log: watchers.log,
      });
    this.#swimConfig = checked.config;
    if (checked.serf === undefined) return;
    const { tags = {} } = checked.serf;
    const serf = state === undefined ? checked.serf : { ...checked.serf, tags: withKvTag(tags) };
    const onEvent = state?.onSerfEvent;
    this.#serf = createSerfLayer({
      ...shared,
      options: checked,
      serf,
      steps: this.#steps,
      env,
      effects,
      onEvent,
      eventWatcher: watchers?.events,
    });
    this.#delegate.attach(this.#serf);
  }

  /** When to call {@link advance} next; Infinity when nothing is due. */
  get nextDeadlineMs(): number {
    return this.isRunning ? this.#timers.nextDeadlineMs : Infinity;
  }

  /** Whether this node takes part: from {@link start} until {@link stop}, also while and after it leaves. */
  get isRunning(): boolean {
    return this.#life !== 'stopped';
  }

  /** Whether this node has said goodbye, or is about to. It can {@link start} anew. */
  get hasLeft(): boolean {
    return this.#life === 'left' || this.#life === 'leaving';
  }

  /** Alive and suspected members, this one included. */
  get members(): readonly MemberView[] {
    return this.#swim.members.members.filter((member) => !member.isDeadOrLeft).map(toMarklessView);
  }

  /** The same, and those that are dead or left and not yet forgotten. */
  get allMembers(): readonly MemberView[] {
    return this.#swim.members.members.map(toMarklessView);
  }

  /** How many {@link members} there are. */
  get memberCount(): number {
    return this.#swim.members.liveCount;
  }

  get localMember(): MemberView {
    return toMarklessView(this.#swim.self);
  }

  /** The same as the others know it, for {@link adopt}: with the mark by which a member of a plain pool takes part in state. */
  get announcedMember(): MemberView {
    return toView(this.#swim.self);
  }

  /** Undefined when no member of that name is known. */
  member(name: string): MemberView | undefined {
    const member = this.#swim.members.get(name);
    return member && toMarklessView(member);
  }

  memberState(name: string): MemberState | undefined {
    return this.#swim.members.get(name)?.state;
  }

  /** All members of a Serf pool that are remembered, whatever their status; none in a plain pool. */
  get serfMembers(): readonly SerfMember[] {
    return this.#serf?.members ?? [];
  }

  serfMember(name: string): SerfMember | undefined {
    return this.#serf?.member(name);
  }

  /** The tags that this member was given; none in a plain pool. The others also see that it takes part in state. */
  get tags(): Readonly<Record<string, string>> {
    return withoutKvTag(this.#serf?.tags ?? {});
  }

  /** This node's coordinate, or the last one heard of a member. Undefined when there is none, and in a plain pool. */
  coordinate(name?: string): SerfCoordinate | undefined {
    return this.#serf?.coordinate(name);
  }

  /** What is measured, here and by all members. Undefined when this node takes no part in that. */
  get telemetry(): NodeTelemetry | undefined {
    return this.#telemetry;
  }

  /** Who believes what of all members. Undefined when this node takes no part in gossiped state. */
  get views(): NodeViews | undefined {
    return this.#views;
  }

  /** The members by which an application goes. Undefined when the node was made without `stableView`. */
  get stableView(): NodeStableView | undefined {
    return this.#stableView?.read();
  }

  /** What this node can tell of each member by itself: in which state it is and why, how far away, how late. */
  memberReports(): MemberReport[] {
    const parts = { swim: this.#swim, serf: this.#serf, kv: this.#kv, isCapable: this.#isCapable };
    return reportMembers({ ...parts, nowMs: this.#clock.nowMs });
  }

  /** The latest changes of what this node believes, the newest first, as far as they are remembered. */
  recentTransitions(countMax: number): MemberTransition[] {
    return recentTransitions(this.#swim, this.#clock.nowMs, countMax);
  }

  /** Undefined in a plain pool. */
  get serfStats(): SerfStats | undefined {
    return this.#serf?.stats;
  }

  /** How many membership rumors wait to be sent often enough; without the cost of {@link stats}. */
  get rumorCount(): number {
    return this.#swim.rumorQueue.count;
  }

  /** How many of the user's broadcasts wait to be sent often enough; without the cost of {@link stats}. */
  get broadcastCount(): number {
    return this.#delegate.broadcasts.count;
  }

  /** Counters, and a few values of the moment. A snapshot. */
  get stats(): ClusterNodeStats {
    return readStats(this.#swim, this.#delegate.broadcasts, this.#serf?.stats, this.#kv?.stats);
  }

  /**
   * Announces this node and begins to take part. Also after a leave or a stop, with a higher incarnation.
   *
   * @throws `ClusterError` `ERR_STATE` when it takes part, or the leave of a Serf pool is under way
   */
  start(nowMs: number): void {
    if (this.#life === 'running') throw new ClusterError('ERR_STATE', 'the node has been started');
    if (this.#life === 'leaving' && this.#serf !== undefined) {
      throw new ClusterError('ERR_STATE', 'the node is leaving: start it again when that is over');
    }
    this.#life = 'running';
    this.#steps.run(nowMs, () => {
      this.#serf?.start();
      this.#swim.start();
      this.#stableView?.start();
      this.#kv?.start();
      this.#telemetry?.start();
      this.#views?.start();
    });
  }

  /** Ends every loop, stream and wait at once and says nothing to anybody: {@link leave} first to say goodbye. */
  stop(nowMs: number): void {
    if (!this.isRunning) return;
    this.#steps.run(nowMs, () => {
      this.#views?.stop();
      this.#telemetry?.stop();
      this.#traceDesk?.stop();
      this.#inquiries?.stop();
      this.#kv?.stop();
      this.#serf?.stop();
      this.#stableView?.stop();
      this.#swim.stop();
    });
    this.#life = 'stopped';
    this.#steps.abandonAll();
  }

  // Input. Not by `Steps.run`, which would take a function for each packet.

  receivePacket(nowMs: number, from: Address, packet: Uint8Array): void {
    if (!this.isRunning) return;
    this.#steps.enter(nowMs);
    try {
      this.#swim.receivePacket(from, packet);
    } finally {
      this.#steps.leave();
    }
  }

  /** The driver learnt that a packet could not be sent; `reason` is the system's name for it, such as `ENETUNREACH`. */
  sendFailed(nowMs: number, to: Address, reason: string): void {
    if (!this.isRunning) return;
    this.#steps.enter(nowMs);
    try {
      this.#swim.sendFailed(to, reason);
    } finally {
      this.#steps.leave();
    }
  }

  /** A peer opens a stream. Undefined refuses it: too many are open. The driver then closes the socket. */
  acceptStream(nowMs: number, from: Address): StreamId | undefined {
    if (!this.isRunning) return undefined;
    this.#steps.enter(nowMs);
    try {
      return this.#swim.acceptStream(from);
    } finally {
      this.#steps.leave();
    }
  }

  /** A stream that the core asked for is open. */
  streamOpened(nowMs: number, stream: StreamId): void {
    if (!this.isRunning) return;
    this.#steps.enter(nowMs);
    try {
      this.#swim.streamOpened(stream);
    } finally {
      this.#steps.leave();
    }
  }

  receiveStream(nowMs: number, stream: StreamId, chunk: Uint8Array): void {
    if (!this.isRunning) return;
    this.#steps.enter(nowMs);
    try {
      this.#swim.receiveStream(stream, chunk);
    } finally {
      this.#steps.leave();
    }
  }

  /** The peer ended its side, or the stream broke; `failure` says why, for people. */
  streamClosed(nowMs: number, stream: StreamId, failure?: string): void {
    if (!this.isRunning) return;
    this.#steps.enter(nowMs);
    try {
      this.#swim.streamClosed(stream, failure);
    } finally {
      this.#steps.leave();
    }
  }

  /** Fires every timer that is due. */
  advance(nowMs: number): void {
    if (!this.isRunning) return;
    this.#steps.enter(nowMs);
    try {
      this.#timers.fireDue(nowMs);
    } finally {
      this.#steps.leave();
    }
  }

  // Commands.

  /** Exchanges states with every address, several at once. Ends with `join-done`. */
  join(nowMs: number, addresses: readonly Address[], options: JoinOptions = {}): RequestId {
    this.#checkTakesPart();
    const { joinAddressesMax } = swimLimits;
    if (addresses.length === 0 || addresses.length > joinAddressesMax) {
      throw new ClusterError(
        'ERR_ADDRESS',
        `join of ${addresses.length} addresses, the limits are 1 and ${joinAddressesMax}`,
      );
    }
    return this.#steps.request(nowMs, (request) => {
      this.#serf?.beginJoin(options.ignoreOldEvents ?? true);
      this.#swim.join(request, addresses, (result) => {
        this.#serf?.endJoin(result.joinedCount);
        this.#steps.finish({ type: 'join-done', request, ...result });
      });
    });
  }

  /** Says goodbye. Ends with `leave-done` when that was spread, or after `timeoutMs`. Then {@link stop}, or start anew. */
  leave(nowMs: number, timeoutMs: number): RequestId {
    this.#checkTakesPart();
    return this.#steps.request(nowMs, (request) => {
      this.#life = 'leaving';
      const onDone = (spread: boolean): void => {
        // It may have started again since.
        if (this.#life === 'leaving') {
          this.#life = 'left';
          this.#views?.stop();
          this.#telemetry?.stop();
          this.#kv?.stop();
        }
        this.#steps.finish({ type: 'leave-done', request, spread });
      };
      if (this.#serf !== undefined) this.#serf.leave(timeoutMs, onDone);
      else this.#swim.leave(request, timeoutMs, onDone);
    });
  }

  /**
   * Serf pools: fires a user event as any other, and finds out how it went: when each member of ours heard it, and from
   * whom. Ends with `trace-done`.
   *
   * @throws `ClusterError` `ERR_EVENT_TOO_LARGE`, `ERR_CONFIG`, `ERR_STATE`, `ERR_UNSUPPORTED` without gossiped state or evidence
   */
  traceEvent(nowMs: number, name: string, payload: Uint8Array, options: TraceOptions = {}): RequestId {
    const serf = this.#serfTakingPart();
    return this.#trace(nowMs, () => fireTraced(serf, this.#swim, this.#swimConfig, name, payload), options);
  }

  /** The same of a write to the shared map; throws as {@link ClusterKv.put} too. */
  traceWrite(nowMs: number, key: string, value: Uint8Array, options: TraceOptions = {}): RequestId {
    this.#checkTakesPart();
    return this.#trace(nowMs, () => putTraced(this.#kv!, this.#isCapable, key, value), options);
  }

  /**
   * Finds out why a member was accused, or went, from what this node remembers and from whoever else may know: its
   * accusers, the member itself, and a few others. Ends with `why-done`. Without gossiped state only this node is heard.
   *
   * @throws `ClusterError` `ERR_CONFIG` for a time out of bounds, `ERR_STATE` when 64 inquiries are open
   */
  why(nowMs: number, name: string, options: WhyOptions = {}): RequestId {
    this.#checkRunning();
    return this.#steps.request(nowMs, (request) =>
      this.#whyDesk.open(name, options, (report) => this.#steps.finish({ type: 'why-done', request, report })),
    );
  }

  /**
   * Asks members for their metrics as they are now, published or not. Ends with `telemetry-polled`.
   *
   * @throws `ClusterError` `ERR_CONFIG` for a time out of bounds, `ERR_STATE` when 64 inquiries are open,
   *   `ERR_UNSUPPORTED` without telemetry
   */
  pollTelemetry(nowMs: number, request: TelemetryPollRequest): RequestId {
    this.#checkTakesPart();
    const [telemetry, state] = [this.#telemetry, this.#state];
    if (telemetry === undefined || state === undefined) {
      throw new ClusterError('ERR_UNSUPPORTED', 'the node has no telemetry');
    }
    return this.#steps.request(nowMs, (id) =>
      pollTelemetry({ telemetry, state, clock: this.#clock }, request, (result) =>
        this.#steps.finish({ type: 'telemetry-polled', request: id, result }),
      ),
    );
  }

  /**
   * Plain pools: changes what this node says of itself. Ends with `update-done` when that was spread, or after
   * `timeoutMs`.
   */
  updateMeta(nowMs: number, meta: Uint8Array, timeoutMs: number): RequestId {
    this.#checkTakesPart();
    this.#checkPlain('updateMeta', 'setTags');
    this.#delegate.meta = checkMeta(meta, this.#kv !== undefined);
    return this.#steps.request(nowMs, (request) =>
      this.#swim.updateMeta(request, timeoutMs, (spread) =>
        this.#steps.finish({ type: 'update-done', request, spread }),
      ),
    );
  }

  /**
   * Waits until all live members that can tell believe of who is live what this node believes. Ends with `converged-done`,
   * also when this node leaves or is stopped before.
   *
   * @throws `ClusterError` `ERR_UNSUPPORTED` without gossiped state
   */
  converged(nowMs: number): RequestId {
    this.#checkTakesPart();
    const views = this.#viewsTakingPart();
    return this.#steps.request(nowMs, (request) =>
      views.awaitAgreement(request, (isAgreed) =>
        this.#steps.finish({ type: 'converged-done', request, views: isAgreed ? views.read() : undefined }),
      ),
    );
  }

  /**
   * Asks two members what they believe of all, and compares; either may be this node. Ends with `diff-done`, after
   * `timeoutMs` at the latest.
   *
   * @throws `ClusterError` `ERR_CONFIG` for a time out of bounds, `ERR_STATE` when 64 inquiries are open, `ERR_UNSUPPORTED`
   */
  diff(nowMs: number, a: string, b: string, timeoutMs: number): RequestId {
    this.#checkRunning();
    const views = this.#viewsTakingPart();
    return this.#steps.request(nowMs, (request) =>
      views.diff(a, b, timeoutMs, (diff) => this.#steps.finish({ type: 'diff-done', request, diff })),
    );
  }

  /** Nobody waits for the result of that command any more: no event follows. */
  abandon(nowMs: number, request: RequestId): void {
    if (!this.#steps.abandon(request)) return;
    this.#steps.run(nowMs, () => {
      this.#views?.abandon(request);
      // In a Serf pool a join goes on: who was reached has to be told.
      if (this.#serf !== undefined) this.#serf.abandon(request);
      else this.#swim.abandon(request);
    });
  }

  // Commands of Serf pools.

  /** Replaces this member's tags. Ends with `update-done` when that was spread, or after `timeoutMs`. */
  setTags(nowMs: number, tags: Readonly<Record<string, string>>, timeoutMs: number): RequestId {
    const serf = this.#serfTakingPart();
    refuseKvTag(tags);
    const all = this.#kv === undefined ? tags : withKvTag(tags);
    return this.#steps.request(nowMs, (request) =>
      serf.setTags(all, timeoutMs, (spread) => this.#steps.finish({ type: 'update-done', request, spread })),
    );
  }

  /** Tells all members, this one included. */
  fireEvent(nowMs: number, name: string, payload: Uint8Array, coalesce: boolean): void {
    const serf = this.#serfTakingPart();
    this.#steps.run(nowMs, () => serf.fireEvent(name, payload, coalesce));
  }

  /** Asks members. `query-ack` and `query-response` follow, and `query-done` when the time is up. */
  query(nowMs: number, name: string, payload: Uint8Array | null, params: QueryParams = {}): RequestId {
    const serf = this.#serfTakingPart();
    return this.#steps.request(nowMs, (request) => serf.query(request, name, payload, params));
  }

  /** Answers the `query` event of that id, once. */
  respond(nowMs: number, id: number, payload: Uint8Array): void {
    const serf = this.#serfTakingPart();
    this.#steps.run(nowMs, () => serf.respond(id, payload));
  }

  /** Says of a member that has failed that it has left, or with `prune` forgets it. Ends with `force-leave-done`. */
  forceLeave(nowMs: number, name: string, prune: boolean, timeoutMs: number): RequestId {
    const serf = this.#serfTakingPart();
    return this.#steps.request(nowMs, (request) => serf.forceLeave(request, name, prune, timeoutMs));
  }

  /** Makes all members accept `key`. This and the other changes of keys end with `keys-done`. */
  installKey(nowMs: number, key: Uint8Array): RequestId {
    const { keys } = this.#serfTakingPart();
    return this.#steps.request(nowMs, (request) => keys.install(request, key));
  }

  /** Makes all members encrypt with `key`. */
  useKey(nowMs: number, key: Uint8Array): RequestId {
    const { keys } = this.#serfTakingPart();
    return this.#steps.request(nowMs, (request) => keys.use(request, key));
  }

  /** Makes all members refuse `key`. */
  removeKey(nowMs: number, key: Uint8Array): RequestId {
    const { keys } = this.#serfTakingPart();
    return this.#steps.request(nowMs, (request) => keys.remove(request, key));
  }

  /** Asks all members for their keys. */
  listKeys(nowMs: number): RequestId {
    const { keys } = this.#serfTakingPart();
    return this.#steps.request(nowMs, (request) => keys.list(request));
  }

  // Commands of plain pools.

  /** Sends `payload` to one member, by packet (at most once, may be lost) or by stream. */
  sendUserMessage(nowMs: number, name: string, payload: Uint8Array, channel: 'packet' | 'stream'): void {
    this.#checkRunning();
    this.#checkPlain('sendUserMessage', 'query');
    const member = this.#swim.members.get(name);
    if (member === undefined) throw new ClusterError('ERR_UNKNOWN_MEMBER', `no member is named '${name}'`);
    const isPacket = channel === 'packet';
    this.#checkPayload(payload, isPacket ? this.#swim.userMessageMaxBytes : wireLimits.streamUserMessageMaxBytes);
    this.#steps.run(nowMs, () => this.#swim.sendUserMessage(member, payload, channel));
  }

  /** Queues `payload` to ride on this node's gossip. Receivers do not pass it on. */
  broadcast(nowMs: number, payload: Uint8Array): void {
    this.#checkRunning();
    this.#checkPlain('broadcast', 'fireEvent');
    this.#checkPayload(payload, this.#swim.userMessageMaxBytes);
    this.#steps.run(nowMs, () => {
      this.#delegate.broadcasts.queueUnique(copyBytes(payload));
      this.#swim.pushGossip();
    });
  }

  /**
   * Takes `members` for known and alive without telling anybody, and without events: for simulations that begin with a
   * cluster formed before, and for a warm start. Each is probed like any other.
   */
  adopt(nowMs: number, members: readonly MemberView[]): void {
    this.#checkRunning();
    this.#steps.run(nowMs, () => {
      let vsn: Uint8Array = new Uint8Array(0);
      const adopted: Member[] = [];
      for (const { name, addr, port, meta, incarnation, versions } of members) {
        // Members mostly speak the same versions: one array for all of them, not one each.
        const own = toVsn(versions);
        if (!isSameBytes(own, vsn)) vsn = own;
        const isNew = this.#swim.members.get(name) === undefined;
        this.#swim.adopt({ node: name, addr, port, meta, incarnation, vsn });
        const member = this.#swim.members.get(name);
        if (isNew && member !== undefined) adopted.push(member);
      }
      this.#serf?.adopt(adopted);
      for (const member of adopted) this.#kv?.onMemberEvent({ type: 'join', member });
      this.#views?.noteChange();
    });
  }

  /**
   * The same for members that other nodes know too: their records are shared, so that none takes memory here until
   * something happens to it. Nobody else may be known yet.
   */
  beginWith(nowMs: number, shared: SharedMembers): void {
    // Serf keeps a record of each member anyway.
    if (this.#serf !== undefined) return this.adopt(nowMs, shared.records.map(toView));
    this.#checkRunning();
    this.#steps.run(nowMs, () => {
      this.#swim.beginWith(shared);
      const { self } = this.#swim;
      if (this.#kv !== undefined) {
        for (const member of shared.records) {
          if (member.name !== self.name) this.#kv.onMemberEvent({ type: 'join', member });
        }
      }
      this.#views?.noteChange();
    });
  }

  #trace(nowMs: number, send: () => TracedRumor, options: TraceOptions): RequestId {
    const desk = this.#traceDesk;
    if (desk === undefined) {
      throw new ClusterError(
        'ERR_UNSUPPORTED',
        'this node cannot trace: it takes no part in gossiped state, or keeps no evidence',
      );
    }
    return this.#steps.request(nowMs, (request) =>
      desk.trace(send, options, (report) => this.#steps.finish({ type: 'trace-done', request, report })),
    );
  }

  #checkRunning(): void {
    if (!this.isRunning) throw new ClusterError('ERR_STATE', 'the node is not running');
  }

  #checkTakesPart(): void {
    this.#checkRunning();
    if (this.hasLeft) throw new ClusterError('ERR_STATE', 'the node has left');
  }

  #serfTakingPart(): Serf {
    this.#checkTakesPart();
    if (this.#serf !== undefined) return this.#serf;
    throw new ClusterError('ERR_UNSUPPORTED', 'the node is in a plain memberlist pool: only a Serf pool has that');
  }

  #viewsTakingPart(): Views {
    if (this.#views !== undefined) return this.#views;
    throw new ClusterError('ERR_UNSUPPORTED', 'the node takes no part in gossiped state, by which views travel');
  }

  #checkPlain(what: string, instead: string): void {
    if (this.#serf === undefined) return;
    throw new ClusterError('ERR_UNSUPPORTED', `${what} is for plain memberlist pools; in a Serf pool use ${instead}`);
  }

  #checkPayload(payload: Uint8Array, limitBytes: number): void {
    if (this.#kv !== undefined && isKvMessage(payload)) {
      throw new ClusterError('ERR_CONFIG', 'message begins with the three bytes by which state messages are known');
    }
    if (payload.length <= limitBytes) return;
    throw new ClusterError('ERR_MESSAGE_TOO_LARGE', `message is ${payload.length} bytes, the limit is ${limitBytes}`);
  }
}
