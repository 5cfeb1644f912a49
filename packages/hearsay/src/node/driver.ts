import type { ClusterEvent, Effects, KvRecord, SnapshotRecord, StreamId } from '../cluster/index.ts';
import { assert, ClusterError, type Address } from '../util/index.ts';
import type { PacketSink, UdpTransport } from './udp-transport.ts';
import type { StreamSink, TcpTransport } from './tcp-transport.ts';

/** What the driver needs of the core; `ClusterNode` has it. */
export interface DrivenNode {
  start(nowMs: number): void;
  stop(nowMs: number): void;
  receivePacket(nowMs: number, from: Address, packet: Uint8Array): void;
  acceptStream(nowMs: number, from: Address): StreamId | undefined;
  streamOpened(nowMs: number, stream: StreamId): void;
  receiveStream(nowMs: number, stream: StreamId, chunk: Uint8Array): void;
  streamClosed(nowMs: number, stream: StreamId, failure?: string): void;
  sendFailed(nowMs: number, to: Address, reason: string): void;
  advance(nowMs: number): void;
  readonly nextDeadlineMs: number;
}

/** What a driver is made of. */
export interface DriverParts {
  readonly packets: Pick<UdpTransport, 'send'>;
  readonly streams: Pick<TcpTransport, 'open' | 'write' | 'closeStream'>;
  /** Hears every event once the step that caused it is over. Must not throw; may call {@link Driver.run}. */
  readonly onEvent: (event: ClusterEvent) => void;
  /** Changes the snapshot file. Must not throw. */
  readonly persist?: (record: SnapshotRecord) => void;
  /** Stores what a step has changed in gossiped state. Must not throw. */
  readonly persistState?: (record: KvRecord) => void;
  /** The core broke an invariant of its own. The driver has stopped by then. `isThrown`: a caller of `run` gets it too. */
  readonly onFailure: (error: unknown, isThrown: boolean) => void;
  /** Hears of each timer how late it fired, in milliseconds: how late the event loop is. */
  readonly onTimer?: (latenessMs: number) => void;
  /** Monotonic milliseconds. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

/** Counters of the driver, since it was started. */
export interface DriverStats {
  timersFired: number;
  /** Timers that fired more than 10 ms after their deadline: the event loop was blocked, or the process had no CPU. */
  timersLate: number;
  lastLatenessMs: number;
  maxLatenessMs: number;
  /** Turns of the event loop given to waiting sockets before late timers were judged. */
  socketTurns: number;
}

/** Above this a timer is late. Well above the millisecond that timers are coarse, well below any protocol timeout. */
const lateAfterMs = 10;
/**
 * Most turns given to the sockets before late timers fire. A turn reads up to 32 datagrams (libuv's `uv__udp_recvmsg`),
 * so this empties a receive buffer of 2 MiB, and bounds the wait when packets come in faster than they are read.
 */
const socketTurnsMax = 128;
/** How much later a deadline must become for the timer to be moved; an ack moves it by hundreds of milliseconds. */
const rearmAfterMs = 50;
/** Most events caused by handlers that are delivered before sockets and timers get a turn. */
const causedEventsMax = 64;
/** The longest `setTimeout` takes; a later deadline is reached in steps. */
const timerMaxMs = 2 ** 31 - 1;

/**
 * Runs a core: one timer, one queue of events, one clock reading per input.
 *
 * **Re-entrance.** Events are queued during a step and delivered after it, so a handler may call back into the core.
 * Handlers that cause one another's events without an end hold up neither sockets nor timers: see {@link Driver.emit}.
 *
 * **Late timers.** After a blocked event loop a due timer can fire before packets that already wait in the socket are
 * read; a probe would then fail although its ack is here. So a timer that fires late first lets the sockets be read.
 */
export class Driver<Node extends DrivenNode> implements Effects, PacketSink, StreamSink {
  readonly stats: DriverStats = {
    timersFired: 0,
    timersLate: 0,
    lastLatenessMs: 0,
    maxLatenessMs: 0,
    socketTurns: 0,
  };
  readonly #parts: DriverParts;
  readonly #nowMs: () => number;
  readonly #events: ClusterEvent[] = [];
  #node: Node | undefined;
  #isInStep: boolean = false;
  /** Events are being delivered, or wait for their turn. */
  #isDelivering: boolean = false;
  #isRef: boolean = true;
  #timer: NodeJS.Timeout | undefined;
  /** When {@link #timer} fires: Infinity while there is none, -Infinity while late timers wait for the sockets. */
  #armedMs: number = Infinity;
  #inputCount: number = 0;
  #inputCountAtTurn: number = 0;
  #turnCount: number = 0;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#nowMs = parts.nowMs ?? monotonicNowMs;
  }

