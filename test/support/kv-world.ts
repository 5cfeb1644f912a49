import { decodeKvMessage, encodeKvMessage } from '../../packages/hearsay/src/kv/codec/index.ts';
import type { KvEvent, KvOptions } from '../../packages/hearsay/src/kv/index.ts';
import { Kv } from '../../packages/hearsay/src/kv/kv.ts';
import type { KvMessage } from '../../packages/hearsay/src/kv/protocol.ts';
import { Member } from '../../packages/hearsay/src/swim/index.ts';
import {
  randomFloat,
  randomInt,
  SeededRng,
  StepClock,
  Timer,
  TimerQueue,
} from '../../packages/hearsay/src/util/index.ts';
import { bytes, text } from './kv-node.ts';
import { passUntil } from './pass-time.ts';

const startMs = 1_750_000_000_000;
/** As in memberlist's LAN preset: so many members are sent what there is, so often. */
const gossipNodes = 3;
const gossipIntervalMs = 200;
const packetMaxBytes = 1_390;
const userMessageOverheadBytes = 3;

/** A message as it went out. */
export interface WorldMessage {
  readonly from: string;
  readonly to: string;
  readonly channel: 'packet' | 'stream';
  readonly byteCount: number;
  readonly message: KvMessage;
  readonly atMs: number;
}

/** How a node of the world is. */
export interface WorldNodeOptions extends KvOptions {
  /** False for one that does not announce that it takes part. @defaultValue true */
  readonly isCapable?: boolean;
  /** How far its wall clock is ahead. @defaultValue 0 */
  readonly skewMs?: number;
}

/**
 * State layers on a network in virtual time, without membership: everybody knows everybody from the start, and who is
 * said to have failed.
 */
export class KvWorld {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly rng: SeededRng;
  readonly nodes = new Map<string, WorldNode>();
  readonly sent: WorldMessage[] = [];
  /** Of packets. */
  loss: number = 0;
  delayMs: number = 1;
  /** False for a message that is lost. */
  passes: (message: WorldMessage) => boolean = () => true;
  /** Whether {@link sent} is kept; of large worlds it is not. */
  isRecording: boolean = true;

  constructor(seed: number = 1) {
    this.rng = new SeededRng(seed);
  }

  get wallMs(): number {
    return startMs + this.clock.nowMs;
  }

  /** Nodes with these names, which take part. */
  add(names: readonly string[], options: WorldNodeOptions = {}): WorldNode[] {
    const added = names.map((name) => new WorldNode(this, name, options));
    for (const node of added) this.nodes.set(node.name, node);
    for (const node of this.nodes.values()) {
      if (node.isRunning) for (const { member } of added) node.kv.onMemberEvent({ type: 'join', member });
    }
    for (const node of added) node.start();
    return added;
  }

  /** Lets time pass, and all that happens in it. */
  runForMs(durationMs: number): void {
    passUntil(this.clock, this.timers, this.clock.nowMs + durationMs);
  }

  /** How long it took, in milliseconds; `Infinity` when it did not happen in time. */
  runUntil(isOver: () => boolean, mostMs: number, stepMs: number = 50): number {
    const beganAtMs = this.clock.nowMs;
    while (this.clock.nowMs - beganAtMs <= mostMs) {
      if (isOver()) return this.clock.nowMs - beganAtMs;
      this.runForMs(stepMs);
    }
    return Infinity;
  }

  /** All but the node itself hear that it has failed, is back, or is forgotten. */
  tell(type: 'failed' | 'join' | 'reap' | 'leave', name: string): void {
    const { member } = this.nodes.get(name)!;
    if (type === 'failed') member.state = 'dead';
    if (type === 'leave') member.state = 'left';
    if (type === 'join') member.state = 'alive';
    for (const node of this.nodes.values()) if (node.name !== name) node.kv.onMemberEvent({ type, member });
  }

  /** Carries a message, or loses it. */
  carry(from: string, to: string, bytesSent: Uint8Array, channel: 'packet' | 'stream'): void {
    const message = decodeKvMessage(bytesSent);
    if (message === undefined) throw new Error('a message that cannot be read was sent');
    const { nowMs } = this.clock;
    const sent = { from, to, channel, byteCount: bytesSent.length, message, atMs: nowMs };
    if (this.isRecording) this.sent.push(sent);
    if (channel === 'packet' && sent.byteCount > packetMaxBytes) throw new Error(`a packet of ${sent.byteCount} bytes`);
    if (!this.passes(sent) || (channel === 'packet' && randomFloat(this.rng) < this.loss)) return;
    const arrive = new Timer('message', () => this.nodes.get(to)?.receive(bytesSent));
    this.timers.arm(arrive, nowMs + this.delayMs);
  }

