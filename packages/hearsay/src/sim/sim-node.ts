import type { ClusterEvent, ClusterNode, Effects, StreamId } from '../cluster/index.ts';
import type { KvRecord } from '../kv/index.ts';
import type { SnapshotRecord } from '../serf/index.ts';
import { assert, type Address, type TimerQueue } from '../util/index.ts';
import { toTick } from './event-queue.ts';
import type { FlyingPacket } from './packet-pool.ts';
import { SimDisk } from './sim-disk.ts';
import { SimStateDisk } from './sim-state-disk.ts';
import type { Simulator } from './simulator.ts';
import { ThreadTimers } from './thread-timers.ts';

/** The machine that a process runs on, as far as it limits it. */
export interface HostConfig {
  /** How long a process takes for a packet it receives; those that come faster wait in its socket. @defaultValue 0 */
  readonly packetHandlingMs: number;
  /** What a socket holds; more is lost. @defaultValue 212,992: Linux `net.core.rmem_default` */
  readonly receiveBufferBytes: number;
}

/** Handles any number of packets at once. */
export const fastHost: HostConfig = { packetHandlingMs: 0, receiveBufferBytes: 212_992 };

/** What the kernel counts for a small datagram besides its bytes. */
const DATAGRAM_OVERHEAD_BYTES = 768;

/**
 * `paused`: alive but gets no time. `blocked`: its clocks go on, but whatever sends has to wait, and nothing received is
 * handled. `down`: no process.
 */
export type SimNodeState = 'running' | 'blocked' | 'paused' | 'down';

/** What a node sent and received since the counters were last taken. */
export interface TrafficCounters {
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
  streamBytesSent: number;
  /** Did not fit into the socket's buffer. */
  packetsOverflowed: number;
}

/** The world of one `ClusterNode`: its effects, its one timer, its sockets, its crashes. */
export class SimNode implements Effects {
  readonly index: number;
  /** Of this process slot, and of the member it runs unless two slots claim one name. */
  readonly name: string;
  address: Address;
  readonly streams: Map<StreamId, number> = new Map();
  readonly traffic: TrafficCounters = noTraffic();
  /** Its snapshot file. */
  readonly disk: SimDisk = new SimDisk();
  /** Where its gossiped state is kept. */
  readonly stateDisk: SimStateDisk = new SimStateDisk();
  /** How far the wall clock of its host is ahead; negative when it is behind. It may be set at any moment. */
  clockAheadMs: number = 0;
  /** The keyring file: what the pool's key changes have left; undefined before the first. */
  storedKeys: readonly Uint8Array[] | undefined;
  /** Counts the processes that ran here; the first is 1. */
  life: number = 0;
  readonly #simulator: Simulator;
  readonly #events: ClusterEvent[] = [];
  /** What waits in its socket. */
  readonly #inbox: FlyingPacket[] = [];
  #inboxBytes: number = 0;
  /** Until when it is busy with the last packet that it took. */
  #busyUntilMs: number = 0;
  #isReadScheduled: boolean = false;
  /** What it would have sent while it was blocked, in order. */
  readonly #heldSends: (() => void)[] = [];
  #timers: ThreadTimers = new ThreadTimers();
  #core: ClusterNode | undefined;
  #state: SimNodeState = 'down';
  #isHostUp: boolean = true;
  /** When the event is due that wakes this node; Infinity when there is none. */
  #wakeTick: number = Infinity;

  constructor(simulator: Simulator, index: number, name: string, address: Address) {
    this.#simulator = simulator;
    this.index = index;
    this.name = name;
    this.address = address;
  }

  get state(): SimNodeState {
    return this.#state;
  }

  /** Whether the kernel there answers for a process that is down. */
  get isHostUp(): boolean {
    return this.#isHostUp;
  }