  /** Undefined before {@link Driver.start} and after {@link Driver.stop}. */
  get node(): Node | undefined {
    return this.#node;
  }

  start(node: Node): void {
    assert(this.#node === undefined, 'a driver runs one node');
    this.#node = node;
    this.run((_, nowMs) => node.start(nowMs));
  }

  /** Ends the node, unless this is within a step. No input reaches the core after this, and no event leaves it. */
  stop(): void {
    if (!this.#isInStep) this.run((node, nowMs) => node.stop(nowMs));
    this.#detach();
  }

  ref(): void {
    this.#isRef = true;
    this.#timer?.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#timer?.unref();
  }

  /** One step made of `command`. What it returns is returned before the events of the step are delivered. */
  run<Result>(command: (node: Node, nowMs: number) => Result): Result | undefined {
    const node = this.#node;
    if (node === undefined) return undefined;
    const nowMs = this.#enter();
    let result: Result;
    try {
      result = command(node, nowMs);
    } catch (error) {
      // A command refuses wrong use before it changes anything: that is the caller's business, and no failure.
      if (error instanceof ClusterError) this.#isInStep = false;
      else this.#fail(error, true);
      throw error;
    }
    this.#leave(node);
    return result;
  }

  // Inputs from the transports.

  receivePacket(from: Address, packet: Uint8Array): void {
    const node = this.#node;
    if (node === undefined) return;
    this.#inputCount += 1;
    try {
      node.receivePacket(this.#enter(), from, packet);
    } catch (error) {
      return this.#fail(error);
    }
    this.#leave(node);
  }

  sendFailed(to: Address, reason: string): void {
    this.#step((node, nowMs) => node.sendFailed(nowMs, to, reason));
  }

  acceptStream(from: Address): StreamId | undefined {
    return this.#step((node, nowMs) => node.acceptStream(nowMs, from));
  }

  streamOpened(stream: StreamId): void {
    this.#step((node, nowMs) => node.streamOpened(nowMs, stream));
  }

  receiveStream(stream: StreamId, chunk: Uint8Array): void {
    this.#step((node, nowMs) => node.receiveStream(nowMs, stream, chunk));
  }

  streamClosed(stream: StreamId, failure?: string): void {
    this.#step((node, nowMs) => node.streamClosed(nowMs, stream, failure));
  }

  // Effects of the core.

  sendPacket(to: Address, packet: Uint8Array): void {
    this.#parts.packets.send(to, packet);
  }

  openStream(stream: StreamId, to: Address): void {
    this.#parts.streams.open(stream, to);
  }

  writeStream(stream: StreamId, chunk: Uint8Array): void {
    this.#parts.streams.write(stream, chunk);
  }

  closeStream(stream: StreamId): void {
    this.#parts.streams.closeStream(stream);
  }

  persist(record: SnapshotRecord): void {
    this.#parts.persist?.(record);
  }

  persistState(record: KvRecord): void {
    this.#parts.persistState?.(record);
  }

  /** Queues. Events come in order, and after so many caused by handlers the rest come in a later turn of the loop. */
  emit(event: ClusterEvent): void {
    this.#events.push(event);
  }

  // Steps.

  /** An input other than a packet: rare enough for a closure. */
  #step<Result>(input: (node: Node, nowMs: number) => Result): Result | undefined {
    const node = this.#node;
    if (node === undefined) return undefined;
    this.#inputCount += 1;
    let result: Result;
    try {
      result = input(node, this.#enter());
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
    this.#leave(node);
    return result;
  }

  #enter(): number {
    assert(!this.#isInStep, 'the core is not entered twice');
    this.#isInStep = true;
    return this.#nowMs();
  }

  #leave(node: Node): void {
    this.#isInStep = false;
    if (this.#events.length > 0 && !this.#isDelivering) this.#deliver();
    if (this.#node === node) this.#follow(node.nextDeadlineMs);
  }

  /** To arm again costs a little, to be woken for nothing a lot: a deadline that moved away by little is not followed. */
  #follow(deadlineMs: number): void {
    const isEarlier = deadlineMs < this.#armedMs;
    const isMuchLater = deadlineMs > this.#armedMs + rearmAfterMs && this.#timer !== undefined;
    if (isEarlier || isMuchLater) this.#arm(deadlineMs);
  }

  readonly #deliver = (): void => {
    // A handler that enters the core may add events: the loop that is already running takes them, in order.
    this.#isDelivering = true;
    const countMax = this.#events.length + causedEventsMax;
    let count = 0;
    try {
      while (count < this.#events.length && count < countMax) this.#parts.onEvent(this.#events[count++]!);
    } finally {
      this.#events.splice(0, count);
      if (this.#events.length > 0) this.#deliverLater();
      else this.#isDelivering = false;
    }
  };

  #deliverLater(): void {
    const immediate = setImmediate(this.#deliver);
    if (!this.#isRef) immediate.unref();
  }

  #detach(): void {
    this.#node = undefined;
    this.#events.length = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #fail(error: unknown, isThrown: boolean = false): void {
    this.#isInStep = false;
    this.#detach();
    this.#parts.onFailure(error, isThrown);
  }

  // Time.

  #arm(deadlineMs: number): void {
    if (deadlineMs === Infinity) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#armedMs = deadlineMs;
    // Node counts from the whole millisecond in which the loop last woke up, so without one more most timers would fire
    // just before their deadline and once again after it.
    const delayMs = Math.min(Math.max(Math.ceil(deadlineMs - this.#nowMs()), 0) + 1, timerMaxMs);
    this.#timer = setTimeout(this.#onTimer, delayMs);
    if (!this.#isRef) this.#timer.unref();
  }

  readonly #onTimer = (): void => {
    const node = this.#node;
    if (node === undefined) return;
    this.#timer = undefined;
    this.#armedMs = Infinity;
    const latenessMs = this.#nowMs() - node.nextDeadlineMs;
    if (latenessMs < 0) return this.#arm(node.nextDeadlineMs);
    this.stats.timersFired += 1;
    this.#parts.onTimer?.(latenessMs);
    if (latenessMs <= lateAfterMs) return this.#advance(node);
    this.stats.timersLate += 1;
    this.stats.lastLatenessMs = latenessMs;
    this.stats.maxLatenessMs = Math.max(this.stats.maxLatenessMs, latenessMs);
    this.#armedMs = -Infinity;
    this.#turnCount = 0;
    this.#giveTurnToSockets();
  };

  #giveTurnToSockets(): void {
    this.#turnCount += 1;
    this.stats.socketTurns += 1;
    this.#inputCountAtTurn = this.#inputCount;
    setImmediate(this.#onSocketsRead);
  }

  readonly #onSocketsRead = (): void => {
    const node = this.#node;
    if (node === undefined) return;
    // One turn does not empty a full socket: go on for as long as turns bring something.
    const broughtSome = this.#inputCount > this.#inputCountAtTurn;
    if (broughtSome && this.#turnCount < socketTurnsMax) return this.#giveTurnToSockets();
    this.#armedMs = Infinity;
    this.#advance(node);
  };

  #advance(node: Node): void {
    try {
      node.advance(this.#enter());
    } catch (error) {
      return this.#fail(error);
    }
    this.#leave(node);
  }
}

function monotonicNowMs(): number {
  return performance.now();
}
