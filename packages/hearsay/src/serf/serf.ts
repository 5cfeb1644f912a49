import { PeriodicTimer, type Delegate, type Member, type MemberEvent } from '../swim/index.ts';
import type { Address } from '../util/index.ts';
import { Broadcasts } from './broadcasts.ts';
import { memberCoalescerOf, userCoalescerOf, type MemberCoalescer, type UserCoalescer } from './coalescer.ts';
import { checkMemberName, checkSerfConfig, isValidName } from './config-check.ts';
import type { SerfConfig } from './config.ts';
import type { Coordinate } from './coordinate/vivaldi.ts';
import { Departures } from './departures.ts';
import type { MemberEventType, MemberStatus, SerfEvent, SerfMember } from './events.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import { Inbox } from './inbox.ts';
import { RecentIntents } from './intents.ts';
import { InternalQueries } from './internal-queries.ts';
import { KeyManager } from './key-manager.ts';
import { LamportClock } from './lamport-clock.ts';
import { LeaveReminder } from './leave-reminder.ts';
import { MemberTable } from './member-table.ts';
import type { LamportTime, UserEventMessage } from './messages.ts';
import { NameConflict } from './name-conflict.ts';
import type { QueryParams, SerfKeys, SerfOptions } from './options.ts';
import { PingCoordinates } from './ping-coordinates.ts';
import { QueryAnswerer } from './query-answerer.ts';
import { QueryAsker } from './query-asker.ts';
import { QueryStats } from './query-stats.ts';
import { Rejoiner } from './rejoiner.ts';
import { RelayReceiver, RelaySender } from './relay.ts';
import { SnapshotWriter, type SnapshotWriterParts } from './snapshot-writer.ts';
import type { ReplayedSnapshot } from './snapshot.ts';
import { StateExchange } from './state-exchange.ts';
import { stateLimits } from './state-limits.ts';
import { SerfCounters, type SerfStats } from './stats.ts';
import { StatusMachine } from './status-machine.ts';
import { checkTags } from './tags.ts';
import { UserEvents } from './user-events.ts';

/**
 * The Serf layer of one node: intents, user events, queries, tags, keys and coordinates above membership. Without I/O,
 * like it; everything happens inside a step of the node.
 */
export class Serf implements Delegate {
  readonly config: SerfConfig;
  readonly keys: SerfKeys;
  /** Present only when names are validated, for its presence changes what membership accepts. */
  readonly acceptAlive?: (member: Member) => boolean;
  readonly #host: SerfHost;
  readonly #counters: SerfCounters = new SerfCounters();
  readonly #queryStats: QueryStats = new QueryStats();
  readonly #clock: LamportClock = new LamportClock();
  readonly #eventClock: LamportClock = new LamportClock();
  readonly #queryClock: LamportClock = new LamportClock();
  readonly #minQueryTime: LamportTime;
  readonly #members: MemberTable;
  readonly #intents: RecentIntents;
  readonly #broadcasts: Broadcasts;
  readonly #statuses: StatusMachine;
  readonly #departures: Departures;
  readonly #rejoiner: Rejoiner;
  readonly #userEvents: UserEvents;
  readonly #states: StateExchange;
  readonly #asker: QueryAsker;
  readonly #answerer: QueryAnswerer;
  readonly #internalQueries: InternalQueries;
  readonly #keyManager: KeyManager;
  readonly #nameConflict: NameConflict;
  readonly #inbox: Inbox;
  /** Undefined: there is none. */
  readonly #snapshot: SnapshotWriter | undefined;
  /** Undefined: they are off. */
  readonly #coordinates: PingCoordinates | undefined;
  readonly #userCoalescer: UserCoalescer | undefined;
  readonly #memberCoalescer: MemberCoalescer | undefined;
  readonly #loops: readonly PeriodicTimer[];
  #tags: Readonly<Record<string, string>>;
  #meta: Uint8Array;
  /** User joins under way, and whether one of them wants no old events. */
  #joinCount: number = 0;
  #ignoresOldEvents: boolean = false;