  /** The node itself, also of a process that is down: as it last was. */
  get core(): ClusterNode {
    assert(this.#core !== undefined, 'a node has a core once it was started');
    return this.#core;
  }

  get hasStarted(): boolean {
    return this.#core !== undefined;
  }

  /** Tells the process that runs here from all others of the run, also from those before it. */
  get processKey(): string {
    return `${this.index}/${this.life}`;
  }

  // The life of the process.

  /** A new process, with no memory of the one before. */
  boot(createCore: (timers: TimerQueue) => ClusterNode): void {
    assert(this.#state === 'down', 'a process starts where none runs');
    this.life += 1;
    this.#timers = new ThreadTimers();
    this.#core = createCore(this.#timers);
    this.#state = 'running';
    this.#isHostUp = true;
    this.step((core, nowMs) => core.start(nowMs));
  }

  /** The process ends without a word; its memory stays readable, for {@link SimNode.thaw} and for checkers. */
  crash(isHostUp: boolean): void {
    this.#state = 'down';
    this.#isHostUp = isHostUp;
    this.#wakeTick = Infinity;
    this.#events.length = 0;
    this.#heldSends.length = 0;
    this.#timers.release(this.#simulator.nowMs);
    this.#dropInbox();
    this.#simulator.streams.abandonAll(this, isHostUp);
  }

  /** The same process goes on with all its memory, as a machine restored from an image does. */
  thaw(): void {
    assert(this.#state === 'down', 'only what is down comes back');
    this.#state = 'running';
    this.#isHostUp = true;
    this.#catchUp();
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** As the real driver does it after a stall: what waits in the sockets is read first, then late timers fire. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const packet of this.#inbox.splice(0)) this.receivePacket(packet);
    this.#inboxBytes = 0;
    this.#simulator.streams.resume(this);
    this.#catchUp();
  }

  /**
   * As Lifeguard blocks a process: before it sends and after it received anything, while its clocks go on (§V.C). What is
   * due but has to send waits, in packets and on streams; see {@link ThreadTimers} for what waits with it.
   */
  block(): void {
    if (this.#state === 'running') this.#state = 'blocked';
  }

  /** What waits to be sent leaves now, then threads that waited go on, then what was received is handled. */
  unblock(): void {
    if (this.#state !== 'blocked') return;
    this.#state = 'running';
    for (const send of this.#heldSends.splice(0)) send();
    this.#timers.release(this.#simulator.nowMs);
    this.#catchUp();
    this.#simulator.streams.resume(this);
    this.#busyUntilMs = this.#simulator.nowMs;
    this.read();
  }

  // Inputs.

  /** A packet has come to this host. Takes it over. */
  deliver(packet: FlyingPacket): void {
    if (this.#state === 'running' && this.#inbox.length === 0 && this.#busyUntilMs <= this.#simulator.nowMs) {
      this.#busyUntilMs = this.#simulator.nowMs + this.#simulator.host.packetHandlingMs;
      return this.receivePacket(packet);
    }
    const bytes = packet.bytes.length + DATAGRAM_OVERHEAD_BYTES;
    if (this.#state === 'down' || this.#inboxBytes + bytes > this.#simulator.host.receiveBufferBytes) {
      if (this.#state !== 'down') this.traffic.packetsOverflowed += 1;
      return this.#simulator.packets.release(packet);
    }
    this.#inbox.push(packet);
    this.#inboxBytes += bytes;
    this.#scheduleRead();
  }

  /** Handles what waits in its socket, as much as its time is enough for. */
  read(): void {
    this.#isReadScheduled = false;
    const { nowMs, host } = this.#simulator;
    while (this.#state === 'running' && this.#inbox.length > 0 && this.#busyUntilMs <= nowMs) {
      const packet = this.#inbox.shift()!;
      this.#inboxBytes -= packet.bytes.length + DATAGRAM_OVERHEAD_BYTES;
      this.#busyUntilMs += host.packetHandlingMs;
      this.receivePacket(packet);
    }
    this.#scheduleRead();
  }

  #scheduleRead(): void {
    if (this.#isReadScheduled || this.#state !== 'running' || this.#inbox.length === 0) return;
    this.#isReadScheduled = true;
    this.#simulator.scheduleRead(toTick(this.#busyUntilMs), this.index);
  }

  receivePacket(packet: FlyingPacket): void {
    const { bytes } = packet;
    this.traffic.packetsReceived += 1;
    this.traffic.bytesReceived += bytes.length;
    this.#simulator.noteDelivery(this, packet.from, bytes);
    this.core.receivePacket(this.#simulator.nowMs, packet.from, bytes);
    this.#simulator.packets.release(packet);
    this.#leave();
  }

  /** Its wake event is due. */
  wake(tick: number): void {
    // A later one of two wakes, or one of a process that is gone or gets no time.
    if (tick !== this.#wakeTick) return;
    this.#wakeTick = Infinity;
    if (this.#state === 'running' || this.#state === 'blocked') this.#catchUp();
  }

  acceptStream(from: Address): StreamId | undefined {
    const stream = this.core.acceptStream(this.#simulator.nowMs, from);
    this.#leave();
    return stream;
  }

  streamOpened(stream: StreamId): void {
    this.core.streamOpened(this.#simulator.nowMs, stream);
    this.#leave();
  }

  receiveStream(stream: StreamId, chunk: Uint8Array): void {
    this.#simulator.noteStreamData(this, chunk);
    this.core.receiveStream(this.#simulator.nowMs, stream, chunk);
    this.#leave();
  }

  streamClosed(stream: StreamId, failure: string | undefined): void {
    this.core.streamClosed(this.#simulator.nowMs, stream, failure);
    this.#leave();
  }

  /** One step made of a command of the user. */
  step<Result>(command: (core: ClusterNode, nowMs: number) => Result): Result {
    const result = command(this.core, this.#simulator.nowMs);
    this.#leave();
    return result;
  }

  // Effects of the core.

  sendPacket(to: Address, packet: Uint8Array): void {
    if (this.#state === 'blocked') {
      const copy = packet.slice();
      this.#timers.block();
      return this.#hold(() => this.sendPacket(to, copy));
    }
    this.traffic.packetsSent += 1;
    this.traffic.bytesSent += packet.length;
    this.#simulator.sendPacket(this, to, packet);
  }

  openStream(stream: StreamId, to: Address): void {
    if (this.#state === 'blocked') return this.#hold(() => this.openStream(stream, to));
    this.#simulator.noteStreamOpening(this, stream, to);
    this.#simulator.streams.open(this, stream, to);
  }

  writeStream(stream: StreamId, chunk: Uint8Array): void {
    if (this.#state === 'blocked') {
      const copy = chunk.slice();
      return this.#hold(() => this.writeStream(stream, copy));
    }
    this.traffic.streamBytesSent += chunk.length;
    this.#simulator.noteStreamWrite(this, stream, chunk);
    this.#simulator.streams.write(this, stream, chunk);
  }

  closeStream(stream: StreamId): void {
    if (this.#state === 'blocked') return this.#hold(() => this.closeStream(stream));
    this.#simulator.streams.close(this, stream);
  }

  emit(event: ClusterEvent): void {
    this.#events.push(event);
  }

  persist(record: SnapshotRecord): void {
    this.disk.apply(record);
  }

  persistState(record: KvRecord): void {
    this.stateDisk.apply(record, this.#simulator.nowMs);
  }

  /** Sets the counters back to zero and returns what they were. */
  takeTraffic(): TrafficCounters {
    const taken = { ...this.traffic };
    Object.assign(this.traffic, noTraffic());
    return taken;
  }

  #catchUp(): void {
    const nowMs = this.#simulator.nowMs;
    // Woken for a timer that was cancelled meanwhile.
    if (this.core.nextDeadlineMs > nowMs) return this.#arm();
    this.core.advance(nowMs);
    assert(this.core.nextDeadlineMs > nowMs, 'no timer is due after advance');
    this.#leave();
  }

  #leave(): void {
    let hasLostName = false;
    for (let i = 0; i < this.#events.length; i++) {
      const event = this.#events[i]!;
      hasLostName ||= event.type === 'name-lost';
      this.#simulator.noteEvent(this, event);
    }
    this.#events.length = 0;
    // As every driver does it: the process ends without a word.
    if (hasLostName) return this.crash(true);
    this.#arm();
    this.#simulator.noteStep(this);
  }

  /** Only an earlier deadline needs an event of its own: a wake that comes too early is cheap, it arms again. */
  #arm(): void {
    const tick = toTick(this.#core!.nextDeadlineMs);
    if (tick >= this.#wakeTick) return;
    this.#wakeTick = Math.max(tick, this.#simulator.nowTick);
    this.#simulator.scheduleWake(this.#wakeTick, this.index);
  }

  #hold(send: () => void): void {
    this.#heldSends.push(send);
  }

  #dropInbox(): void {
    for (const packet of this.#inbox.splice(0)) this.#simulator.packets.release(packet);
    this.#inboxBytes = 0;
  }
}

function noTraffic(): TrafficCounters {
  return {
    packetsSent: 0,
    bytesSent: 0,
    packetsReceived: 0,
    bytesReceived: 0,
    streamBytesSent: 0,
    packetsOverflowed: 0,
  };
}
