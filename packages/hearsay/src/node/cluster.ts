import type {
  ClusterEvent as CoreEvent,
  ClusterNode,
  Effects,
  KvClusterEvent,
  MemberReport,
  MemberTransition,
  TraceOptions,
  TraceReport,
  WhyReport,
} from '../cluster/index.ts';
import { distanceNs, type SerfCoordinate, type SerfMember } from '../serf/index.ts';
import { strangerTexts } from '../swim/index.ts';
import { ClusterError, formatAddress, type Address, type Rng } from '../util/index.ts';
import type { Advertised } from './advertise.ts';
import type { BoundTransports } from './bind.ts';
import { checkTimeout, unlessAborted, type CallOptions } from './calls.ts';
import {
  checkChoice,
  checkCount,
  checkFlag,
  checkQueryOptions,
  checkTags,
  checkText,
  checkTextOrBytes,
} from './check-options.ts';
import { ClusterKeys } from './cluster-keys.ts';
import { disagreementInWords, toClusterDiff, type ClusterDiff } from './cluster-views.ts';
import { Commands, type SpreadResult } from './commands.ts';
import { Driver } from './driver.ts';
import { EventHub } from './event-hub.ts';
import type { EventStream, EventStreamOptions } from './event-stream.ts';
import type { ClusterEventType, ClusterListener, MembersChangedEvent } from './events.ts';
import { ClusterState } from './kv/cluster-state.ts';
import type { KvNodeOptions } from './kv/options.ts';
import type { StoredState } from './kv/stored-state.ts';
import { LocalKeyring } from './local-keyring.ts';
import type { Logger } from './logger.ts';
import { toUserView } from './member-views.ts';
import { toBytes } from './options.ts';
import { QueryHandlers, type QueryHandler } from './query-handlers.ts';
import { Query, type QueryOptions } from './query.ts';
import { SeedKeeper } from './seed-keeper.ts';
import { parseSeed, resolveSeeds, type Lookup, type Seed } from './seeds.ts';
import { Settling, type WaitForOptions } from './settling.ts';
import type { SnapshotFile } from './snapshot-file.ts';
import { flattenStats, type ClusterStats } from './stats.ts';
import { ClusterTelemetry } from './telemetry/cluster-telemetry.ts';
import { ProcessMetrics } from './telemetry/process-metrics.ts';
import { checkRumor, type TraceCallOptions, type TraceRumor } from './trace-options.ts';
import { toAgoMs, type WhyCallOptions } from './why-options.ts';
import type { ClusterViews } from '../views/index.ts';

/** What came of a {@link Cluster.join}. */
export interface JoinResult {
  /** How many of the addresses answered; at least 1. */
  readonly joinedCount: number;
  /** Why the others did not. */
  readonly failures: readonly { readonly address: string; readonly reason: string }[];
}

/** How a {@link Cluster.join} goes about what happened before it. */
export interface JoinOptions extends CallOptions {
  /** Serf pools: also deliver user events from before the join that are still remembered. @defaultValue false */
  readonly replay?: boolean;
}

/** How a {@link Cluster.forceLeave} goes. */
export interface ForceLeaveOptions extends CallOptions {
  /** Forget the member altogether, at once. @defaultValue false: it is remembered as left, for a day */
  readonly prune?: boolean;
}

/** How a message to one member travels. */
export interface SendOptions {
  /** `packet`: one datagram, which may be lost and must fit. `stream`: a TCP connection. Default `packet`. */
  readonly channel?: 'packet' | 'stream';
}

/** The members by which an application goes, see {@link Cluster.stableView}. */
export interface StableView {
  /** The same at all members that have the same names in their views. */
  readonly id: string;
  /** How many `members-changed` events this member has told. */
  readonly number: number;
  /** In no order. */
  readonly members: readonly SerfMember[];
}

/** @internal What {@link Cluster} is made of. */
export interface ClusterParts {
  readonly transports: BoundTransports;
  readonly advertised: Advertised;
  readonly seeds: readonly Seed[];
  /** The port of an address that says none. */
  readonly seedPort: number;
  readonly lookup: Lookup;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
  readonly pool: 'serf' | 'memberlist';
  readonly snapshot: SnapshotFile | undefined;
  readonly bridge: KvNodeOptions['bridge'];
  readonly storedState: StoredState | undefined;
  readonly saveKeys: ((keys: readonly Uint8Array[]) => void) | undefined;
  /** Whether telemetry tells how this process does. */
  readonly measuresProcess: boolean;
  readonly createNode: (effects: Effects) => ClusterNode;
}

