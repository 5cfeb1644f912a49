import type { ClusterEvent as CoreEvent, ClusterNode, Effects, RequestId } from '../cluster/index.ts';
import type { MemberView } from '../swim/index.ts';
import { ClusterError, type Address, type Rng } from '../util/index.ts';
import type { Advertised } from './advertise.ts';
import type { BoundTransports } from './bind.ts';
import { Calls, checkTimeout, unlessAborted, type CallOptions } from './calls.ts';
import { checkChoice, checkTextOrBytes } from './check-options.ts';
import { Driver } from './driver.ts';
import { EventHub } from './event-hub.ts';
import type { EventStream, EventStreamOptions } from './event-stream.ts';
import type { ClusterEventType, ClusterListener } from './events.ts';
import { KeyManager } from './key-manager.ts';
import type { Logger } from './logger.ts';
import { toBytes } from './options.ts';
import { SeedKeeper } from './seed-keeper.ts';
import { parseSeed, resolveSeeds, type Lookup, type Seed } from './seeds.ts';
import { flattenStats, type ClusterStats } from './stats.ts';

/** What came of a {@link Cluster.join}. */
export interface JoinResult {
  /** How many of the addresses answered; at least 1. */
  readonly joinedCount: number;
  /** Why the others did not. */
  readonly failures: readonly { readonly address: string; readonly reason: string }[];
}

/** What came of a {@link Cluster.leave} or {@link Cluster.updateMeta}. */
export interface SpreadResult {
  /** Whether the news was handed on as often as the protocol asks. False when the time ran out first. */
  readonly spread: boolean;
}

/** How a message to one member travels. */
export interface SendOptions {
  /** `packet`: one datagram, which may be lost and must fit. `stream`: a TCP connection. Default `packet`. */
  readonly channel?: 'packet' | 'stream';
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
  readonly createNode: (effects: Effects) => ClusterNode;
}

type ResultEvent = Extract<CoreEvent, { readonly request: RequestId }>;

/** How long leaving and spreading new metadata wait unless told otherwise. */
const spreadTimeoutMs = 5_000;

/**
 * A running member of a cluster. Made by `createCluster`.
 *
 * Asynchronous calls take a signal and reject with its reason. `await using` leaves, then closes.
 */
