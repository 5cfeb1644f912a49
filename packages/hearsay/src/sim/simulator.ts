import { ClusterNode, type ClusterEvent, type ClusterOptions, type Env, type StreamId } from '../cluster/index.ts';
import type { SwimTraceEvent } from '../swim/index.ts';
import { assert, formatAddress, randomInt, SeededRng, type Address, type TimerQueue } from '../util/index.ts';
import type { Aead } from '../wire/index.ts';
import { EventQueue, TICKS_PER_MS, toTick } from './event-queue.ts';
import type { SimObserver } from './observer.ts';
import { PacketPool } from './packet-pool.ts';
import { RunHash } from './run-hash.ts';
import { CUT, quietNetwork, SimNetwork, type NetworkConfig } from './sim-network.ts';
import { fastHost, SimNode, type HostConfig } from './sim-node.ts';
import { SimStreams, type StreamEventKind, type StreamsHost } from './sim-streams.ts';

const WAKE = 1;
const PACKET = 2;
const ACTION = 3;
const SAMPLE = 4;
const READ = 5;

/** What a socket takes at most: 65,535 less the headers of IPv4 and UDP. */
const DATAGRAM_MAX_BYTES = 65_507;
/** A node that takes that many steps without time going on is stuck in a circle. */
const STEPS_AT_ONE_INSTANT_MAX = 200_000;

/** What a run is born with. Everything that happens in it follows from these and from the commands given to it. */
export interface SimulatorOptions {
  readonly seed: number;
  /** @defaultValue {@link quietNetwork} */
  readonly network?: NetworkConfig;
  /** Changes to {@link fastHost}, the same for all. */
  readonly host?: Partial<HostConfig>;
  /** Needed by nodes with keys. */
  readonly aead?: Aead;
  /** How often {@link SimObserver.onSample} is called. @defaultValue 250 */
  readonly sampleIntervalMs?: number;
}

/** Options of a node, apart from those that its place in the simulator gives. */
export type SimNodeOptions = Omit<ClusterOptions, 'name' | 'advertise'>;

/**
 * Virtual time, and one queue of all that will happen: deadlines of nodes, packets, stream data and actions of the
 * run. Nothing in it depends on the machine: the same seed and the same commands give the same {@link hash}.
 */
export class Simulator implements StreamsHost {
  readonly seed: number;
  readonly network: SimNetwork;
  readonly host: HostConfig;
  readonly streams: SimStreams;
  readonly packets: PacketPool = new PacketPool();
  readonly nodes: SimNode[] = [];
  readonly #aead: Aead | undefined;
  readonly #queue: EventQueue = new EventQueue();
  readonly #hash: RunHash = new RunHash();
  readonly #observers: SimObserver[] = [];
  // Those that have the hooks that are called all the time.
  readonly #sendObservers: SimObserver[] = [];
  readonly #deliveryObservers: SimObserver[] = [];
  readonly #stepObservers: SimObserver[] = [];
  readonly #streamObservers: SimObserver[] = [];
  readonly #sampleTicks: number;
  readonly #hosts: Map<string, Map<number, SimNode>> = new Map();
  readonly #actions: Map<number, () => void> = new Map();
  #actionCount: number = 0;
  #nowTick: number = 0;
  #eventCount: number = 0;
  #stepsAtInstant: number = 0;

  constructor(options: SimulatorOptions) {
    this.seed = options.seed;
    this.network = new SimNetwork(options.network ?? quietNetwork, new SeededRng(options.seed, NETWORK_STREAM));
    this.host = { ...fastHost, ...options.host };
    this.streams = new SimStreams(this, this.network);
    this.#aead = options.aead;
    this.#sampleTicks = toTick(options.sampleIntervalMs ?? 250);
  }

  /** Lets `observer` watch from now on. Before the first node boots, or it misses that node's trace. */
  observe(observer: SimObserver): void {
    const isFirstSampler = !this.#observers.some((other) => other.onSample !== undefined);
    if (observer.onSample !== undefined && isFirstSampler) {
      this.#queue.push(this.#nowTick + this.#sampleTicks, SAMPLE, 0, 0);
    }
    this.#observers.push(observer);
    if (observer.onPacketSent !== undefined) this.#sendObservers.push(observer);
    if (observer.onPacketDelivered !== undefined) this.#deliveryObservers.push(observer);
    if (observer.afterStep !== undefined) this.#stepObservers.push(observer);
    if (observer.onStreamSent !== undefined) this.#streamObservers.push(observer);
  }