type CoreEventOf<Type extends CoreEvent['type']> = Extract<CoreEvent, { readonly type: Type }>;

/** Events by which a member comes or goes. */
const membershipChanges = ['member-join', 'member-leave', 'member-failed'] as const;

/** How long leaving and spreading news wait unless told otherwise. Serf `config.go`, `BroadcastTimeout`. */
const spreadTimeoutMs = 5_000;
/** How long the members that are compared have to answer unless told otherwise. */
const diffTimeoutMs = 3_000;

/**
 * A running member of a cluster. Made by `createCluster`.
 *
 * Asynchronous calls take a signal and reject with its reason. `await using` leaves, then closes.
 */
export class Cluster {
  /** The encryption keys of all members of a Serf pool, changed together. */
  readonly keys: ClusterKeys;
  /** The encryption keys of this node alone. */
  readonly keyring: LocalKeyring;
  readonly #transports: BoundTransports;
  readonly #advertised: Advertised;
  readonly #logger: Logger;
  readonly #lookup: Lookup;
  readonly #seedPort: number;
  readonly #signal: AbortSignal | undefined;
  readonly #isSerf: boolean;
  readonly #snapshot: SnapshotFile | undefined;
  readonly #hub: EventHub;
  readonly #driver: Driver<ClusterNode>;
  readonly #node: ClusterNode;
  readonly #commands: Commands;
  readonly #queryHandlers: QueryHandlers;
  readonly #seedKeeper: SeedKeeper;
  /** Undefined when this member takes no part in state. */
  readonly #state: ClusterState | undefined;
  readonly #storedState: StoredState | undefined;
  /** Undefined when this member publishes nothing. */
  readonly #telemetry: ClusterTelemetry | undefined;
  readonly #processMetrics: ProcessMetrics | undefined;
  #hasFailed: boolean = false;
  #isClosing: boolean = false;
  readonly #closed: Promise<void>;
  #markClosed!: (closing: Promise<void>) => void;

