import type { StreamId } from '../cluster/index.ts';
import { assert, type Address } from '../util/index.ts';
import { TICKS_PER_MS } from './event-queue.ts';
import { CUT, type SimNetwork } from './sim-network.ts';
import type { SimNode } from './sim-node.ts';

/** The kernel tries a connection again after 1, 2, 4, 8 and 16 s, then gives up. */
const CONNECT_ATTEMPTS_MAX = 6;
const CONNECT_RETRY_MS = 1_000;
/** Data that cannot get through are tried again ever more rarely; after about 100 s the connection is broken. */
const RETRIES_MAX = 9;
const RETRY_MS = 200;

/** What travels on a connection, in order. */
type Piece =
  | { readonly type: 'opened' }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** The sender closed: what it wrote is all there is. */
  | { readonly type: 'end' }
  | { readonly type: 'reset'; readonly reason: string };

/** One side of a connection: a process's stream, and what its kernel still has to send. */
interface End {
  readonly node: SimNode;
  /** Undefined until the process has accepted. */
  stream: StreamId | undefined;
  /** False once the process closed it, was told that it is closed, or died. */
  isOpen: boolean;
  /** Written, but not yet on the way: the link is cut. */
  readonly waiting: Piece[];
  /** On the way to the other side. */
  readonly flying: Piece[];
  /** Arrived while the process was paused. */
  readonly unread: Piece[];
  lastArrivalTick: number;
  retryCount: number;
  isRetryPending: boolean;
}

interface Connection {
  readonly index: number;
  readonly initiator: End;
  readonly to: Address;
  responder: End | undefined;
  attemptCount: number;
}

/** What the streams need of the simulator. */
export interface StreamsHost {
  readonly nowTick: number;
  /** Who listens there now; undefined when nobody answers, not even with a refusal. */
  listenerAt(address: Address): SimNode | undefined;
  schedule(tick: number, kind: StreamEventKind, connection: number, side: number): void;
}

/** Kinds of events that {@link SimStreams.handle} takes. */
export const StreamEvent = { connect: 10, arrival: 11, retry: 12 } as const;
/** One of the {@link StreamEvent} numbers. */
export type StreamEventKind = (typeof StreamEvent)[keyof typeof StreamEvent];

const INITIATOR = 0;
const RESPONDER = 1;

/**
 * Streams between nodes, as TCP gives them: data in order and delayed, never lost; a cut link only holds them back,
 * until the kernel gives up. A port where nobody listens refuses at once; a host that is down says nothing.
 */
export class SimStreams {
  readonly #host: StreamsHost;
  readonly #network: SimNetwork;
  readonly #connections: Map<number, Connection> = new Map();
  #nextIndex: number = 0;

  constructor(host: StreamsHost, network: SimNetwork) {
    this.#host = host;
    this.#network = network;
  }

  get openCount(): number {
    return this.#connections.size;
  }