  get nowTick(): number {
    return this.#nowTick;
  }

  get nowMs(): number {
    return this.#nowTick / TICKS_PER_MS;
  }

  /** What the clock on the wall of the node's host shows at that instant, as it is set now. */
  wallMsAt(node: SimNode, nowMs: number): number {
    return WALL_START_MS + nowMs + node.clockAheadMs;
  }

  /** How many events happened so far: wakes, arrivals, actions. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** How many events wait: grows with the nodes, not with time. */
  get pendingEventCount(): number {
    return this.#queue.size;
  }

  /** Of all sends, deliveries and events so far. */
  get hash(): string {
    return this.#hash.digest();
  }

  // Nodes.

  /** A place for a process. Nothing runs there before {@link boot}. */
  addNode(name: string, address?: Address): SimNode {
    const index = this.nodes.length;
    const node = new SimNode(this, index, name, address ?? defaultAddress(index));
    this.nodes.push(node);
    this.#bind(node);
    return node;
  }

  /** Keys that the pool has changed are those of the keyring file. */
  boot(node: SimNode, options: SimNodeOptions): void {
    const keys = node.storedKeys ?? options.keys;
    const own = { ...options, ...(keys !== undefined && { keys }), name: node.name, advertise: node.address };
    node.boot((timers) => new ClusterNode(own, this.#env(node, timers), node));
  }

  /** Whatever starts at `node` next is found there. */
  move(node: SimNode, address: Address): void {
    assert(node.state === 'down', 'a running node keeps its address');
    this.#hosts.get(node.address.host)?.delete(node.address.port);
    node.address = address;
    this.#bind(node);
  }

  /** Tells observers what the run did, and makes it part of the hash. */
  note(node: SimNode | undefined, text: string): void {
    this.#hash.addString(text);
    for (const observer of this.#observers) observer.onAction?.(node, text);
  }

  // Time.

  /** Calls `action` at that instant, between steps. */
  at(ms: number, action: () => void): void {
    const index = this.#actionCount++;
    this.#actions.set(index, action);
    this.#queue.push(Math.max(toTick(ms), this.#nowTick), ACTION, 0, index);
  }

  runForMs(spanMs: number): void {
    const endTick = this.#nowTick + toTick(spanMs);
    while (this.#next(endTick));
    this.#nowTick = endTick;
  }

  /** Runs until `condition` holds between two events; false when it does not within `limitMs`. */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const endTick = this.#nowTick + toTick(limitMs);
    while (!condition()) {
      if (this.#next(endTick)) continue;
      this.#nowTick = endTick;
      return condition();
    }
    return true;
  }

  #next(limitTick: number): boolean {
    const queue = this.#queue;
    if (!queue.pop(limitTick)) return false;
    if (queue.tick === this.#nowTick) {
      this.#stepsAtInstant += 1;
      assert(this.#stepsAtInstant < STEPS_AT_ONE_INSTANT_MAX * (1 + this.nodes.length), 'time goes on');
    } else {
      this.#stepsAtInstant = 0;
      this.#nowTick = queue.tick;
    }
    this.#eventCount += 1;
    switch (queue.kind) {
      case WAKE:
        this.nodes[queue.target]!.wake(queue.tick);
        break;
      case READ:
        this.nodes[queue.target]!.read();
        break;
      case PACKET:
        this.nodes[queue.target]!.deliver(this.packets.at(queue.argument));
        break;
      case ACTION:
        this.#act(queue.argument);
        break;
      case SAMPLE:
        this.#queue.push(queue.tick + this.#sampleTicks, SAMPLE, 0, 0);
        for (const observer of this.#observers) observer.onSample?.();
        break;
      default:
        this.streams.handle(queue.kind as StreamEventKind, queue.target, queue.argument);
    }
    return true;
  }

  #act(index: number): void {
    const action = this.#actions.get(index);
    this.#actions.delete(index);
    action?.();
  }

  // What nodes and streams ask for.

  scheduleWake(tick: number, nodeIndex: number): void {
    this.#queue.push(tick, WAKE, nodeIndex, 0);
  }

  scheduleRead(tick: number, nodeIndex: number): void {
    this.#queue.push(tick, READ, nodeIndex, 0);
  }

  schedule(tick: number, kind: StreamEventKind, connection: number, side: number): void {
    this.#queue.push(tick, kind, connection, side);
  }

  listenerAt(address: Address): SimNode | undefined {
    const node = this.#hosts.get(address.host)?.get(address.port);
    return node === undefined || (node.state === 'down' && !node.isHostUp) ? undefined : node;
  }

  sendPacket(from: SimNode, to: Address, packet: Uint8Array): void {
    for (const observer of this.#sendObservers) observer.onPacketSent!(from, to, packet);
    const hash = this.#hash;
    hash.addNumber(this.#nowTick);
    hash.addNumber(from.index);
    hash.addBytes(packet);
    const target = this.#hosts.get(to.host)?.get(to.port);
    if (target === undefined) return hash.addString(formatAddress(to));
    hash.addNumber(target.index);
    if (packet.length > DATAGRAM_MAX_BYTES) return;
    this.#launch(from, target, packet);
    if (this.network.drawDuplication()) this.#launch(from, target, packet);
  }

  // What nodes report.

  noteDelivery(node: SimNode, from: Address, packet: Uint8Array): void {
    this.#hash.addNumber(this.#nowTick);
    this.#hash.addNumber(node.index + 0x10000);
    for (const observer of this.#deliveryObservers) observer.onPacketDelivered!(node, from, packet);
  }

  noteStreamOpening(node: SimNode, stream: StreamId, to: Address): void {
    for (const observer of this.#observers) observer.onStreamOpening?.(node, stream, to);
  }

  noteStreamWrite(node: SimNode, stream: StreamId, chunk: Uint8Array): void {
    if (this.#streamObservers.length === 0) return;
    const to = this.streams.farEndOf(node, stream);
    if (to !== undefined) for (const observer of this.#streamObservers) observer.onStreamSent!(node, to, chunk, stream);
  }

  noteStreamData(node: SimNode, chunk: Uint8Array): void {
    this.#hash.addNumber(this.#nowTick);
    this.#hash.addNumber(node.index + 0x20000);
    this.#hash.addBytes(chunk);
  }

  noteEvent(node: SimNode, event: ClusterEvent): void {
    this.#hash.addNumber(this.#nowTick);
    this.#hash.addNumber(node.index + 0x30000);
    this.#hash.addString(event.type);
    if ('members' in event) for (const member of event.members) this.#hash.addString(member.name);
    else if ('member' in event) this.#hash.addString(event.member.name);
    for (const observer of this.#observers) observer.onEvent?.(node, event);
  }

  noteStep(node: SimNode): void {
    for (const observer of this.#stepObservers) observer.afterStep!(node);
  }

  #launch(from: SimNode, target: SimNode, packet: Uint8Array): void {
    const delayTicks = this.network.packetDelayTicks(this.#nowTick, from.index, target.index, packet.length);
    if (delayTicks === CUT) return;
    const copy = this.packets.take(from.address, packet);
    this.#queue.push(this.#nowTick + delayTicks, PACKET, target.index, copy.index);
  }

  #bind(node: SimNode): void {
    const { host, port } = node.address;
    let ports = this.#hosts.get(host);
    if (ports === undefined) this.#hosts.set(host, (ports = new Map()));
    assert(!ports.has(port), `nobody else lives at ${formatAddress(node.address)}`);
    ports.set(port, node);
  }

  /** Each life of each node has chance of its own. */
  #env(node: SimNode, timers: TimerQueue): Env {
    const stream = node.index * 4_096 + node.life * 2;
    const nonces = new SeededRng(this.seed, stream + 1);
    const observers = this.#observers.filter((observer) => observer.onTrace !== undefined);
    return {
      rng: new SeededRng(this.seed, stream),
      timers,
      fillRandom: (target) => {
        for (let i = 0; i < target.length; i++) target[i] = randomInt(nonces, 256);
      },
      wallMs: () => this.wallMsAt(node, this.nowMs),
      saveKeys: (keys) => {
        node.storedKeys = keys.map((key) => Uint8Array.from(key));
        return undefined;
      },
      ...(this.#aead === undefined ? {} : { aead: this.#aead }),
      ...(observers.length === 0
        ? {}
        : { trace: (event: SwimTraceEvent) => observers.forEach((observer) => observer.onTrace?.(node, event)) }),
    };
  }
}

/** Wall time when a run begins: some day in 2025, the same in every run. */
export const WALL_START_MS: number = 1_750_000_000_000;

/** The network's own chance; node streams are not negative. */
const NETWORK_STREAM = -1;

/** 10.0.0.1 and up, all on the port that memberlist uses. */
export function defaultAddress(index: number): Address {
  const host = index + 1;
  return { host: `10.${(host >>> 16) & 255}.${(host >>> 8) & 255}.${host & 255}`, port: 7_946 };
}