  /** @throws `ClusterError` `ERR_CONFIG`, `ERR_NAME` or `ERR_TAGS_TOO_LARGE` */
  constructor(options: SerfOptions, host: SerfHost, env: SerfEnv) {
    const config = checkSerfConfig(options.config ?? {});
    checkMemberName(options.name, config);
    this.config = config;
    this.#host = host;
    this.#tags = copyTags(options.tags ?? {});
    this.#meta = checkTags(this.#tags, config.protocolVersion);
    const { snapshot } = options;
    this.#restoreClocks(snapshot);
    this.#minQueryTime = snapshot === undefined ? 0 : this.#queryClock.time;

    const counters = this.#counters;
    const clock = this.#clock;
    const members = new MemberTable(env.clock);
    const intents = new RecentIntents(stateLimits.recentIntentsMax, env.clock);
    const broadcasts = new Broadcasts({
      config,
      retransmitMult: options.retransmitMult,
      messageMaxBytes: options.gossipMessageMaxBytes ?? Infinity,
      memberCount: () => members.count,
      pushGossip: () => host.pushGossip(),
      trace: env.trace,
    });
    const statuses = new StatusMachine({
      selfName: options.name,
      config,
      clock,
      members,
      intents,
      env,
      counters,
      raise: (type, record) => this.#raiseNews(type, members.view(record), env.trace),
      isStaying: () => this.#departures.state === 'alive',
      refute: () => this.#departures.announceJoin(),
      onErased: (name) => this.#coordinates?.forget(name),
    });
    const departures = new Departures({
      config,
      host,
      env,
      clock,
      members,
      statuses,
      broadcasts,
      gossipIntervalMs: options.gossipIntervalMs,
      onLeaving: () => this.#onLeaving(),
    });
    const { eventWatcher } = host;
    const spreadEvent = (message: Uint8Array, event: UserEventMessage): void => {
      const passage = eventWatcher?.passing(event);
      broadcasts.queue(
        broadcasts.events,
        message,
        () => passage?.onGone(),
        () => passage?.onSent(),
      );
    };
    const userEvents = new UserEvents({
      config,
      clock: this.#eventClock,
      minTime: snapshot === undefined ? 0 : this.#eventClock.time,
      raise: (event) => this.#raise(event),
      spread: spreadEvent,
      counters,
      watcher: eventWatcher,
    });
    const queryParts = { config, host, env, queryClock: this.#queryClock, members, stats: this.#queryStats };
    const answerer = new QueryAnswerer({
      ...queryParts,
      minQueryTime: this.#minQueryTime,
      tags: () => this.#tags,
      relays: new RelaySender(queryParts),
      deliver: (query) => this.#raise(query),
      receiveResponse: (response) => this.#asker.receiveResponse(response),
    });
    const asker = new QueryAsker({
      ...queryParts,
      gossipIntervalMs: options.gossipIntervalMs,
      receive: (query, raw) => {
        if (answerer.receive(query)) broadcasts.queue(broadcasts.queries, raw);
      },
    });
    const relays = new RelayReceiver({
      ...queryParts,
      receiveResponse: (response) => asker.receiveResponse(response),
    });

    this.#members = members;
    this.#intents = intents;
    this.#broadcasts = broadcasts;
    this.#statuses = statuses;
    this.#departures = departures;
    this.#userEvents = userEvents;
    this.#answerer = answerer;
    this.#asker = asker;
    const formerMembers = snapshot?.aliveNodes ?? new Map<string, string>();
    this.#rejoiner = new Rejoiner({ config, host, env, members, counters, formerMembers });
    const clocks = { clock, eventClock: this.#eventClock, queryClock: this.#queryClock };
    this.#states = new StateExchange({ ...clocks, selfName: options.name, members, statuses, userEvents, counters });
    this.#internalQueries = new InternalQueries({ ...queryParts, answerer });
    this.#keyManager = new KeyManager({ host, asker, stats: this.#queryStats });
    this.#nameConflict = new NameConflict({ config, host, asker, stats: this.#queryStats });
    this.#inbox = new Inbox({
      statuses,
      userEvents,
      answerer,
      asker,
      relays,
      broadcasts,
      spreadEvent,
      counters,
      trace: env.trace,
    });
    this.#snapshot = snapshotWriterOf(config, env, snapshot, {
      memberTime: () => clock.time,
      membersHere: () => members.here(),
    });
    this.#coordinates = config.coordinates
      ? new PingCoordinates(options.name, env.rng, counters, env.trace)
      : undefined;
    const emit = (event: SerfEvent): void => host.emit(event);
    this.#userCoalescer = userCoalescerOf(config, env, emit);
    this.#memberCoalescer = memberCoalescerOf(config, env, emit);
    const reminder = new LeaveReminder({ selfName: options.name, members, host });
    this.#loops = [
      new PeriodicTimer('reap', config.reapIntervalMs, env, () => statuses.reap()),
      new PeriodicTimer('leave reminder', config.reapIntervalMs, env, () => reminder.remind()),
      new PeriodicTimer('queue check', config.queueCheckIntervalMs, env, () => broadcasts.pruneQueues()),
    ];
    this.keys = keysOf(this.#keyManager);
    if (config.validateNames) this.acceptAlive = (member) => isValidName(member.name);
  }

  /** All members, whatever their status. */
  get members(): readonly SerfMember[] {
    return Array.from(this.#members.all(), (record) => this.#members.view(record));
  }

  /** Those that failed or left and are not forgotten, the longest gone first. */
  departed(): Iterable<{ readonly member: Member; readonly status: MemberStatus }> {
    return this.#members.departed();
  }

  /** How many members there are, whatever their status. */
  get memberCount(): number {
    return this.#members.count;
  }

  /** Intents, queries and events that wait to be sent often enough. */
  get queuedCount(): number {
    return this.#broadcasts.count;
  }

  /** This node's own. */
  get tags(): Readonly<Record<string, string>> {
    return this.#tags;
  }

  /** A snapshot. */
  get stats(): SerfStats {
    return {
      members: this.#members.count,
      failed: this.#members.failedCount,
      left: this.#members.leftCount,
      memberTime: this.#clock.time,
      eventTime: this.#eventClock.time,
      queryTime: this.#queryClock.time,
      eventMinTime: this.#userEvents.minTime,
      queryMinTime: this.#minQueryTime,
      intentQueue: this.#broadcasts.intents.count,
      eventQueue: this.#broadcasts.events.count,
      queryQueue: this.#broadcasts.queries.count,
      coordinateResets: this.#coordinates?.resetCount,
      recentIntents: this.#intents.count,
      userEvents: this.#userEvents.count,
      userEventBytes: this.#userEvents.sizeBytes,
      broadcastsDropped: this.#broadcasts.droppedCount,
      broadcastsTooLong: this.#broadcasts.tooLongCount,
      counters: { ...this.#counters, ...this.#queryStats },
    };
  }

  member(name: string): SerfMember | undefined {
    const record = this.#members.get(name);
    return record && this.#members.view(record);
  }

  /** Begins to take part; also again, after {@link leave} or {@link stop}. To be called before membership starts. */
  start(): void {
    this.#snapshot?.start();
    this.#departures.start();
    this.#rejoiner.start();
    for (const loop of this.#loops) loop.start();
  }

  /** Hands on what is still being collected, and ends every timer and wait. */
  stop(): void {
    this.#joinCount = 0;
    this.#ignoresOldEvents = false;
    for (const loop of this.#loops) loop.stop();
    this.#rejoiner.stop();
    this.#departures.stop();
    this.#statuses.stop();
    this.#nameConflict.stop();
    this.#keyManager.stop();
    this.#asker.stop();
    this.#answerer.stop();
    this.#broadcasts.reset();
    this.#userCoalescer?.flush();
    this.#memberCoalescer?.flush();
    this.#snapshot?.stop();
  }

  // Commands.

  /**
   * A join of the user begins. Until all have ended, `ignoreOldEvents` keeps out user events that were sent before; one
   * join that wants that decides for those that run beside it.
   */
  beginJoin(ignoreOldEvents: boolean): void {
    this.#joinCount += 1;
    this.#ignoresOldEvents ||= ignoreOldEvents;
  }

  /** A join of the user is over; with `joinedCount` above 0 this node announces itself. */
  endJoin(joinedCount: number): void {
    this.#joinCount -= 1;
    if (this.#joinCount === 0) this.#ignoresOldEvents = false;
    if (joinedCount > 0) this.#departures.announceJoin();
  }

  /**
   * Says goodbye with an intent, leaves membership, and stays for a moment to answer those that have not heard. Each of
   * the two messages may take `timeoutMs`; `onDone` hears whether both were spread.
   *
   * @throws `ClusterError` `ERR_STATE`
   */
  leave(timeoutMs: number, onDone: (spread: boolean) => void): void {
    this.#departures.leave(timeoutMs, onDone);
  }

  /** @throws `ClusterError` `ERR_TAGS_TOO_LARGE`, and nothing has changed */
  setTags(tags: Readonly<Record<string, string>>, timeoutMs: number, onDone: (spread: boolean) => void): void {
    const copy = copyTags(tags);
    this.#meta = checkTags(copy, this.config.protocolVersion);
    this.#tags = copy;
    this.#host.updateMeta(timeoutMs, onDone);
  }

  /**
   * Returns its Lamport time.
   *
   * @throws `ClusterError` `ERR_EVENT_TOO_LARGE`
   */
  fireEvent(name: string, payload: Uint8Array, coalesce: boolean): LamportTime {
    return this.#userEvents.fire(name, payload, coalesce);
  }

  /** Says of a member that it has left, and with `prune` that it is to be forgotten. Ends with `force-leave-done`. */
  forceLeave(request: number, name: string, prune: boolean, timeoutMs: number): void {
    this.#departures.forceLeave(request, name, prune, timeoutMs);
  }

  /**
   * Asks the pool. Ends with `query-done`; `query-ack` and `query-response` before it carry `request` too.
   *
   * @throws `ClusterError` `ERR_UNSUPPORTED`, `ERR_NAME`, `ERR_QUERY_TOO_LARGE`, `ERR_QUEUE_FULL` or `ERR_CONFIG`
   */
  query(request: number, name: string, payload: Uint8Array | null, params: QueryParams = {}): void {
    this.#asker.ask(request, { ...params, name, payload });
  }

  /**
   * Answers the `query` event with that id, once.
   *
   * @throws `ClusterError` `ERR_RESPONSE_TOO_LARGE` (it may be answered again, shorter) or `ERR_QUERY_CLOSED`
   */
  respond(id: number, payload: Uint8Array): void {
    this.#answerer.respond(id, payload);
  }

  /** Nobody waits for the result of that query, key change or forced leave any more: no event follows. */
  abandon(request: number): void {
    this.#asker.abandon(request);
    this.#keyManager.abandon(request);
    this.#departures.abandon(request);
  }

  /** This node's own coordinate, or the one it knows of a member. Undefined when it knows none, or they are off. */
  coordinate(name: string = this.#host.name): Coordinate | undefined {
    return this.#coordinates?.of(name);
  }

  /** Takes members for alive without telling anybody: for a node that begins in a pool formed before. */
  adopt(members: readonly Member[]): void {
    for (const member of members) this.#statuses.adopt(member);
  }

  // What membership calls.

  nodeMeta(_limitBytes: number): Uint8Array {
    return this.#meta;
  }

  ackPayload(): Uint8Array {
    return this.#coordinates?.payload ?? nothing;
  }

  localState(_isJoin: boolean): Uint8Array {
    return this.#states.encodeOwn();
  }

  takeBroadcasts(_to: Member | undefined, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    this.#broadcasts.take(overheadBytes, limitBytes, out);
  }

  hasBroadcasts(): boolean {
    return this.#broadcasts.count > 0;
  }

  onUserMessage(message: Uint8Array, _from: Address): void {
    this.#inbox.receive(message);
  }

  onRemoteState(state: Uint8Array, isJoin: boolean): void {
    const isOwnJoin = isJoin && this.#joinCount > 0;
    this.#states.receive(state, { isOwnJoin, ignoresOldEvents: isOwnJoin && this.#ignoresOldEvents });
  }

  onPingComplete(member: Member, rttMs: number, ackPayload: Uint8Array): void {
    this.#coordinates?.receive(member.name, rttMs, ackPayload);
  }

  onMemberEvent(event: MemberEvent): void {
    this.#statuses.receiveMemberEvent(event);
  }

  onConflict(existing: Member, _other: Member): void {
    this.#counters.nameConflicts += 1;
    if (existing.name === this.#host.name) this.#nameConflict.onOwnNameClaimed();
  }

  // Inside.

  #raiseNews(type: MemberEventType, member: SerfMember, trace: SerfEnv['trace']): void {
    trace?.({ type: 'member-news', news: type, member });
    this.#raise({ type, members: [member] });
  }

  /** The way of an event: snapshot, internal queries, user coalescer, member coalescer, application. */
  #raise(event: SerfEvent): void {
    this.#snapshot?.take(event);
    if (event.type === 'query' && this.#internalQueries.handle(event)) return;
    if (this.#userCoalescer?.take(event) || this.#memberCoalescer?.take(event)) return;
    this.#host.emit(event);
  }

  #onLeaving(): void {
    this.#snapshot?.leave();
    this.#rejoiner.stop();
  }

  #restoreClocks(snapshot: ReplayedSnapshot | undefined): void {
    if (snapshot === undefined) return;
    this.#clock.restore(snapshot.clock);
    this.#eventClock.restore(snapshot.eventClock);
    this.#queryClock.restore(snapshot.queryClock);
  }
}

const nothing = new Uint8Array(0);

/** Without a prototype, as any text is a legal tag. */
function copyTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const copy = Object.create(null) as Record<string, string>;
  for (const [tag, value] of Object.entries(tags)) copy[tag] = value;
  return Object.freeze(copy);
}

/** Undefined: none is kept. */
function snapshotWriterOf(
  config: SerfConfig,
  { clock, timers, persist }: SerfEnv,
  replayed: ReplayedSnapshot | undefined,
  now: Pick<SnapshotWriterParts, 'memberTime' | 'membersHere'>,
): SnapshotWriter | undefined {
  if (replayed === undefined || persist === undefined) return undefined;
  const { rejoinAfterLeave, snapshotMinCompactBytes: minCompactBytes } = config;
  return new SnapshotWriter({ replayed, rejoinAfterLeave, minCompactBytes, persist, clock, timers, ...now });
}

function keysOf(keyManager: KeyManager): SerfKeys {
  return {
    install: (request, key) => keyManager.start(request, 'install', key),
    use: (request, key) => keyManager.start(request, 'use', key),
    remove: (request, key) => keyManager.start(request, 'remove', key),
    list: (request) => keyManager.start(request, 'list', undefined),
  };
}
