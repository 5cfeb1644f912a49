import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import type { StreamId } from '../cluster/index.ts';
import type { Address } from '../util/index.ts';
import type { Logger } from './logger.ts';
import { canonicalHost } from './seeds.ts';

/** Who takes what the stream transport has. Implemented by the driver. */
export interface StreamSink {
  /** Undefined refuses the stream. */
  acceptStream(from: Address): StreamId | undefined;
  streamOpened(stream: StreamId): void;
  receiveStream(stream: StreamId, chunk: Uint8Array): void;
  /** End of input, or an error. Not called for a stream that the core has closed. */
  streamClosed(stream: StreamId, failure?: string): void;
}

/** Counters of the stream transport, since it was opened. */
export interface TcpStats {
  streamsOpened: number;
  streamsAccepted: number;
  /** Incoming streams over a bound: the core's, or the transport's own on open sockets. */
  streamsRefused: number;
  /** Sockets open now, those that only finish sending included. */
  socketsOpen: number;
  bytesSent: number;
  bytesReceived: number;
  /** Streams that ended in an error, by the system's name for it or our own (`CONNECT_TIMEOUT`, …). */
  readonly errors: Record<string, number>;
}

/** Time limits and bounds, all with a default. The core keeps finer deadlines; these make sure that no socket leaks. */
export interface TcpLimits {
  /** How long a connection may take to open. */
  readonly connectTimeoutMs: number;
  /** The age at which an open stream is cut, whatever happens on it: above any deadline of the core. */
  readonly streamMaxAgeMs: number;
  /** How long a closed stream may take to send what is pending. */
  readonly flushTimeoutMs: number;
  /** How long to wait, after all is sent, for the peer to close as well. */
  readonly lingerMs: number;
  /** Bytes written and not yet sent, per stream; room for the largest frame (20 MiB) and its headers. */
  readonly writeBufferMaxBytes: number;
  /**
   * Sockets open at one time: above it incoming streams are refused, above twice as many outgoing ones too. memberlist
   * answers at most 127 push/pulls at once.
   */
  readonly socketsMax: number;
}

const defaultLimits: TcpLimits = {
  connectTimeoutMs: 10_000,
  streamMaxAgeMs: 120_000,
  flushTimeoutMs: 10_000,
  lingerMs: 1_000,
  writeBufferMaxBytes: 32 * 1024 * 1024,
  socketsMax: 256,
};

/** Streams in and out: one listener, one connection per stream. */
export class TcpTransport {
  readonly stats: TcpStats = {
    streamsOpened: 0,
    streamsAccepted: 0,
    streamsRefused: 0,
    socketsOpen: 0,
    bytesSent: 0,
    bytesReceived: 0,
    errors: {},
  };
  readonly #server: Server;
  readonly #logger: Logger;
  readonly #limits: TcpLimits;
  readonly #streams: Map<StreamId, TcpStream> = new Map();
  /** All that hold a socket: the open streams, and those that the core has closed and that finish sending. */
  readonly #sockets: Set<TcpStream> = new Set();
  #sink: StreamSink | undefined;
  #isClosed: boolean = false;
  #isRef: boolean = true;

  private constructor(server: Server, logger: Logger, limits: Partial<TcpLimits>) {
    this.#server = server;
    this.#logger = logger;
    this.#limits = { ...defaultLimits, ...limits };
    server.on('connection', (socket) => this.#onConnection(socket));
    server.on('error', (error) => logger.warn({ err: error }, 'the stream listener reported an error'));
  }

  /** Listens on an IP literal and a port. Rejects with the system's error. */
  static async listen(address: Address, logger: Logger, limits: Partial<TcpLimits> = {}): Promise<TcpTransport> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new TcpTransport(server, logger, limits);
  }

  /** The port in use; of interest when 0 was asked for. */
  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Until a sink is attached, incoming streams are refused. */
  attach(sink: StreamSink): void {
    this.#sink = sink;
  }

