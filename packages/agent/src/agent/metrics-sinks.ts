import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Logger } from 'hearsay';
import { splitAddress } from './listen-address.ts';
import type { MetricKind, MetricSink } from './metrics.ts';
import { metricPrefix } from './metrics-dump.ts';

const flushIntervalMs = 100;
/** What fits into one Ethernet frame. */
const datagramMaxBytes = 1_400;
/** Lines that may wait for a statsite that is slow or gone; then all of them are dropped. In bytes. */
const maxWaitingBytes = 256 * 1024;
const reconnectAfterMs = 5_000;
const statsTypes: Readonly<Record<MetricKind, string>> = { counter: 'c', gauge: 'g', timer: 'ms', sample: 'ms' };

/** `serf-agent.serf.events:1.000000|c`, the line that both programs read. A gauge carries the host's name. */
function statsLine(kind: MetricKind, name: string, value: number, host: string): string {
  return `${metricPrefix}${kind === 'gauge' ? `${host}.` : ''}${name}:${value.toFixed(6)}|${statsTypes[kind]}`;
}

/** Sends metrics to statsd over UDP, collected for a tenth of a second. What is lost on the way is lost. */
export class StatsdSink {
  readonly #socket: UdpSocket;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #host: string = cleanHost();
  #lines: string[] = [];
  #bytes: number = 0;
  #timer: NodeJS.Timeout | undefined;
  #isReported: boolean = false;
  readonly #logger: Logger;

  /** `address` is `host:port`. */
  constructor(address: string, logger: Logger) {
    const { host, port } = targetOf(address);
    this.#target = { host, port };
    this.#logger = logger;
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#socket.unref();
    this.#socket.on('error', (error) => this.#report(error));
  }

  /** Takes one metric. */
  readonly sink: MetricSink = (kind, name, value) => {
    const line = statsLine(kind, name, value, this.#host);
    if (this.#bytes + line.length + 1 > datagramMaxBytes) this.#flush();
    this.#lines.push(line);
    this.#bytes += line.length + 1;
    this.#timer ??= setTimeout(() => this.#flush(), flushIntervalMs).unref();
  };

  /** Sends the rest and closes. */
  async close(): Promise<void> {
    this.#flush();
    await new Promise<void>((resolve) => {
      setImmediate(() => this.#socket.close(() => resolve()));
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('\n');
    this.#lines = [];
    this.#bytes = 0;
    this.#socket.send(text, this.#target.port, this.#target.host, (error) => {
      if (error !== null) this.#report(error);
    });
  }

  /** Once: metrics that do not arrive must not fill the log. */
  #report(error: Error): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#logger.error({ err: error }, 'metrics cannot be sent to statsd');
  }
}

/** Streams metrics to statsite over TCP, and connects again when it was gone. */
export class StatsiteSink {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #logger: Logger;
  readonly #host: string = cleanHost();
  #socket: Socket | undefined;
  #waiting: string = '';
  #timer: NodeJS.Timeout | undefined;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #isReported: boolean = false;

  /** `address` is `host:port`. */
  constructor(address: string, logger: Logger) {
    this.#target = targetOf(address);
    this.#logger = logger;
    this.#connect();
  }

  /** Takes one metric. */
  readonly sink: MetricSink = (kind, name, value) => {
    if (this.#waiting.length > maxWaitingBytes) this.#waiting = '';
    this.#waiting += `${statsLine(kind, name, value, this.#host)}\n`;
    this.#timer ??= setTimeout(() => this.#flush(), flushIntervalMs).unref();
  };

  /** Sends the rest, if there is a connection, and closes. */
  async close(): Promise<void> {
    clearTimeout(this.#reconnectTimer);
    this.#flush();
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    if (socket.connecting) return void socket.destroy();
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.end();
      setTimeout(() => socket.destroy(), 500).unref();
    });
  }

  #connect(): void {
    const socket = connect(this.#target.port, this.#target.host);
    this.#socket = socket;
    socket.unref();
    socket.on('error', (error) => this.#report(error));
    socket.on('data', () => {}); // it says nothing, and must be able to close
    socket.on('connect', () => (this.#isReported = false));
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#reconnectTimer = setTimeout(() => this.#connect(), reconnectAfterMs).unref();
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    if (socket?.writable !== true || socket.connecting || socket.writableLength > maxWaitingBytes) return;
    if (this.#waiting !== '') socket.write(this.#waiting);
    this.#waiting = '';
  }

  /** Once a break: metrics that do not arrive must not fill the log. */
  #report(error: Error): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#logger.error({ err: error }, 'metrics cannot be sent to statsite');
  }
}

function targetOf(address: string): { readonly host: string; readonly port: number } {
  const split = splitAddress(address);
  return split.ok
    ? { host: split.host === '' ? '127.0.0.1' : split.host, port: split.port }
    : { host: address, port: 0 };
}

function cleanHost(): string {
  return hostname().replaceAll(/[^\w.-]/g, '_');
}