  /** @internal */
  constructor(parts: ClusterParts) {
    const { udp, tcp } = parts.transports;
    this.#transports = parts.transports;
    this.#advertised = parts.advertised;
    this.#logger = parts.logger;
    this.#lookup = parts.lookup;
    this.#seedPort = parts.seedPort;
    this.#signal = parts.signal;
    this.#isSerf = parts.pool === 'serf';
    this.#snapshot = parts.snapshot;
    this.#closed = new Promise((resolve) => (this.#markClosed = resolve));
    this.#hub = new EventHub(parts.logger);
    this.#queryHandlers = new QueryHandlers(this.#hub);
    this.#driver = new Driver({
      packets: udp,
      streams: tcp,
      persist: (record) => this.#snapshot?.apply(record),
      persistState: (record) => parts.storedState?.persist(record),
      onEvent: (event) => this.#onEvent(event),
      onFailure: (error, isThrown) => this.#onFailure(error, isThrown),
      onTimer: (latenessMs) => this.#processMetrics?.recordLoopDelay(latenessMs),
    });
    this.#node = parts.createNode(this.#driver);
    this.#commands = new Commands(this.#driver);
    this.keys = new ClusterKeys(this.#commands);
    this.keyring = new LocalKeyring(() => this.#commands.node.keyring, parts.saveKeys);
    const { kv } = this.#node;
    const { logger, bridge, storedState } = parts;
    const stored = storedState?.stored;
    this.#state = kv && new ClusterState({ name: this.name, kv, commands: this.#commands, logger, bridge, stored });
    this.#storedState = storedState;
    const { telemetry } = this.#node;
    this.#telemetry = telemetry && new ClusterTelemetry(telemetry, this.#commands, () => this.members);
    this.#processMetrics = telemetry && parts.measuresProcess ? new ProcessMetrics(telemetry) : undefined;
    storedState?.begin(this.#node, (event) => this.#hub.deliver(event));
    this.#seedKeeper = new SeedKeeper({
      seeds: parts.seeds,
      lookup: parts.lookup,
      rng: parts.rng,
      logger: parts.logger,
      knownAddresses: () => [this.address, ...this.#node.members.flatMap(({ address }) => address ?? [])],
      isAlone: () => this.#node.memberCount <= 1,
      join: (addresses) =>
        this.#commands.call('join', {}, (signal) => this.#joinAddresses(addresses, [], false, signal)),
    });
    udp.attach(this.#driver);
    tcp.attach(this.#driver);
    this.#driver.start(this.#node);
    this.#seedKeeper.start();
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** This member's name. */
  get name(): string {
    return this.#node.localMember.name;
  }

  /** Where this node listens. The port is of interest when 0 was asked for. */
  get address(): Address {
    return this.#transports.address;
  }

  /** The address that the others are told, and why it is that one. */
  get advertised(): Advertised {
    return this.#advertised;
  }

  /** This member as the others see it. */
  get localMember(): SerfMember {
    return this.member(this.name) ?? toUserView(this.#node.localMember);
  }

  /** The members that are there, this one included: not failed, not left. After the close, those of that moment. */
  get members(): readonly SerfMember[] {
    return this.allMembers.filter(({ status }) => status === 'alive' || status === 'leaving');
  }

  /** All members that are remembered: also those that failed or left, until they are reaped. */
  get allMembers(): readonly SerfMember[] {
    return (this.#isSerf ? this.#node.serfMembers : this.#node.allMembers).map(toUserView);
  }

  /** The member of that name, whatever its status; undefined when none is remembered. */
  member(name: string): SerfMember | undefined {
    const member = this.#isSerf ? this.#node.serfMember(name) : this.#node.member(name);
    return member && toUserView(member);
  }

  /**
   * The members by which an application goes: it changes only with a `members-changed` event, many at once, and a member
   * that comes and goes all the time stays out until it is steady. {@link Cluster.members} tells each change at once.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when this member was made with `stableView: false`
   */
  get stableView(): StableView {
    const view = this.#node.stableView;
    if (view !== undefined) return { ...view, members: view.members.map(toUserView) };
    throw new ClusterError('ERR_UNSUPPORTED', 'this member keeps no stable view: it was made with stableView: false');
  }

  /**
   * Joins the cluster of one or more members, given as `[name/]host[:port]`, the port being that of `bind` when left
   * out. All are contacted; one that answers is enough. Can be called at any time, again too, and after a
   * {@link Cluster.leave}: this member then takes part again.
   *
   * Without `timeoutMs` the protocol's own limit for streams holds for each address.
   *
   * @throws {@link ClusterError} `ERR_JOIN` when none answered, `ERR_ADDRESS`, `ERR_TIMEOUT`, `ERR_STATE`
   */
  async join(addresses: string | readonly string[], options: JoinOptions = {}): Promise<JoinResult> {
    void this.#commands.node;
    const texts = typeof addresses === 'string' ? [addresses] : addresses;
    texts.forEach((text) => checkText('an address to join', text));
    const seeds = texts.map((text) => parseSeed(text, this.#seedPort));
    const { replay = false } = options;
    checkFlag('replay', replay);
    return this.#commands.call('join', options, async (signal) => {
      const resolved = await unlessAborted(resolveSeeds(seeds, this.#lookup), signal);
      if (this.#node.hasLeft) this.#commands.run((node, nowMs) => node.start(nowMs));
      return this.#joinAddresses(resolved.addresses, resolved.failures, replay, signal);
    });
  }

  /**
   * Tells the others that this node leaves of its own will, and waits until the news has spread or `timeoutMs`
   * (default 5,000) is over; in a Serf pool that is done twice, and a second is added, in which the node still answers
   * those that have not heard. It goes on answering until {@link Cluster.close}, and {@link Cluster.join} brings it back.
   *
   * @throws {@link ClusterError} `ERR_STATE`, also when it has left before
   */
  async leave(options: CallOptions = {}): Promise<SpreadResult> {
    const { timeoutMs = spreadTimeoutMs } = options;
    const result = await this.#commands.spread('leave', options, (node, nowMs) => node.leave(nowMs, timeoutMs));
    // After a crash from now on, it must not come back by itself.
    await this.#snapshot?.flushed();
    return result;
  }

  /**
   * State that the members gossip: keys that each member writes for itself, and a map that all write.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when this member takes no part in it
   */
  get kv(): ClusterState {
    if (this.#state !== undefined) return this.#state;
    throw new ClusterError(
      'ERR_UNSUPPORTED',
      'this member takes no part in gossiped state: give createCluster kv: true',
    );
  }

  /**
   * Metrics that the members gossip: what this one measures, and what all of them do as one.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when this member takes no part in it
   */
  get telemetry(): ClusterTelemetry {
    if (this.#telemetry !== undefined) return this.#telemetry;
    throw new ClusterError('ERR_UNSUPPORTED', 'this member has no telemetry: it needs kv, and no telemetry: false');
  }

  // Serf pools.

  /** What this member says of itself. */
  get tags(): Readonly<Record<string, string>> {
    return { ...this.#node.tags };
  }

  /**
   * Replaces this member's tags, at most 512 bytes when encoded, and waits until the news has spread or `timeoutMs`
   * (default 5,000) is over.
   *
   * @throws {@link ClusterError} `ERR_TAGS_TOO_LARGE`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  async setTags(tags: Readonly<Record<string, string>>, options: CallOptions = {}): Promise<SpreadResult> {
    const { timeoutMs = spreadTimeoutMs } = options;
    checkTags('tags', tags);
    return this.#commands.spread('setTags', options, (node, nowMs) => node.setTags(nowMs, { ...tags }, timeoutMs));
  }

  /**
   * Tells all members of the pool, this one included, where it comes out as a `user` event, once each. Name and payload
   * together may be 512 bytes, less a little for the encoding. Text becomes UTF-8. With `coalesce`, members that collect
   * events may hand on only the newest of that name (default false).
   *
   * @throws {@link ClusterError} `ERR_EVENT_TOO_LARGE`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  event(name: string, payload: Uint8Array | string = '', options: { readonly coalesce?: boolean } = {}): void {
    checkText('the name of an event', name);
    checkTextOrBytes('payload', payload);
    const { coalesce = false } = options;
    checkFlag('coalesce', coalesce);
    const bytes = Uint8Array.from(toBytes(payload));
    this.#commands.run((node, nowMs) => node.fireEvent(nowMs, name, bytes, coalesce));
  }

  /**
   * Asks the members of the pool, this one included, and hands on what they answer until the time is up. Name, payload
   * and filters together may be 1,024 bytes, and so may each answer.
   *
   * @throws {@link ClusterError} `ERR_QUERY_TOO_LARGE`, `ERR_NAME`, `ERR_CONFIG`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  query(name: string, payload?: Uint8Array | string, options: QueryOptions = {}): Query {
    checkText('the name of a query', name);
    if (payload !== undefined) checkTextOrBytes('payload', payload);
    checkQueryOptions(options);
    const { signal, ...params } = options;
    signal?.throwIfAborted();
    const bytes = payload === undefined ? null : Uint8Array.from(toBytes(payload));
    return new Query(this.#commands, signal, (node, nowMs) => node.query(nowMs, name, bytes, params));
  }

  /**
   * Answers queries of that name with what `handler` returns or its promise comes to; with undefined not at all. One
   * handler a name: another one takes its place, and undefined takes it back. What it throws is reported as an `error`
   * event. Listeners for `query` hear of the query too.
   */
  onQuery(name: string, handler: QueryHandler | undefined): this {
    this.#queryHandlers.set(name, handler);
    return this;
  }

  /**
   * Says of a member that has failed that it will not come back: it counts as left from now on. A member that is alive
   * takes no notice. Waits until the news has spread or `timeoutMs` (default 5,000) is over.
   *
   * @throws {@link ClusterError} `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  async forceLeave(name: string, options: ForceLeaveOptions = {}): Promise<SpreadResult> {
    const { timeoutMs = spreadTimeoutMs, prune = false } = options;
    checkText('name', name);
    checkFlag('prune', prune);
    return this.#commands.spread('forceLeave', options, (node, nowMs) =>
      node.forceLeave(nowMs, name, prune, timeoutMs),
    );
  }

  /**
   * Finds out why a member was accused, or went: asks its accusers, the member itself and some others what they recorded,
   * and judges that. Members of other software keep no records: the report names them among the missing.
   *
   * The records are bounded, the oldest go first, and none outlives its process. Takes up to `timeoutMs`, 3,000 by
   * default and at most 60,000, less when all answer.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`, `ERR_STATE`
   */
  async why(name: string, options: WhyCallOptions = {}): Promise<WhyReport> {
    checkText('name', name);
    const { signal, timeoutMs } = options;
    const agoMs = toAgoMs(options.atMs);
    const how = { ...(agoMs !== undefined && { agoMs }), ...(timeoutMs !== undefined && { timeoutMs }) };
    const done = await this.#commands.call('why', signal === undefined ? {} : { signal }, (callSignal) =>
      this.#commands.result<'why-done'>(callSignal, (node, nowMs) => node.why(nowMs, name, how)),
    );
    return done.report;
  }

  /**
   * Sends an event or a write like any other, and finds out how it went: when each member of ours heard it, from whom and at
   * which hop, how that compares with theory, and why somebody was late. Members of other software pass an event on and
   * cannot tell: the report names them.
   *
   * Takes as long as a rumor takes to spread, about two seconds among 100 members, and up to `timeoutMs` (default 10,000)
   * when somebody has not heard of it or does not answer.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when this member takes no part in gossiped state, or keeps no evidence,
   *   `ERR_CONFIG`, `ERR_STATE`, and what {@link Cluster.event} or `cluster.kv.shared.put` throw; then nothing is sent
   */
  async trace(rumor: TraceRumor, options: TraceCallOptions = {}): Promise<TraceReport> {
    checkRumor(rumor);
    const { signal, ...how } = options;
    const begin = this.#traceBegin(rumor, how);
    const done = await this.#commands.call('trace', signal === undefined ? {} : { signal }, (callSignal) =>
      this.#commands.result<'trace-done'>(callSignal, begin),
    );
    return done.report;
  }

  /**
   * Which members believe the same of who is live, as far as this one has heard: in one group when all agree. Each member
   * publishes a digest soon after its member list changed, which reaches the others within seconds; members that take no
   * part in gossiped state have none. Costs no packet.
   *
   * @throws {@link ClusterError} `ERR_UNSUPPORTED` when this member takes no part in gossiped state, `ERR_STATE`
   */
  views(): ClusterViews {
    const { views } = this.#commands.node;
    if (views !== undefined) return views.read();
    throw new ClusterError('ERR_UNSUPPORTED', 'this member takes no part in gossiped state, by which views travel');
  }

  /**
   * What this member can tell of each by itself: in which state it is, why and for how long, how far away, and how late its
   * state comes. Asks nobody, as {@link Cluster.why} does. As of the last step of the protocol.
   *
   * @throws {@link ClusterError} `ERR_STATE`
   */
  memberReports(): readonly MemberReport[] {
    return this.#commands.node.memberReports();
  }

  /**
   * The latest changes of what this member believes of others, suspicions too: the newest first, as far as they are
   * remembered.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`, `ERR_STATE`
   */
  recentTransitions(countMax: number = 16): readonly MemberTransition[] {
    checkCount('countMax', countMax, 1);
    return this.#commands.node.recentTransitions(countMax);
  }

  /**
   * Waits until all live members that can tell believe of who is live what this one believes, as {@link Cluster.views}
   * shows it; `timeoutMs` has no default. That they agree does not make it true: a member that has just died is live for
   * all until somebody has noticed.
   *
   * @throws {@link ClusterError} `ERR_TIMEOUT`, `ERR_STATE` when it is closed or leaves before, `ERR_UNSUPPORTED`, `ERR_CONFIG`
   */
  async converged(options: CallOptions = {}): Promise<ClusterViews> {
    const { signal, timeoutMs } = options;
    const done = await this.#commands
      .call('converged', options, (callSignal) =>
        this.#commands.result<'converged-done'>(callSignal, (node, nowMs) => node.converged(nowMs)),
      )
      .catch((error: unknown) => {
        const isTimeout = error instanceof ClusterError && error.code === 'ERR_TIMEOUT' && signal?.aborted !== true;
        if (!isTimeout) throw error;
        const text = `not all members agreed within ${timeoutMs} ms: ${disagreementInWords(this.views())}`;
        throw new ClusterError('ERR_TIMEOUT', text, { cause: error });
      });
    if (done.views !== undefined) return done.views;
    throw new ClusterError('ERR_STATE', 'this member left, or was closed, before all agreed');
  }

  /**
   * Asks two members what they believe of all, and tells where they disagree; either may be this one. Takes up to
   * `timeoutMs`, 3,000 by default and at most 60,000. Members that take no part in gossiped state cannot tell.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  async diff(a: string, b: string, options: CallOptions = {}): Promise<ClusterDiff> {
    checkText('a', a);
    checkText('b', b);
    const { signal, timeoutMs = diffTimeoutMs } = options;
    const done = await this.#commands.call('diff', signal === undefined ? {} : { signal }, (callSignal) =>
      this.#commands.result<'diff-done'>(callSignal, (node, nowMs) => node.diff(nowMs, a, b, timeoutMs)),
    );
    return toClusterDiff(done.diff, this.#isSerf);
  }

  /** Where this member is in the space of round trips. Undefined when coordinates are off, and in a plain pool. */
  get coordinate(): SerfCoordinate | undefined {
    return this.#node.coordinate();
  }

  /** Where the member of that name was when it last answered a probe of this one; undefined when it has not yet. */
  coordinateOf(name: string): SerfCoordinate | undefined {
    return this.#node.coordinate(name);
  }

  /**
   * How long a round trip between two members is likely to take, in milliseconds, from their coordinates: without `b`
   * between `a` and this one. Undefined when a coordinate is not known. An estimate: within a factor of two, mostly.
   */
  rtt(a: string, b: string = this.name): number | undefined {
    const [from, to] = [this.coordinateOf(a), this.coordinateOf(b)];
    return from && to && distanceNs(from, to) / 1e6;
  }

  // Plain pools.

  /**
   * Plain pools: replaces this member's metadata, at most 512 bytes, and waits until the news has spread or `timeoutMs`
   * (default 5,000) is over. Text becomes UTF-8.
   *
   * @throws {@link ClusterError} `ERR_META_TOO_LARGE`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  async updateMeta(meta: Uint8Array | string, options: CallOptions = {}): Promise<SpreadResult> {
    const { timeoutMs = spreadTimeoutMs } = options;
    checkTextOrBytes('meta', meta);
    return this.#commands.spread('updateMeta', options, (node, nowMs) =>
      node.updateMeta(nowMs, toBytes(meta), timeoutMs),
    );
  }

  /**
   * Plain pools: sends a message to one member, where it comes out as a `user-message` event. Text becomes UTF-8.
   *
   * @throws {@link ClusterError} `ERR_UNKNOWN_MEMBER`, `ERR_MESSAGE_TOO_LARGE`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  send(name: string, payload: Uint8Array | string, options: SendOptions = {}): void {
    const { channel = 'packet' } = options;
    checkTextOrBytes('payload', payload);
    checkChoice('channel', channel, ['packet', 'stream']);
    this.#commands.run((node, nowMs) => node.sendUserMessage(nowMs, name, toBytes(payload), channel));
  }

  /**
   * Plain pools: lets a message ride on this node's gossip to members chosen at random. They get it as a `user-message` event and do
   * not pass it on: in a large cluster not all will see it. When too many wait, those sent most often are dropped and
   * counted in `core.broadcastQueue.dropped` of {@link Cluster.stats}.
   *
   * @throws {@link ClusterError} `ERR_MESSAGE_TOO_LARGE`, `ERR_STATE`, `ERR_UNSUPPORTED`
   */
  broadcast(payload: Uint8Array | string): void {
    checkTextOrBytes('payload', payload);
    this.#commands.run((node, nowMs) => node.broadcast(nowMs, toBytes(payload)));
  }

  // Events and counters.

  /**
   * Calls `listener` with every event of that type, after the step of the protocol that caused it. A listener that
   * throws, or returns a promise that is rejected, is reported as an `error` event and hinders nothing.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` when there is no such type
   */
  on<Type extends ClusterEventType>(type: Type, listener: ClusterListener<Type>): this {
    this.#hub.add(type, listener, false);
    return this;
  }

  /** As {@link Cluster.on}, for the next event of that type only. */
  once<Type extends ClusterEventType>(type: Type, listener: ClusterListener<Type>): this {
    this.#hub.add(type, listener, true);
    return this;
  }

  /** Takes a listener back; one that is not there is ignored. */
  off<Type extends ClusterEventType>(type: Type, listener: ClusterListener<Type>): this {
    this.#hub.remove(type, listener);
    return this;
  }

  /** Events as a bounded async iterator, from now on until it is left, aborted or the cluster is closed. */
  events<Type extends ClusterEventType = ClusterEventType>(options: EventStreamOptions<Type> = {}): EventStream<Type> {
    void this.#commands.node;
    return this.#hub.stream(options);
  }

  /**
   * Waits until at least `count` members, this one included, are there.
   *
   * @throws {@link ClusterError} `ERR_TIMEOUT`, `ERR_STATE`, `ERR_CONFIG`
   */
  async waitForMembers(count: number, options: CallOptions = {}): Promise<readonly SerfMember[]> {
    checkCount('count', count, 0);
    void this.#commands.node;
    return this.#commands.call(`waiting for ${count} members`, options, async (signal) => {
      if (this.#node.memberCount >= count) return this.members;
      const joins = this.#hub.stream({ types: ['member-join'], signal });
      while (this.#node.memberCount < count) await joins.next();
      await joins.return();
      return this.members;
    });
  }

  /**
   * Waits until enough members are there, and nobody has come or gone for a while: a gate for what should not begin in a
   * cluster that is still forming.
   *
   * @throws {@link ClusterError} `ERR_TIMEOUT`, `ERR_STATE`, `ERR_CONFIG`
   */
  async waitFor(options: WaitForOptions = {}): Promise<readonly SerfMember[]> {
    const { members: minMembers = 1, settledForMs = 0 } = options;
    checkCount('members', minMembers, 0);
    checkTimeout(settledForMs, 'settledForMs');
    void this.#commands.node;
    const what = `waiting for ${minMembers} members, settled for ${settledForMs} ms`;
    return this.#commands.call(what, options, async (signal) => {
      const names = (): string[] => this.#node.members.map(({ name }) => name);
      const settling = new Settling({ names, minMembers, settledForMs });
      const changed = (): void => settling.changed();
      for (const type of membershipChanges) this.#hub.add(type, changed, false);
      try {
        await unlessAborted(settling.done, signal);
        return this.members;
      } finally {
        settling.stop();
        for (const type of membershipChanges) this.#hub.remove(type, changed);
      }
    });
  }

  /** Counters of all parts, as they are now. */
  stats(): ClusterStats {
    const { udp, tcp } = this.#transports;
    return {
      members: this.#node.memberCount,
      core: this.#node.stats,
      driver: { ...this.#driver.stats },
      udp: { ...udp.stats, sendErrors: { ...udp.stats.sendErrors }, unansweredMs: udp.unansweredMs },
      tcp: { ...tcp.stats, errors: { ...tcp.stats.errors } },
      kvStore: this.#storedState?.stats,
      views: this.#node.views?.summary(),
    };
  }

  /** The same as flat names and numbers, such as `udp.packetsSent`, for a metrics system. */
  metrics(): Readonly<Record<string, number>> {
    return flattenStats(this.stats());
  }

  /** Lets the process exit although the cluster runs. */
  unref(): this {
    this.#driver.unref();
    this.#transports.udp.unref();
    this.#transports.tcp.unref();
    return this;
  }

  /** Undoes {@link Cluster.unref}: keeps the process running, as is the default. */
  ref(): this {
    this.#driver.ref();
    this.#transports.udp.ref();
    this.#transports.tcp.ref();
    return this;
  }

  /**
   * Closes the sockets, ends event streams and rejects open calls with `ERR_STATE`. Tells nobody: without a
   * {@link Cluster.leave} before, the others will find that this node has failed. Idempotent.
   */
  close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#markClosed(this.#close());
    }
    return this.#closed;
  }

  /** Leaves, for at most five seconds a step, then closes. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosing && !this.#node.hasLeft) {
      try {
        await this.leave();
      } catch (error) {
        this.#logger.warn({ err: error }, 'the cluster is closed without a leave');
      }
    }
    await this.close();
  }

  #traceBegin(rumor: TraceRumor, how: TraceOptions): (node: ClusterNode, nowMs: number) => number {
    if ('event' in rumor) {
      const payload = Uint8Array.from(toBytes(rumor.payload ?? ''));
      return (node, nowMs) => node.traceEvent(nowMs, rumor.event, payload, how);
    }
    const value = this.kv.encode(rumor.key, rumor.value);
    return (node, nowMs) => node.traceWrite(nowMs, rumor.key, value, how);
  }

  async #close(): Promise<void> {
    this.#driver.stop();
    this.#seedKeeper.stop();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#commands.close();
    this.#state?.close();
    this.#processMetrics?.close();
    this.#hub.close();
    await Promise.all([
      this.#transports.udp.close(),
      this.#transports.tcp.close(),
      this.#snapshot?.close(),
      this.#storedState?.close(!this.#hasFailed),
    ]);
  }

  async #joinAddresses(
    addresses: readonly Address[],
    unresolved: JoinResult['failures'],
    replay: boolean,
    signal: AbortSignal,
  ): Promise<JoinResult> {
    const result =
      addresses.length === 0 && unresolved.length > 0
        ? { joinedCount: 0, failures: [] }
        : await this.#commands.result<'join-done'>(signal, (node, nowMs) =>
            node.join(nowMs, addresses, { ignoreOldEvents: !replay }),
          );
    const failures = [...unresolved, ...result.failures];
    if (result.joinedCount > 0) return { joinedCount: result.joinedCount, failures };
    const reasons = failures.slice(0, 3).map(({ address, reason }) => `${address}: ${reason}`);
    const message = `none of ${failures.length} addresses could be joined (${reasons.join('; ')})`;
    throw new ClusterError('ERR_JOIN', message, { cause: failures });
  }

  #onEvent(event: CoreEvent): void {
    if ('request' in event) return this.#commands.receive(event);
    if (isStateEvent(event)) return this.#onStateEvent(event);
    switch (event.type) {
      case 'member-join':
      case 'member-leave':
      case 'member-failed':
      case 'member-update':
      case 'member-reap': {
        const members = event.members.map(toUserView);
        return this.#hub.deliver({ type: event.type, member: members[0]!, members });
      }
      case 'members-changed':
        return this.#hub.deliver(this.#toMembersChanged(event));
      case 'name-conflict': {
        const { type, member, other } = event;
        return this.#hub.deliver({ type, member: toUserView(member), other: toUserView(other) });
      }
      case 'foreign-traffic':
        this.#logger.error(
          { kind: event.kind, from: formatAddress(event.from), count: event.count },
          `refused a ${event.channel} from ${formatAddress(event.from)}: ${strangerTexts[event.kind]}`,
        );
        return this.#hub.deliver(event);
      case 'query':
        return this.#onQueryAsked(event);
      case 'name-lost':
        return this.#onNameLost(event);
      case 'user':
        // The core keeps the payload, to tell newcomers.
        return this.#hub.deliver({ ...event, payload: Uint8Array.from(event.payload) });
      default:
        this.#hub.deliver(event);
    }
  }

  #toMembersChanged(event: CoreEventOf<'members-changed'>): MembersChangedEvent {
    const { type, id, number, isCapped } = event;
    const [joined, left, failed] = [event.joined, event.left, event.failed].map((members) => members.map(toUserView));
    const members = this.#node.stableView?.members.map(toUserView) ?? [];
    return { type, id, number, members, joined: joined!, left: left!, failed: failed!, isCapped };
  }

  #onStateEvent(event: KvClusterEvent): void {
    const news = this.#state?.toNews(event);
    if (news !== undefined) this.#hub.deliver(news);
  }

  #onQueryAsked({ id, type, name, payload, ltime, from, timeoutMs }: CoreEventOf<'query'>): void {
    const respond = (answer: Uint8Array | string = ''): void => {
      checkTextOrBytes('payload', answer);
      this.#commands.run((node, nowMs) => node.respond(nowMs, id, toBytes(answer)));
    };
    const query = { type, name, payload, ltime, from, timeoutMs, respond };
    this.#hub.deliver(query);
    this.#queryHandlers.handle(query);
  }

  /** Another node has this name in the eyes of the others: to go on, or to say goodbye, would harm that one. */
  #onNameLost({ matchingCount, responseCount }: CoreEventOf<'name-lost'>): void {
    const error = new ClusterError(
      'ERR_NAME',
      `another member is named '${this.name}': ${matchingCount} of ${responseCount} members know this node by it`,
    );
    this.#logger.error({ err: error }, 'the cluster stopped: its name belongs to another member');
    this.#hub.deliverFatal(error, false);
    void this.close();
  }

  #onFailure(error: unknown, isThrown: boolean): void {
    this.#hasFailed = true;
    this.#logger.error({ err: error }, 'the cluster stopped: an invariant of its own is broken');
    this.#hub.deliverFatal(error, !isThrown);
    void this.close();
  }

  readonly #onAbort = (): void => void this.close();
}

function isStateEvent(event: CoreEvent): event is KvClusterEvent {
  return event.type.startsWith('kv-');
}