  open(id: StreamId, to: Address): void {
    if (this.#isClosed) return;
    const refusal = this.#whyNotOpen(to);
    if (refusal !== undefined) {
      // Later, because the core must not hear of it in the middle of the step that opens.
      process.nextTick(() => {
        this.#countError(refusal);
        this.#sink?.streamClosed(id, refusal);
      });
      return;
    }
    this.stats.streamsOpened += 1;
    const socket = connect({ host: to.host, port: to.port, noDelay: true });
    const stream = this.#add(id, socket);
    stream.armTimer(this.#limits.connectTimeoutMs, 'CONNECT_TIMEOUT');
    socket.once('connect', () => {
      if (stream.isClosing) return;
      stream.armTimer(this.#limits.streamMaxAgeMs, 'STREAM_TOO_OLD');
      this.#sink?.streamOpened(id);
    });
  }

  /** Copies `chunk`. */
  write(id: StreamId, chunk: Uint8Array): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (stream.socket.writableLength + chunk.length > this.#limits.writeBufferMaxBytes) {
      stream.fail('WRITE_BUFFER_FULL');
      return;
    }
    this.stats.bytesSent += chunk.length;
    stream.socket.write(Uint8Array.from(chunk));
  }

  /** Sends what is pending, then closes. The sink hears no more of this stream. */
  closeStream(id: StreamId): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    stream.isClosing = true;
    if (stream.socket.connecting) {
      stream.socket.destroy();
      return;
    }
    stream.armTimer(this.#limits.flushTimeoutMs, 'FLUSH_TIMEOUT');
    // Closing with unread input would reset the connection, and could take away what the peer has not read yet: so
    // read on, and throw it away, until the peer closes too or its time is up.
    stream.socket.end(() => stream.armTimer(this.#limits.lingerMs));
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#sink = undefined;
    for (const stream of this.#sockets) {
      stream.isClosing = true;
      stream.socket.destroy();
    }
    this.#streams.clear();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  ref(): void {
    this.#isRef = true;
    this.#server.ref();
    for (const stream of this.#sockets) stream.socket.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#server.unref();
    for (const stream of this.#sockets) stream.socket.unref();
  }

  #whyNotOpen(to: Address): string | undefined {
    if (isIP(to.host) === 0 || to.port < 1 || to.port > 65_535) return 'EINVAL';
    return this.#sockets.size >= 2 * this.#limits.socketsMax ? 'TOO_MANY_STREAMS' : undefined;
  }

  #onConnection(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    const isFull = this.#sockets.size >= this.#limits.socketsMax;
    // The peer's address is not known when it has gone already.
    const id =
      isFull || remoteAddress === undefined || remotePort === undefined
        ? undefined
        : this.#sink?.acceptStream({ host: canonicalHost(remoteAddress), port: remotePort });
    if (id === undefined) {
      this.stats.streamsRefused += 1;
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    this.stats.streamsAccepted += 1;
    this.#add(id, socket).armTimer(this.#limits.streamMaxAgeMs, 'STREAM_TOO_OLD');
  }

  #add(id: StreamId, socket: Socket): TcpStream {
    const stream = new TcpStream(socket);
    if (!this.#isRef) socket.unref();
    this.#streams.set(id, stream);
    this.#sockets.add(stream);
    this.stats.socketsOpen = this.#sockets.size;
    let failure: string | undefined;
    socket.on('data', (chunk: Uint8Array) => {
      this.stats.bytesReceived += chunk.length;
      if (!stream.isClosing) this.#sink?.receiveStream(id, chunk);
    });
    socket.on('end', () => this.#lose(id, stream, undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code ?? error.message;
      this.#countError(failure);
    });
    socket.on('close', () => {
      stream.cancelTimer();
      this.#sockets.delete(stream);
      this.stats.socketsOpen = this.#sockets.size;
      this.#lose(id, stream, failure);
    });
    return stream;
  }

  /** The peer ended the stream, or it broke: the core hears of it once, unless it was the one who closed. */
  #lose(id: StreamId, stream: TcpStream, failure: string | undefined): void {
    if (stream.isClosing) return;
    stream.isClosing = true;
    this.#streams.delete(id);
    stream.armTimer(this.#limits.flushTimeoutMs, 'FLUSH_TIMEOUT');
    this.#sink?.streamClosed(id, failure);
  }

  #countError(reason: string): void {
    const count = (this.stats.errors[reason] ?? 0) + 1;
    this.stats.errors[reason] = count;
    if (count === 1) this.#logger.debug({ reason }, 'a stream failed');
  }
}

/** A socket and the one timer that sees to its end. */
class TcpStream {
  readonly socket: Socket;
  /** Set when the core has closed it or has been told of its end: from then on it hears nothing of it. */
  isClosing: boolean = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Replaces the timer. With a reason its firing is a failure, without it is the quiet end of a closed stream. */
  armTimer(delayMs: number, reason?: string): void {
    this.cancelTimer();
    if (this.socket.destroyed) return;
    this.#timer = setTimeout(() => this.fail(reason), delayMs);
    this.#timer.unref();
  }

  cancelTimer(): void {
    clearTimeout(this.#timer);
  }

  fail(reason: string | undefined): void {
    this.socket.destroy(reason === undefined ? undefined : new Error(reason));
  }
}

function ignore(): void {}