  open(node: SimNode, stream: StreamId, to: Address): void {
    const initiator = newEnd(node, stream);
    const connection = { index: this.#nextIndex++, initiator, to, responder: undefined, attemptCount: 0 };
    this.#connections.set(connection.index, connection);
    node.streams.set(stream, connection.index);
    this.#attempt(connection);
  }

  write(node: SimNode, stream: StreamId, bytes: Uint8Array): void {
    const connection = this.#connectionOf(node, stream);
    if (connection === undefined) return;
    const side = sideOf(connection, node, stream);
    for (let start = 0; start < bytes.length;) {
      const length = this.#network.drawChunkLength(bytes.length - start);
      endOf(connection, side)!.waiting.push({ type: 'data', bytes: bytes.slice(start, start + length) });
      start += length;
    }
    this.#flush(connection, side);
  }

  /** Where the stream leads; undefined when it is closed. */
  farEndOf(node: SimNode, stream: StreamId): Address | undefined {
    const connection = this.#connectionOf(node, stream);
    if (connection === undefined) return undefined;
    return sideOf(connection, node, stream) === INITIATOR ? connection.to : connection.initiator.node.address;
  }

  close(node: SimNode, stream: StreamId): void {
    const connection = this.#connectionOf(node, stream);
    if (connection === undefined) return;
    this.#finish(connection, sideOf(connection, node, stream), { type: 'end' });
  }

  /** The node's process died. With `isHostUp` its kernel tells the peers; otherwise they hear nothing. */
  abandonAll(node: SimNode, isHostUp: boolean): void {
    for (const [stream, index] of [...node.streams]) {
      const connection = this.#connections.get(index);
      assert(connection !== undefined, 'a node knows only its open connections');
      const side = sideOf(connection, node, stream);
      const end = endOf(connection, side)!;
      end.waiting.length = 0;
      end.unread.length = 0;
      if (isHostUp) this.#finish(connection, side, { type: 'reset', reason: 'ECONNRESET' });
      else this.#forget(connection, side);
    }
    for (const connection of this.#connections.values()) {
      const responder = connection.responder;
      if (responder?.node === node && responder.stream === undefined) responder.isOpen = false;
    }
  }

  /** The node has time again: it reads what came in meanwhile. */
  resume(node: SimNode): void {
    for (const connection of [...this.#connections.values()]) {
      if (connection.responder?.node === node && connection.responder.stream === undefined) this.#accept(connection);
      if (connection.initiator.node === node) this.#readAll(connection, INITIATOR);
      if (connection.responder?.node === node) this.#readAll(connection, RESPONDER);
    }
  }

  handle(kind: StreamEventKind, index: number, side: number): void {
    const connection = this.#connections.get(index);
    if (connection === undefined) return;
    if (kind === StreamEvent.connect) return this.#connect(connection);
    if (kind === StreamEvent.retry) {
      const end = endOf(connection, side)!;
      end.isRetryPending = false;
      if (connection.responder === undefined) return this.#attempt(connection);
      return this.#flush(connection, side);
    }
    const sender = endOf(connection, side)!;
    const piece = sender.flying.shift();
    assert(piece !== undefined, 'what arrives was on its way');
    const receiver = endOf(connection, 1 - side)!;
    // What was written before the connection stood goes out now, also when the writer has closed meanwhile.
    if (piece.type === 'opened') this.#flush(connection, 1 - side);
    if (!receiver.isOpen) return this.#removeIfOver(connection);
    receiver.unread.push(piece);
    if (receiver.node.state === 'running') this.#readAll(connection, 1 - side);
  }

  // Connecting.

  #attempt(connection: Connection): void {
    const { initiator, to } = connection;
    if (isGivenUp(initiator)) return this.#removeIfOver(connection);
    connection.attemptCount += 1;
    const listener = this.#host.listenerAt(to);
    const delayTicks =
      listener === undefined
        ? CUT
        : this.#network.streamDelayTicks(this.#host.nowTick, initiator.node.index, listener.index);
    if (delayTicks !== CUT) {
      this.#host.schedule(this.#host.nowTick + delayTicks, StreamEvent.connect, connection.index, INITIATOR);
    } else if (connection.attemptCount < CONNECT_ATTEMPTS_MAX) {
      this.#retryLater(connection, INITIATOR, CONNECT_RETRY_MS * 2 ** (connection.attemptCount - 1));
    } else {
      this.#giveUp(connection, INITIATOR);
    }
  }

  #connect(connection: Connection): void {
    if (isGivenUp(connection.initiator)) return this.#removeIfOver(connection);
    const listener = this.#host.listenerAt(connection.to);
    // The host went down while the request was on its way: the kernel asks again.
    if (listener === undefined) return this.#retryLater(connection, INITIATOR, CONNECT_RETRY_MS);
    const responder = newEnd(listener, undefined);
    connection.responder = responder;
    if (listener.state === 'down') {
      return this.#finish(connection, RESPONDER, { type: 'reset', reason: 'ECONNREFUSED' });
    }
    responder.waiting.push({ type: 'opened' });
    this.#flush(connection, RESPONDER);
    if (listener.state === 'running') this.#accept(connection);
  }

