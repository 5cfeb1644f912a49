import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { formatAddress, type Address } from '../util/index.ts';
import type { Logger } from './logger.ts';
import { PacketArena } from './packet-arena.ts';

/** Who takes what the packet transport has. Implemented by the driver. */
export interface PacketSink {
  receivePacket(from: Address, packet: Uint8Array): void;
  /** `reason` is the system's name for it: `EMSGSIZE`, `ENETUNREACH`, `EPERM`, `ENOBUFS`, … */
  sendFailed(to: Address, reason: string): void;
}

/** Counters of the packet transport, since it was opened. */
export interface UdpStats {
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
  /** Zero-length datagrams, and those that came while no node was running. */
  packetsIgnored: number;
  /** Packets given to the system whose fate is not known yet. */
  packetsInFlight: number;
  /** Packets that could not be sent, by the system's name for the reason; `QUEUE_FULL` is our own bound. */
  readonly sendErrors: Record<string, number>;
  /** What the system granted, which may be less than was asked for. */
  receiveBufferBytes: number;
}

/** Asked of the system for incoming datagrams: several seconds of a busy node while the event loop is blocked. */
const receiveBufferWantedBytes = 2 * 1024 * 1024;
/** Packets waiting for the system to take them. Above it, new ones are dropped: gossip repeats itself, memory does not. */
const inFlightMaxPackets = 4_096;
/** The longest payload of a UDP datagram over IPv4. */
const datagramMaxBytes = 65_507;

/** Shared by all transports of the process: a program with a hundred nodes need not have a hundred arenas. */
const outgoing = new PacketArena();

/** How an IPv6 socket writes an IPv4 address. */
const mappedPrefix = '::ffff:';

/** One UDP socket for all packets, so that the source port of every packet is the bind port. */
export class UdpTransport {
  readonly stats: UdpStats = {
    packetsSent: 0,
    bytesSent: 0,
    packetsReceived: 0,
    bytesReceived: 0,
    packetsIgnored: 0,
    packetsInFlight: 0,
    sendErrors: {},
    receiveBufferBytes: 0,
  };
  readonly #socket: Socket;
  readonly #isIPv6: boolean;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  #sink: PacketSink | undefined;
  /** When the first packet was sent since the last one came; undefined when none was. */
  #unansweredSinceMs: number | undefined;
  #isClosed: boolean = false;