  /** Gives a node a message as if a member had sent it. */
  deliver(to: string, message: KvMessage): void {
    this.nodes.get(to)!.receive(encodeKvMessage(message));
  }

  get capableNodes(): WorldNode[] {
    return [...this.nodes.values()].filter(({ isCapable }) => isCapable);
  }

  /** Whether all nodes that take part and run show this. */
  all(isSo: (node: WorldNode) => boolean): boolean {
    return this.capableNodes.every((node) => !node.isRunning || isSo(node));
  }
}

/** One node of the world. */
export class WorldNode {
  readonly name: string;
  readonly member: Member;
  readonly isCapable: boolean;
  readonly events: KvEvent[] = [];
  readonly kv: Kv;
  /** How far its wall clock is ahead. */
  skewMs: number;
  /** It sends and receives nothing, though its clock goes on. */
  isPaused: boolean = false;
  isRunning: boolean = false;
  readonly #world: KvWorld;
  readonly #gossip: Timer;

  constructor(world: KvWorld, name: string, options: WorldNodeOptions) {
    this.#world = world;
    this.name = name;
    this.isCapable = options.isCapable ?? true;
    this.skewMs = options.skewMs ?? 0;
    this.member = new Member(name);
    this.member.state = 'alive';
    this.member.address = { host: '10.0.0.1', port: world.nodes.size + 1 };
    this.#gossip = new Timer(`gossip of ${name}`, () => this.#onGossip());
    const host = {
      name,
      packetMaxBytes,
      liveMembers: () => [...world.nodes.values()].map(({ member }) => member).filter(({ state }) => state === 'alive'),
      knownNames: () => new Set(world.nodes.keys()),
      member: (other: string) => world.nodes.get(other)?.member,
      isCapable: (member: Member) => world.nodes.get(member.name)?.isCapable ?? false,
      send: (to: Member, message: Uint8Array, channel: 'packet' | 'stream') => this.#send(to.name, message, channel),
      wakeGossip: () => this.#wake(),
      emit: (event: KvEvent) => void this.events.push(event),
    };
    const { clock, timers, rng } = world;
    this.kv = new Kv(options, host, { clock, timers, rng, wallMs: () => world.wallMs + this.skewMs });
  }

  start(): void {
    this.isRunning = true;
    if (this.isCapable) this.kv.start();
  }

  stop(): void {
    this.isRunning = false;
    this.kv.stop();
    this.#world.timers.cancel(this.#gossip);
  }

  receive(message: Uint8Array): void {
    if (this.isRunning && !this.isPaused && !this.kv.onUserMessage(message, { host: '10.0.0.1', port: 1 })) {
      throw new Error('a state message was not taken for one');
    }
  }

  put(key: string, value: string): void {
    this.kv.put(key, bytes(value));
  }

  /** The shared value of the key. */
  get(key: string): string | undefined {
    const entry = this.kv.state.shared.get(key);
    return entry && text(entry.value);
  }

  getOwned(node: string, key: string): string | undefined {
    const entry = this.kv.state.owned.get(node, key);
    return entry && text(entry.value);
  }

  getTelemetry(node: string, key: string): string | undefined {
    const entry = this.kv.state.telemetry.get(node, key);
    return entry && text(entry.value);
  }

  /** Events of a type. */
  eventsOf<Type extends KvEvent['type']>(type: Type): Extract<KvEvent, { readonly type: Type }>[] {
    return this.events.filter((event): event is Extract<KvEvent, { readonly type: Type }> => event.type === type);
  }

  #send(to: string, message: Uint8Array, channel: 'packet' | 'stream'): void {
    if (this.isRunning && !this.isPaused) this.#world.carry(this.name, to, message, channel);
  }

  #wake(): void {
    const { clock, timers, rng } = this.#world;
    if (!this.#gossip.isArmed && this.kv.hasBroadcasts()) {
      timers.arm(this.#gossip, clock.nowMs + randomFloat(rng) * gossipIntervalMs);
    }
  }

  #onGossip(): void {
    const { clock, timers, rng, nodes } = this.#world;
    const others = [...nodes.values()].filter(({ name, member }) => name !== this.name && member.state === 'alive');
    const receivers = new Set<WorldNode>();
    while (receivers.size < Math.min(gossipNodes, others.length)) receivers.add(others[randomInt(rng, others.length)]!);
    for (const { name, member } of receivers) {
      const out: Uint8Array[] = [];
      this.kv.takeBroadcasts(member, userMessageOverheadBytes, packetMaxBytes, out);
      // All ride in one packet, which is lost or not: close enough to carry each by itself.
      for (const message of out) this.#send(name, message, 'packet');
    }
    if (this.kv.hasBroadcasts()) timers.arm(this.#gossip, clock.nowMs + gossipIntervalMs);
  }
}

/** `n0`, `n1` and so on. */
export function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index}`);
}