  #accept(connection: Connection): void {
    const responder = connection.responder!;
    if (!responder.isOpen) return;
    const stream = responder.node.acceptStream(connection.initiator.node.address);
    if (stream === undefined) return this.#finish(connection, RESPONDER, { type: 'reset', reason: 'ECONNRESET' });
    responder.stream = stream;
    responder.node.streams.set(stream, connection.index);
    this.#readAll(connection, RESPONDER);
  }

  // Sending.

  #flush(connection: Connection, side: number): void {
    const end = endOf(connection, side)!;
    const other = endOf(connection, 1 - side);
    if (other === undefined || end.isRetryPending) return;
    while (end.waiting.length > 0) {
      const isHostGone = other.node.state === 'down' && !other.node.isHostUp;
      const delayTicks = isHostGone
        ? CUT
        : this.#network.streamDelayTicks(this.#host.nowTick, end.node.index, other.node.index);
      if (delayTicks === CUT) return this.#holdBack(connection, side);
      end.retryCount = 0;
      end.lastArrivalTick = Math.max(end.lastArrivalTick, this.#host.nowTick + delayTicks);
      end.flying.push(end.waiting.shift()!);
      this.#host.schedule(end.lastArrivalTick, StreamEvent.arrival, connection.index, side);
    }
  }

  #holdBack(connection: Connection, side: number): void {
    const end = endOf(connection, side)!;
    end.retryCount += 1;
    if (end.retryCount <= RETRIES_MAX) return this.#retryLater(connection, side, RETRY_MS * 2 ** (end.retryCount - 1));
    this.#giveUp(connection, side);
  }

  #giveUp(connection: Connection, side: number): void {
    const end = endOf(connection, side)!;
    end.waiting.length = 0;
    end.unread.push({ type: 'reset', reason: 'ETIMEDOUT' });
    if (end.node.state === 'running') this.#readAll(connection, side);
  }

  #retryLater(connection: Connection, side: number, delayMs: number): void {
    endOf(connection, side)!.isRetryPending = true;
    const tick = this.#host.nowTick + delayMs * TICKS_PER_MS;
    this.#host.schedule(tick, StreamEvent.retry, connection.index, side);
  }

  // Receiving and ending.

  #readAll(connection: Connection, side: number): void {
    const end = endOf(connection, side)!;
    while (end.isOpen && end.stream !== undefined && end.unread.length > 0) {
      const piece = end.unread.shift()!;
      switch (piece.type) {
        case 'opened':
          end.node.streamOpened(end.stream);
          break;
        case 'data':
          end.node.receiveStream(end.stream, piece.bytes);
          break;
        case 'end':
          this.#tellClosed(connection, side, undefined);
          break;
        case 'reset':
          this.#tellClosed(connection, side, piece.reason);
          break;
      }
    }
    this.#removeIfOver(connection);
  }

  /** The process learns that its stream is over. */
  #tellClosed(connection: Connection, side: number, failure: string | undefined): void {
    const end = endOf(connection, side)!;
    const stream = end.stream;
    this.#forget(connection, side);
    if (stream !== undefined) end.node.streamClosed(stream, failure);
  }

  /** The process is done with its end; `last` goes out after all that it wrote. */
  #finish(connection: Connection, side: number, last: Piece): void {
    endOf(connection, side)!.waiting.push(last);
    this.#flush(connection, side);
    this.#forget(connection, side);
  }

  #forget(connection: Connection, side: number): void {
    const end = endOf(connection, side)!;
    end.isOpen = false;
    end.unread.length = 0;
    if (end.stream !== undefined) end.node.streams.delete(end.stream);
    this.#removeIfOver(connection);
  }

  #removeIfOver(connection: Connection): void {
    const { initiator, responder } = connection;
    if (responder === undefined) {
      if (isGivenUp(initiator)) this.#connections.delete(connection.index);
      return;
    }
    const initiatorDone = isDone(initiator, responder);
    const responderDone = isDone(responder, initiator);
    if (initiatorDone && responderDone) this.#connections.delete(connection.index);
  }

  #connectionOf(node: SimNode, stream: StreamId): Connection | undefined {
    const index = node.streams.get(stream);
    return index === undefined ? undefined : this.#connections.get(index);
  }
}

function newEnd(node: SimNode, stream: StreamId | undefined): End {
  return {
    node,
    stream,
    isOpen: true,
    waiting: [],
    flying: [],
    unread: [],
    lastArrivalTick: 0,
    retryCount: 0,
    isRetryPending: false,
  };
}

function endOf(connection: Connection, side: number): End | undefined {
  return side === INITIATOR ? connection.initiator : connection.responder;
}

function sideOf(connection: Connection, node: SimNode, stream: StreamId): number {
  const { initiator } = connection;
  return initiator.node === node && initiator.stream === stream ? INITIATOR : RESPONDER;
}

/** Closed before the connection stood, with nothing written that would still have to go out. */
function isGivenUp(initiator: End): boolean {
  return !initiator.isOpen && !initiator.waiting.some((piece) => piece.type === 'data');
}

/** Nothing more leaves `end` that anybody would read. */
function isDone(end: End, other: End): boolean {
  return !end.isOpen && (!other.isOpen || (end.waiting.length === 0 && end.flying.length === 0));
}
