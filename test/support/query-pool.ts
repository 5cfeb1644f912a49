import { serfDefaults, type SerfConfig } from '../../packages/hearsay/src/serf/config.ts';
import type { SerfEvent } from '../../packages/hearsay/src/serf/events.ts';
import type { SerfEnv, SerfHost } from '../../packages/hearsay/src/serf/host.ts';
import { InternalQueries } from '../../packages/hearsay/src/serf/internal-queries.ts';
import { KeyManager } from '../../packages/hearsay/src/serf/key-manager.ts';
import { LamportClock } from '../../packages/hearsay/src/serf/lamport-clock.ts';
import { decodeQuery, decodeQueryResponse } from '../../packages/hearsay/src/serf/message-codec.ts';
import { SerfMessageType, type QueryMessage } from '../../packages/hearsay/src/serf/messages.ts';
import { NameConflict } from '../../packages/hearsay/src/serf/name-conflict.ts';
import { QueryAnswerer } from '../../packages/hearsay/src/serf/query-answerer.ts';
import { QueryAsker } from '../../packages/hearsay/src/serf/query-asker.ts';
import type { QueryMember } from '../../packages/hearsay/src/serf/query-members.ts';
import { QueryStats } from '../../packages/hearsay/src/serf/query-stats.ts';
import { RelayReceiver, RelaySender } from '../../packages/hearsay/src/serf/relay.ts';
import { Keyring, Member } from '../../packages/hearsay/src/swim/index.ts';
import {
  ByteReader,
  copyBytes,
  formatAddress,
  SeededRng,
  StepClock,
  Timer,
  TimerQueue,
} from '../../packages/hearsay/src/util/index.ts';
import { toAddress } from '../../packages/hearsay/src/wire/index.ts';
import { passUntil } from './pass-time.ts';

/** How long a packet is on its way. */
export const PACKET_MS = 1;

/** A query from somewhere outside of the pool. */
export const strayQuery: QueryMessage = {
  ltime: 1,
  id: 11,
  addr: Uint8Array.of(10, 0, 0, 9),
  port: 9,
  sourceNode: 'far',
  filters: [],
  flags: 0,
  relayFactor: 0,
  timeoutMs: 1_000,
  name: 'q',
  payload: null,
};

export interface QueryNodeOptions {
  readonly config?: Partial<SerfConfig>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly keys?: readonly Uint8Array[];
  readonly saveKeys?: SerfEnv['saveKeys'];
  readonly minQueryTime?: number;
}

/** Members that know each other and talk in virtual time, with all that concerns queries and nothing else. */
export class QueryPool {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly nodes: Map<string, QueryNode> = new Map();
  /** What everybody knows of members, those without a node included. */
  readonly members: Map<string, QueryMember> = new Map();
  /** Packets to addresses without a node. */
  readonly strays: { readonly to: string; readonly message: Uint8Array }[] = [];

  add(name: string, options: QueryNodeOptions = {}): QueryNode {
    const port = 7_000 + this.nodes.size;
    this.know(name, { port, tags: options.tags ?? {} });
    const node = new QueryNode(this, name, port, options);
    this.nodes.set(name, node);
    return node;
  }

  /** Makes a member known, or known otherwise. */
  know(name: string, changes: Partial<QueryMember> & { readonly port?: number }): void {
    const addr = changes.addr ?? this.members.get(name)?.addr ?? Uint8Array.of(10, 0, 0, 1);
    const port = changes.port ?? this.members.get(name)?.port ?? 1;
    const member: QueryMember = {
      name,
      addr,
      port,
      address: toAddress(addr, port),
      status: 'alive',
      tags: {},
      versions: {
        protocolMin: 1,
        protocolMax: 5,
        protocolCurrent: 2,
        delegateMin: 2,
        delegateMax: 5,
        delegateCurrent: 5,
      },
      ...changes,
    };
    this.members.set(name, member);
  }

  /** Runs everything that is due until `nowMs`. */
  runUntil(nowMs: number): void {
    passUntil(this.clock, this.timers, nowMs);
  }

  deliver(host: string, port: number, message: Uint8Array): void {
    const kept = copyBytes(message);
    const receiver = [...this.nodes.values()].find((node) => node.port === port);
    if (receiver === undefined) this.strays.push({ to: formatAddress({ host, port }), message: kept });
    else this.#later(() => receiver.receive(kept));
  }

  /** To all others, at once and without loss. */
  broadcast(from: QueryNode, raw: Uint8Array): void {
    for (const node of this.nodes.values()) if (node !== from) this.#later(() => node.receive(raw));
  }