export class Cluster {
  /** The encryption keys of this node. */
  readonly keys: KeyManager;
  readonly #transports: BoundTransports;
  readonly #advertised: Advertised;
  readonly #logger: Logger;
  readonly #lookup: Lookup;
  readonly #seedPort: number;
  readonly #signal: AbortSignal | undefined;
  readonly #hub: EventHub;
  readonly #calls: Calls = new Calls();
  readonly #results: Map<RequestId, (event: ResultEvent) => void> = new Map();
  readonly #driver: Driver<ClusterNode>;
  readonly #node: ClusterNode;
  readonly #seedKeeper: SeedKeeper;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(parts: ClusterParts) {
    const { udp, tcp } = parts.transports;
    this.#transports = parts.transports;
    this.#advertised = parts.advertised;
    this.#logger = parts.logger;
    this.#lookup = parts.lookup;
    this.#seedPort = parts.seedPort;
    this.#signal = parts.signal;
    this.#hub = new EventHub(parts.logger);
    this.#driver = new Driver({
      packets: udp,
      streams: tcp,
      onEvent: (event) => this.#onEvent(event),
      onFailure: (error, isThrown) => this.#onFailure(error, isThrown),
    });
    this.#node = parts.createNode(this.#driver);
    this.keys = new KeyManager(() => this.#openNode().keyring);
    this.#seedKeeper = new SeedKeeper({
      seeds: parts.seeds,
      lookup: parts.lookup,
      rng: parts.rng,
      logger: parts.logger,
      knownAddresses: () => [this.address, ...this.#node.members.flatMap(({ address }) => address ?? [])],
      isAlone: () => this.#node.memberCount <= 1,
      join: (addresses) => this.#calls.run('join', {}, (signal) => this.#joinAddresses(addresses, [], signal)),
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
  get localMember(): MemberView {
    return this.#node.localMember;
  }

  /** The members that are alive or suspected, this one included. After the close, those of that moment. */
  get members(): readonly MemberView[] {
    return this.#node.members;
  }

  /** All members that are remembered: also those that failed or left, until they are reaped. */
  get allMembers(): readonly MemberView[] {
    return this.#node.allMembers;
  }

  /** The member of that name, whatever its state; undefined when none is remembered. */
  member(name: string): MemberView | undefined {
    return this.#node.member(name);
  }

  /**
   * Joins the cluster of one or more members, given as `[name/]host[:port]`, the port being that of `bind` when left
   * out. All are contacted; one that answers is enough. Can be called at any time, again too.
   *
   * Without `timeoutMs` the protocol's own limit for streams holds for each address.
   *
   * @throws {@link ClusterError} `ERR_JOIN` when none answered, `ERR_ADDRESS`, `ERR_TIMEOUT`, `ERR_STATE`
   */
  async join(addresses: string | readonly string[], options: CallOptions = {}): Promise<JoinResult> {
    this.#openNode();
    const texts = typeof addresses === 'string' ? [addresses] : addresses;
    const seeds = texts.map((text) => parseSeed(text, this.#seedPort));
    return this.#calls.run('join', options, async (signal) => {
      const resolved = await unlessAborted(resolveSeeds(seeds, this.#lookup), signal);
      return this.#joinAddresses(resolved.addresses, resolved.failures, signal);
    });
  }

  /**
   * Tells the others that this node leaves of its own will, and waits until the news has spread or `timeoutMs`
   * (default 5,000) is over. The node goes on answering until {@link Cluster.close}.
   *
   * @throws {@link ClusterError} `ERR_STATE`, also when it has left before
   */
  async leave(options: CallOptions = {}): Promise<SpreadResult> {
    const { timeoutMs = spreadTimeoutMs } = options;
    return this.#spread('leave', options, (node, nowMs) => node.leave(nowMs, timeoutMs));
  }

  /**
   * Replaces this member's metadata, at most 512 bytes, and waits until the news has spread or `timeoutMs` (default
   * 5,000) is over. Text becomes UTF-8.
   *
   * @throws {@link ClusterError} `ERR_META_TOO_LARGE`, `ERR_STATE`
   */
  async updateMeta(meta: Uint8Array | string, options: CallOptions = {}): Promise<SpreadResult> {
    const { timeoutMs = spreadTimeoutMs } = options;
    checkTextOrBytes('meta', meta);
    return this.#spread('updateMeta', options, (node, nowMs) => node.updateMeta(nowMs, toBytes(meta), timeoutMs));
  }

  /**
   * Sends a message to one member, where it comes out as a `user-message` event. Text becomes UTF-8.
   *
   * @throws {@link ClusterError} `ERR_UNKNOWN_MEMBER`, `ERR_MESSAGE_TOO_LARGE`, `ERR_STATE`
   */
  send(name: string, payload: Uint8Array | string, options: SendOptions = {}): void {
    const { channel = 'packet' } = options;
    checkTextOrBytes('payload', payload);
    checkChoice('channel', channel, ['packet', 'stream']);
    this.#run((node, nowMs) => node.sendUserMessage(nowMs, name, toBytes(payload), channel));
  }

  /**
   * Lets a message ride on this node's gossip to members chosen at random. They get it as a `user-message` event and do
   * not pass it on: in a large cluster not all will see it. When too many wait, those sent most often are dropped and
   * counted in `core.broadcastQueue.dropped` of {@link Cluster.stats}.
   *
   * @throws {@link ClusterError} `ERR_MESSAGE_TOO_LARGE`, `ERR_STATE`
   */
  broadcast(payload: Uint8Array | string): void {
    checkTextOrBytes('payload', payload);
    this.#run((node, nowMs) => node.broadcast(nowMs, toBytes(payload)));
  }

  /**
   * Calls `listener` with every event of that type, after the step of the protocol that caused it. A listener that
   * throws, or returns a promise that is rejected, is reported as an `error` event and hinders nothing.
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
    this.#openNode();
    return this.#hub.stream(options);
  }

  /**
   * Waits until at least `count` members, this one included, are alive or suspected.
   *
   * @throws {@link ClusterError} `ERR_TIMEOUT`, `ERR_STATE`
   */
  async waitForMembers(count: number, options: CallOptions = {}): Promise<readonly MemberView[]> {
    this.#openNode();
    return this.#calls.run(`waiting for ${count} members`, options, async (signal) => {
      if (this.#node.memberCount >= count) return this.members;
      const joins = this.#hub.stream({ types: ['member-join'], signal });
      while (this.#node.memberCount < count) await joins.next();
      await joins.return();
      return this.members;
    });
  }

  /** Counters of all parts, as they are now. */
  stats(): ClusterStats {
    const { udp, tcp } = this.#transports;
    return {
      members: this.#node.memberCount,
      core: this.#node.stats,
      driver: { ...this.#driver.stats },
      udp: { ...udp.stats, sendErrors: { ...udp.stats.sendErrors } },
      tcp: { ...tcp.stats, errors: { ...tcp.stats.errors } },
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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Leaves, for at most five seconds, then closes. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing === undefined && this.localMember.state !== 'left') {
      try {
        await this.leave();
      } catch (error) {
        this.#logger.warn({ err: error }, 'the cluster is closed without a leave');
      }
    }
    await this.close();
  }

  async #close(): Promise<void> {
    this.#driver.stop();
    this.#seedKeeper.stop();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#calls.abortAll(closedError());
    this.#hub.close();
    await Promise.all([this.#transports.udp.close(), this.#transports.tcp.close()]);
  }

  async #joinAddresses(
    addresses: readonly Address[],
    unresolved: JoinResult['failures'],
    signal: AbortSignal,
  ): Promise<JoinResult> {
    const result =
      addresses.length === 0 && unresolved.length > 0
        ? { joinedCount: 0, failures: [] }
        : await this.#request<'join-done'>(signal, (node, nowMs) => node.join(nowMs, addresses));
    const failures = [...unresolved, ...result.failures];
    if (result.joinedCount > 0) return { joinedCount: result.joinedCount, failures };
    const reasons = failures.slice(0, 3).map(({ address, reason }) => `${address}: ${reason}`);
    const message = `none of ${failures.length} addresses could be joined (${reasons.join('; ')})`;
    throw new ClusterError('ERR_JOIN', message, { cause: failures });
  }

  async #spread(
    what: string,
    { signal, timeoutMs }: CallOptions,
    start: (node: ClusterNode, nowMs: number) => RequestId,
  ): Promise<SpreadResult> {
    checkTimeout(timeoutMs);
    const options = signal === undefined ? {} : { signal };
    const done = await this.#calls.run(what, options, (callSignal) =>
      this.#request<'leave-done' | 'update-done'>(callSignal, start),
    );
    return { spread: done.spread };
  }

  /** Starts something in the core whose result comes as an event. An abort makes the core forget it. */
  #request<Type extends ResultEvent['type']>(
    signal: AbortSignal,
    start: (node: ClusterNode, nowMs: number) => RequestId,
  ): Promise<Extract<ResultEvent, { readonly type: Type }>> {
    return new Promise((resolve, reject) => {
      // Within the step, because the result may be one of its events.
      const request = this.#run((node, nowMs) => {
        const id = start(node, nowMs);
        this.#results.set(id, (event) => resolve(event as Extract<ResultEvent, { readonly type: Type }>));
        return id;
      });
      const onAbort = (): void => {
        if (this.#results.delete(request)) this.#driver.run((node, nowMs) => node.abandon(nowMs, request));
        reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #run<Result>(command: (node: ClusterNode, nowMs: number) => Result): Result {
    this.#openNode();
    return this.#driver.run(command) as Result;
  }

  #openNode(): ClusterNode {
    if (this.#driver.node === undefined) throw closedError();
    return this.#node;
  }

  #onEvent(event: CoreEvent): void {
    if (!('request' in event)) return this.#hub.deliver(event);
    const settle = this.#results.get(event.request);
    this.#results.delete(event.request);
    settle?.(event);
  }

  #onFailure(error: unknown, isThrown: boolean): void {
    this.#hub.deliverFatal(error, isThrown);
    void this.close();
  }

  readonly #onAbort = (): void => void this.close();
}

function closedError(): ClusterError {
  return new ClusterError('ERR_STATE', 'the cluster is closed');
}