  private constructor(socket: Socket, isIPv6: boolean, logger: Logger, nowMs: () => number) {
    this.#socket = socket;
    this.#isIPv6 = isIPv6;
    this.#logger = logger;
    this.#nowMs = nowMs;
    socket.on('message', this.#onMessage);
    socket.on('error', this.#onError);
  }

  /** Binds to an IP literal and a port; `nowMs` is monotonic. Rejects with the system's error. */
  static async bind(address: Address, logger: Logger, nowMs: () => number = monotonicNowMs): Promise<UdpTransport> {
    const isIPv6 = address.host.includes(':');
    const socket = createSocket({ type: isIPv6 ? 'udp6' : 'udp4', lookup: isIPv6 ? lookupLiteralIPv6 : lookupLiteral });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        // Exclusive: workers of a `node:cluster` primary are members of their own, and must not share a socket.
        socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
          socket.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      socket.close();
      throw error;
    }
    const transport = new UdpTransport(socket, isIPv6, logger, nowMs);
    transport.#growReceiveBuffer();
    return transport;
  }

  /** For how long packets have been sent and none has come, in milliseconds; 0 when nothing was sent since. */
  get unansweredMs(): number {
    return this.#unansweredSinceMs === undefined ? 0 : this.#nowMs() - this.#unansweredSinceMs;
  }

  /** Until a sink is attached, packets are dropped. */
  attach(sink: PacketSink): void {
    this.#sink = sink;
  }

  /** Best effort. Copies `packet`; an error comes back through {@link PacketSink.sendFailed}, never during the call. */
  send(to: Address, packet: Uint8Array): void {
    if (this.#isClosed) return;
    const stats = this.stats;
    if (packet.length > datagramMaxBytes || to.port < 1 || to.port > 65_535) {
      this.#countError(to, packet.length > datagramMaxBytes ? 'EMSGSIZE' : 'EINVAL');
      return;
    }
    if (stats.packetsInFlight >= inFlightMaxPackets) {
      this.#countError(to, 'QUEUE_FULL');
      return;
    }
    this.#unansweredSinceMs ??= this.#nowMs();
    const view = outgoing.copy(packet);
    stats.packetsInFlight += 1;
    stats.packetsSent += 1;
    stats.bytesSent += packet.length;
    this.#socket.send(view, to.port, to.host, this.#onSent);
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#sink = undefined;
    return new Promise((resolve) => void this.#socket.close(resolve));
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  // One function for all packets: which one failed is told by the error itself.
  readonly #onSent = (error: (Error & { code?: string; address?: string; port?: number }) | null): void => {
    this.stats.packetsInFlight -= 1;
    outgoing.release();
    if (error === null) return;
    if (this.#isClosed) return;
    const to: Address = { host: error.address ?? '', port: error.port ?? 0 };
    const code = error.code ?? 'UNKNOWN';
    const reason = code === 'EINVAL' && !this.#isIPv6 && to.host.includes(':') ? 'EAFNOSUPPORT' : code;
    this.stats.packetsSent -= 1;
    this.#countErrorNow(to, reason);
  };

  /** Later, because the core must not hear of it in the middle of the step that sends. */
  #countError(to: Address, reason: string): void {
    process.nextTick(() => this.#countErrorNow(to, reason));
  }

  #countErrorNow(to: Address, reason: string): void {
    const errors = this.stats.sendErrors;
    const count = (errors[reason] ?? 0) + 1;
    errors[reason] = count;
    // The first of a kind is news; after that the counter tells.
    if (count === 1) {
      this.#logger.warn({ to: formatAddress(to), reason, hint: sendErrorHints[reason] }, 'a packet could not be sent');
    }
    this.#sink?.sendFailed(to, reason);
  }

  readonly #onMessage = (packet: Uint8Array, from: RemoteInfo): void => {
    this.#unansweredSinceMs = undefined;
    if (packet.length === 0 || this.#sink === undefined) {
      this.stats.packetsIgnored += 1;
      return;
    }
    this.stats.packetsReceived += 1;
    this.stats.bytesReceived += packet.length;
    const { address } = from;
    const host = this.#isIPv6 && address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : address;
    this.#sink.receivePacket({ host, port: from.port }, packet);
  };

  readonly #onError = (error: Error): void => {
    this.#logger.warn({ err: error }, 'the packet socket reported an error');
  };

  #growReceiveBuffer(): void {
    for (let bytes = receiveBufferWantedBytes; bytes >= 64 * 1024; bytes /= 2) {
      try {
        this.#socket.setRecvBufferSize(bytes);
        break;
      } catch {
        // BSD systems refuse what Linux would silently cut down: ask for half.
      }
    }
    // Linux reports twice the size that can be used, see socket(7).
    const reported = this.#socket.getRecvBufferSize();
    this.stats.receiveBufferBytes = process.platform === 'linux' ? reported / 2 : reported;
    if (this.stats.receiveBufferBytes >= receiveBufferWantedBytes) return;
    this.#logger.warn(
      { wantedBytes: receiveBufferWantedBytes, grantedBytes: this.stats.receiveBufferBytes },
      'the receive buffer is smaller than wanted, a blocked event loop may lose packets; raise net.core.rmem_max',
    );
  }
}

const sendErrorHints: Readonly<Record<string, string>> = {
  ENOBUFS: 'the system is out of network buffers',
  EMSGSIZE: 'the packet is longer than this path takes; lower the packet size',
  EPERM: 'a local firewall rule forbids it',
  EACCES: 'a local firewall rule forbids it, or the address is a broadcast one',
  ENETUNREACH: 'this host has no route to that network',
  EHOSTUNREACH: 'this host has no route to that address',
  EAFNOSUPPORT: 'an IPv4 socket cannot reach an IPv6 address; bind to an IPv6 address',
  QUEUE_FULL: `more than ${inFlightMaxPackets} packets wait for the system to take them`,
};

function monotonicNowMs(): number {
  return performance.now();
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

// Addresses are literals already. Without these, `dgram` would ask the resolver for each packet (nodejs/node#6189).
function lookupLiteral(host: string, _options: unknown, callback: LookupCallback): void {
  callback(null, host, 4);
}

function lookupLiteralIPv6(host: string, _options: unknown, callback: LookupCallback): void {
  callback(null, host.includes(':') ? host : mappedPrefix + host, 6);
}