  #later(deliver: () => void): void {
    this.timers.arm(new Timer('packet', deliver), this.clock.nowMs + PACKET_MS);
  }
}

/** One member of a {@link QueryPool}, wired as the facade wires it. */
export class QueryNode {
  readonly name: string;
  readonly port: number;
  readonly events: SerfEvent[] = [];
  readonly stats: QueryStats = new QueryStats();
  readonly queryClock: LamportClock = new LamportClock();
  readonly keyring: Keyring;
  readonly asker: QueryAsker;
  readonly answerer: QueryAnswerer;
  readonly keys: KeyManager;
  readonly nameConflict: NameConflict;
  /** What it forwarded. */
  readonly forwarded: Uint8Array[] = [];
  /** It hears nothing. */
  isDeaf: boolean = false;
  /** What it says to queries of the user. */
  answer: (query: Extract<SerfEvent, { type: 'query' }>) => Uint8Array | undefined = () => undefined;
  readonly #pool: QueryPool;
  readonly #relayReceiver: RelayReceiver;
  readonly #internal: InternalQueries;

  constructor(pool: QueryPool, name: string, port: number, options: QueryNodeOptions) {
    this.#pool = pool;
    this.name = name;
    this.port = port;
    this.keyring = new Keyring(options.keys);
    const { stats, queryClock } = this;
    const config = { ...serfDefaults, ...options.config };
    const host = this.#host();
    const { clock, timers } = pool;
    const env: SerfEnv = { clock, timers, rng: new SeededRng(port), persist: undefined, saveKeys: options.saveKeys };
    const members = {
      get count() {
        return pool.members.size;
      },
      get: (wanted: string) => pool.members.get(wanted),
      all: () => pool.members.values(),
    };
    this.asker = new QueryAsker({
      config,
      host,
      env,
      queryClock,
      members,
      gossipIntervalMs: 200,
      receive: (query, raw) => this.#receiveQuery(query, raw),
      stats,
    });
    const receiveResponse: QueryAsker['receiveResponse'] = (response) => this.asker.receiveResponse(response);
    this.answerer = new QueryAnswerer({
      config,
      host,
      env,
      queryClock,
      minQueryTime: options.minQueryTime ?? 0,
      tags: () => options.tags ?? {},
      relays: new RelaySender({ config, host, env, members, stats }),
      deliver: (query) => {
        if (!this.#internal.handle(query)) host.emit(query);
      },
      receiveResponse,
      stats,
    });
    this.#relayReceiver = new RelayReceiver({ config, host, members, receiveResponse, stats });
    this.#internal = new InternalQueries({ host, env, members, answerer: this.answerer, stats });
    this.keys = new KeyManager({ host, asker: this.asker, stats });
    this.nameConflict = new NameConflict({ config, host, asker: this.asker, stats });
  }

  /** Events of one type, in order. */
  eventsOf<Type extends SerfEvent['type']>(type: Type): Extract<SerfEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<SerfEvent, { type: Type }> => event.type === type);
  }

  /** A message from the network, type byte first. */
  receive(message: Uint8Array): void {
    if (this.isDeaf) return;
    const reader = new ByteReader(message);
    switch (reader.u8()) {
      case SerfMessageType.query: {
        const query = decodeQuery(reader);
        if (reader.failure === undefined) this.#receiveQuery(query, message);
        return;
      }
      case SerfMessageType.queryResponse: {
        const response = decodeQueryResponse(reader);
        if (reader.failure === undefined) this.asker.receiveResponse(response);
        return;
      }
      case SerfMessageType.relay:
        this.#relayReceiver.receive(message);
        return;
      default:
        throw new Error(`no such message: ${message[0]}`);
    }
  }

  #receiveQuery(query: QueryMessage, raw: Uint8Array): void {
    if (!this.answerer.receive(query)) return;
    this.forwarded.push(raw);
    this.#pool.broadcast(this, raw);
  }

  #host(): SerfHost {
    const pool = this.#pool;
    const self = new Member(this.name);
    const { keyring, name } = this;
    return {
      name,
      keyring,
      self: () => Object.assign(self, pool.members.get(name)),
      liveCount: () =>
        [...pool.members.values()].filter(({ status }) => status === 'alive' || status === 'leaving').length,
      sendMessage: (to, message) => pool.deliver(to.host, to.port, message),
      pushGossip: () => undefined,
      join: () => undefined,
      leave: () => undefined,
      updateMeta: () => undefined,
      emit: (event) => {
        this.events.push(event);
        if (event.type !== 'query') return;
        const payload = this.answer(event);
        if (payload !== undefined) this.answerer.respond(event.id, payload);
      },
    };
  }
}
